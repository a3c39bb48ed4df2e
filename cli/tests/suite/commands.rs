//! Every command, with good and bad input.

use crate::transcript;

#[test]
fn the_help_names_every_command() {
    transcript::assert("help", &["--help", "test --help", "frobnicate"]);
}

#[test]
fn test() {
    transcript::assert(
        "test",
        &[
            "test good.jsonl",
            "test good.yaml",
            "test - < good.yaml",
            "test good.jsonl --output json",
            "test failing.jsonl",
            "test failing.jsonl --output json",
            "test broken.jsonl",
            "test broken.jsonl --output json",
            "test broken.yaml",
            "test good.jsonl missing.jsonl",
            "test empty.jsonl",
        ],
    );
}

#[test]
fn explain() {
    transcript::assert(
        "explain",
        &[
            "explain failing.jsonl",
            "explain failing.jsonl --name another",
            "explain good.yaml --name one-document --output json",
            "explain --principal arn:aws:iam::111122223333:role/app --action s3:GetObject --resource arn:aws:s3:::b/k \
         --identity read.json --scp scp.json --context aws:SecureTransport=true",
            "explain --principal lambda.amazonaws.com --action sts:AssumeRole --resource \
         arn:aws:iam::111122223333:role/app --resource-policy trust-own.json --context-file context.yaml",
            "explain --principal arn:aws:iam::111122223333:role/app --action s3:GetObject",
            "explain --principal app --action s3:GetObject --resource *",
            "explain --principal anonymous --action s3:GetObject --resource * --context a",
            "explain --principal anonymous --action s3:GetObject --resource * --identity missing.json",
            "explain",
            "explain broken.jsonl",
        ],
    );
}

#[test]
fn lint() {
    transcript::assert(
        "lint",
        &[
            "lint trust-own.json read.json",
            "lint bad-trust.json",
            "lint bad-trust.json --as trust",
            "lint bad-trust.json --as trust --output json",
            "lint bad-trust.json read.json --as trust --output sarif",
            "lint read.json --as trust --fail-on advice",
            "lint - < truncated.json",
            "lint list.json scp.json --output json",
            "lint read.json --as bucket",
            "lint missing.json",
        ],
    );
}

#[test]
fn check_and_compare() {
    transcript::assert(
        "check_and_compare",
        &[
            "check",
            "check --trust trust-own.json",
            "check --trust trust-own.json --account 1234",
            "check --trust trust-own.json --account 111122223333 --role-arn arn:aws:iam::444455556666:role/app",
            "check --trust trust-own.json --account 111122223333 --settings wrong-settings.yaml",
            "check --trust truncated.json --account 111122223333",
            "check --trust list.json --account 111122223333",
            "check --trust trust-own.json --account 111122223333",
            "check --trust trust-own.json --account 111122223333 --settings settings.yaml",
            "check --trust - --account 111122223333 --settings settings.yaml --output json < trust-own.json",
            "check --trust trust-outside.json --account 111122223333 --settings settings.yaml",
            "check --trust trust-outside.json --account 111122223333 --settings settings.yaml --output json",
            "check --trust trust-outside.json --role-arn arn:aws:iam::999988887777:role/app --output json",
            "check --trust trust-deleted.json --account 111122223333",
            "check --trust trust-deleted.json --account 111122223333 --origin stored",
            "check --trust trust-vendor.json --account 111122223333 --settings vendor.yaml",
            "check --trust trust-vendor.json --role-arn arn:aws:iam::111122223333:role/vendor-backup --settings vendor.yaml",
            "check --trust trust-unclear.json --account 111122223333",
            "check --trust trust-unclear.json --account 111122223333 --output json",
            "check --identity read.json --account 111122223333",
            "check --identity read.json run.json --account 111122223333",
            "check --identity run.json --boundary read.json --account 111122223333 --output json",
            "check --identity run.json --role-arn arn:aws:iam::111122223333:role/app --output json",
            "check --identity admin.json --account 111122223333",
            "check --trust trust-own.json --identity read.json --account 111122223333 --settings settings.yaml",
            "check --identity read.json --account 111122223333 --boundary missing.json",
            "check --boundary read.json --account 111122223333",
            "compare read.json",
            "compare missing.json --ceiling read.json",
            "compare read.json --ceiling scp.json",
            "compare read.json --ceiling read.json --output json --account 111122223333",
            "compare read.json scp.json --ceiling read.json",
            "compare read.json scp.json --ceiling read.json --output json",
            "compare scp.json --boundary read.json --ceiling read.json",
        ],
    );
}

#[test]
fn event() {
    transcript::assert(
        "event",
        &[
            "event order-worker --kind create-role --account 111122223333 --time 2026-11-20T09:01:17Z",
            "event arn:aws-cn:iam::111122223333:role/team/order-worker --kind update-trust --document trust-own.json \
         --time 2026-11-20T09:01:17Z",
            "event order-worker --kind put-role-policy --account 111122223333 --policy-name extra --time \
         2026-11-20T09:01:17Z",
            "event order-worker --kind put-role-policy --account 111122223333 --time 2026-11-20T09:01:17Z --output json",
            "event order-worker --kind create-role",
            "event no/name --kind create-role --account 111122223333",
            "event order-worker --kind delete-role --account 111122223333",
            "event order-worker --kind create-role --account 111122223333 --time yesterday",
            "event order-worker --kind create-role --account 111122223333 --document truncated.json",
        ],
    );
}

#[test]
fn replay() {
    transcript::assert(
        "replay",
        &[
            "replay ../../../events/update-assume-role-policy/revert--external-account-in-list.json \
         ../../../events/update-assume-role-policy/leave--own-account.json --settings enforce.yaml",
            "replay ../../../events/update-assume-role-policy/revert--public.json --settings enforce.yaml --mode monitor",
            "replay ../../../events/create-role/ignore--failed-call.json --settings enforce.yaml",
            "replay ../../../events/create-role/revert--public.json --settings enforce.yaml --account 444455556666",
            "replay role.json --settings keep-sessions.yaml --account-dump dump.json",
            "replay ../../../events/create-role/revert--parameters-omitted.json --settings enforce.yaml --account-dump dump.json",
            "replay role.json --settings enforce.yaml",
            "replay role.json",
            "replay read.json --settings enforce.yaml --account 111122223333",
            "replay truncated.json --settings enforce.yaml",
            "replay empty.jsonl --settings enforce.yaml",
            "replay role.json --settings enforce.yaml --account-dump list.json",
        ],
    );
}

#[test]
fn settings() {
    transcript::assert(
        "settings",
        &[
            "settings check settings.yaml",
            "settings check settings.yaml --output json",
            "settings check wrong-settings.yaml",
            "settings check wrong-settings.yaml --output json",
            "settings check missing.yaml",
            "settings check settings.yaml --account 12",
            "settings lockdown ../../../settings/examples/strict.yaml",
            "settings lockdown ../../../settings/examples/strict.yaml --boundary",
            "settings lockdown settings.yaml",
            "settings lockdown wrong-settings.yaml",
            "settings check one-letter-off.yaml",
            "settings check - < enforce-alone.yaml",
            "settings check far-off.yaml",
            "settings check twice.yaml",
            "settings check number.yaml",
            "settings check wrong-exception.yaml",
            "settings check wrong-account.yaml",
            "settings check no-ceiling.yaml",
            "settings check empty.jsonl",
            "settings check unwise.yaml",
            "settings check unwise.yaml --account 444455556666",
            "settings check exceptions.yaml --time 2098-12-31T12:00:00Z",
            "settings check exceptions.yaml --dump account.json --time 2098-01-01T00:00:00Z",
            "settings check exceptions.yaml --dump account.json --time 2098-01-01T00:00:00Z --output json",
            "settings check exceptions.yaml --dump pages.json --time tomorrow",
            "settings check settings.yaml --dump well-known.json",
            "settings check settings.yaml --dump list.json",
        ],
    );
}

#[test]
fn settings_explain() {
    transcript::assert(
        "settings_explain",
        &[
            "settings explain order-worker --settings settings.yaml",
            "settings explain order-worker --settings settings.yaml --account 111122223333",
            "settings explain team/app --settings ../../../settings/examples/organization.yaml --account 222233334444 --time 2027-01-02T00:00:00Z",
            "settings explain arn:aws:iam::111122223333:role/legacy --settings ../../../settings/examples/organization.yaml --time 2027-01-02T00:00:00Z",
            "settings explain vendor-backup --settings ../../../settings/examples/organization.yaml --account 222233334444",
            "settings explain break-glass --settings ../../../settings/examples/strict.yaml --account 222233334444",
            "settings explain app --settings ../../../settings/examples/small-account.yaml --account 222233334444",
            "settings explain aws-service-role/x.amazonaws.com/AWSServiceRoleForX --settings paths.yaml --account 222233334444",
            "settings explain app/web --settings paths.yaml --account 222233334444",
            "settings explain partner --settings exceptions.yaml --dump account.json --time 2098-01-01T00:00:00Z",
            "settings explain order-worker --settings exceptions.yaml --dump account.json --time 2098-12-31T12:00:00Z",
            "settings explain order-worker --settings exceptions.yaml --dump account.json --time 2098-12-31T12:00:00Z --output json",
            "settings explain nobody --settings exceptions.yaml --dump account.json --account 111122223333",
            "settings explain arn:aws:iam::111122223333:user/ann --settings settings.yaml",
            "settings explain arn:aws:iam::111122223333:role/app --settings settings.yaml --account 444455556666",
            "settings explain app --account 111122223333 --settings wrong-settings.yaml",
        ],
    );
}

#[test]
fn the_schema_is_printed_as_it_is_published() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../settings/settings.schema.json");
    let printed = transcript::run(&["settings", "schema"], b"");
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), std::fs::read_to_string(path).unwrap());
}

#[test]
fn scan() {
    transcript::assert(
        "scan",
        &[
            "scan",
            "scan account.json --settings settings.yaml",
            "scan account.json --settings enforce.yaml --diff",
            "scan account.json --settings settings.yaml --output json",
            "scan account.json --settings settings.yaml --output sarif",
            "scan pages.json",
            "scan pages.json --fail-on critical",
            "scan pages.json --account 444455556666",
            "scan - --settings settings.yaml < account.json",
            "scan cut-off.json",
            "scan read.json",
            "scan list.json",
            "scan missing.json",
            "scan account.json --settings wrong-settings.yaml",
            "scan account.json --settings exceptions.yaml",
        ],
    );
}

#[test]
fn ceiling() {
    transcript::assert(
        "ceiling",
        &[
            "ceiling account.json",
            "ceiling account.json --without bob",
            "ceiling account.json --without bob --output json",
            "ceiling pages.json",
            "ceiling read.json",
        ],
    );
}
