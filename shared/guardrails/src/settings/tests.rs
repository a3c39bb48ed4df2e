use super::*;
use crate::finding::Guardrail;

fn account() -> Account {
    Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() }
}

fn rules(text: &str) -> Result<Rules, SettingsError> {
    Settings::read(text)?.rules(&account(), Mode::Enforce)
}

/// The refusal, without the excerpt.
fn refusal(text: &str) -> String {
    rules(text).err().map_or_else(|| "(accepted)".to_owned(), |error| error.to_string())
}

const WHOLE: &str = r#"
version: 1
organization: {id: o-exampleorg1, trusted: true, paths: [], management_account: "999900001111"}
guardrails:
  restrict_cross_account_access:
    mode: enforce
    trusted_accounts: ["444455556666"]
    trusted_services: [lambda.amazonaws.com]
    source_bound_services: [scheduler.amazonaws.com]
    trusted_saml_providers: ["arn:${partition}:iam::${account}:saml-provider/Corp"]
    trusted_oidc_providers: [{issuer: token.actions.githubusercontent.com, claims: {sub: ["repo:example-org/*"], aud: [sts.amazonaws.com]}}]
    vendors: [{account: "999988887777", external_id: required, roles: ["vendor-*"]}]
    trusted_networks: [203.0.113.0/24, vpce-0123456789abcdef0]
    repair: [narrow, restore, quarantine]
    revoke_sessions: external
    on_unknown: alert
  lock_down_permissions:
    mode: monitor
    scope: service_roles
    ceiling: []
    never: ["organizations:*"]
    escalation: allow
    data_exposure: allow
    safe_boundaries: []
    safe_policies: []
protected_roles: [{role: "arn:${partition}:iam::${account}:role/break-glass", owner: security, reason: "last way in"}]
baseline: report
exceptions: []
accounts:
  "111122223333": {guardrails: {restrict_cross_account_access: {mode: monitor}}}
"#;

#[test]
fn the_whole_document_resolves_for_an_account() {
    let rules = rules(WHOLE).unwrap();
    assert_eq!(rules.mode(Guardrail::RestrictCrossAccountAccess), Mode::Monitor, "the account's own mode");
    assert_eq!(rules.restrict.trusted_accounts.len(), 1, "what the account does not override stays");
    assert_eq!(rules.restrict.trusted_networks.len(), 2);
    assert_eq!(rules.restrict.trusted_saml_providers, ["arn:aws:iam::111122223333:saml-provider/Corp"]);
    let role = crate::RoleArn::parse("arn:aws:iam::111122223333:role/break-glass").unwrap();
    assert_eq!(rules.protection(&role).unwrap().owner, "security");
    assert!(rules.warnings().is_empty());
}

#[test]
fn the_cap_holds_against_the_settings_and_the_settings_against_the_cap() {
    let settings = Settings::read(WHOLE).unwrap();
    let other = Account { id: AccountId::parse("222233334444").unwrap(), ..account() };
    let mode = |cap| settings.rules(&other, cap).unwrap().mode(Guardrail::RestrictCrossAccountAccess);
    assert_eq!(mode(Mode::Enforce), Mode::Enforce);
    assert_eq!(mode(Mode::Monitor), Mode::Monitor);
    assert_eq!(mode(Mode::Off), Mode::Off);
    let lock_down = settings.rules(&other, Mode::Enforce).unwrap().permit(Guardrail::LockDownPermissions);
    assert_eq!(lock_down, None, "monitor in the settings gives no permit under any cap");
}

#[test]
fn a_guardrail_that_is_not_named_is_off() {
    let rules = rules("{version: 1, guardrails: {}}").unwrap();
    assert_eq!(rules.mode(Guardrail::RestrictCrossAccountAccess), Mode::Off);
    assert_eq!(rules.mode(Guardrail::LockDownPermissions), Mode::Off);
}

#[test]
fn refusals_say_where_and_why() {
    let restrict = |line: &str| {
        format!("version: 1\nguardrails:\n  restrict_cross_account_access:\n    mode: monitor\n    {line}\n")
    };
    let lock_down = |line: &str| {
        format!("version: 1\nguardrails:\n  lock_down_permissions:\n    mode: monitor\n    {line}\n")
    };
    let cases = [
        ("not a document", "- 1".to_owned()),
        ("a version of tomorrow", "version: 2\nguardrails: {}".to_owned()),
        ("no version", "guardrails: {}".to_owned()),
        ("an unknown field", restrict("trusted_account: []")),
        ("a key twice", restrict("mode: enforce")),
        ("a field that is one letter off, deep down", restrict("vendors: [{acount: \"999988887777\"}]")),
        ("a key twice in a list", restrict("vendors: [{account: \"999988887777\", account: \"1\"}]")),
        ("an account as a number", restrict("trusted_accounts: [444455556666]")),
        ("an account with a zero in front", restrict("trusted_accounts: [012345678901]")),
        (
            "an account as a key that is a number",
            "version: 1\nguardrails: {}\naccounts: {444455556666: {}}".to_owned(),
        ),
        ("one instead of a list", restrict("trusted_accounts: \"444455556666\"")),
        ("a list instead of one", restrict("on_unknown: [alert]")),
        ("fields instead of a text", restrict("trusted_services: [{lambda: amazonaws.com}]")),
        ("a text instead of fields", restrict("vendors: [\"999988887777\"]")),
        (
            "a boolean that is none",
            "version: 1\norganization: {id: o-exampleorg1, trusted: yes}\nguardrails: {}".to_owned(),
        ),
        ("a text instead of a version", "version: one\nguardrails: {}".to_owned()),
        ("two documents", "version: 1\nguardrails: {}\n---\nversion: 1".to_owned()),
        (
            "an end that is missing",
            "version: 1\nguardrails: {lock_down_permissions: {mode: monitor}".to_owned(),
        ),
        ("a tab", "version: 1\nguardrails:\n\tlock_down_permissions: {mode: monitor}".to_owned()),
        ("nothing", String::new()),
        ("an account too short", restrict("trusted_accounts: [\"1234\"]")),
        ("a mode that is none", "version: 1\nguardrails:\n  lock_down_permissions: {mode: on}".to_owned()),
        ("no mode", "version: 1\nguardrails: {lock_down_permissions: {never: []}}".to_owned()),
        ("a network without bounds", restrict("trusted_networks: [0.0.0.0/0]")),
        ("a word that is none", restrict("revoke_sessions: sometimes")),
        ("a ceiling", lock_down("ceiling: [{roles: \"*\", file: c.json}]")),
        ("escalation", lock_down("escalation: forbid")),
        ("the lockdown policy", lock_down("lockdown: {policy: rescind-lockdown}")),
        ("exceptions", "version: 1\nguardrails: {}\nexceptions: [{role: x}]".to_owned()),
        ("enforce alone", "version: 1\nguardrails: {lock_down_permissions: {mode: enforce}}".to_owned()),
        (
            "a protected role that is none",
            "version: 1\nguardrails: {}\nprotected_roles: [{role: admin, owner: o, reason: r}]".to_owned(),
        ),
    ];
    let table: Vec<String> =
        cases.iter().map(|(what, text)| format!("{what}\n{}\n", refusal(text))).collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn a_ceiling_is_a_file_beside_the_settings_and_wholly_understood() {
    let settings = "version: 1\nguardrails:\n  lock_down_permissions:\n    mode: monitor\n    ceiling: [{roles: \"/app/*\", file: c.json}]\n";
    let read = |text: &'static str| {
        let files = move |file: &str| match file {
            "c.json" => Ok(text.to_owned()),
            other => Err(format!("no {other}")),
        };
        Settings::read_with_files(settings, &files).map(drop).map_err(|error| error.to_string())
    };
    let good = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    assert_eq!(read(good), Ok(()));
    for text in
        ["[]", r#"{"Version":"2012-10-17","Statement":[{"Effect":"allow","Action":"s3:*","Resource":"*"}]}"#]
    {
        assert!(
            read(text).unwrap_err().starts_with("the settings name the file `c.json`, which is refused: ")
        );
    }
    assert!(Settings::read(settings).unwrap_err().to_string().contains("no files beside"));
}

#[test]
fn an_exception_says_for_whom_what_why_and_how_long() {
    let exception = |entry: &str| {
        let role = "arn:aws:iam::111122223333:role/legacy";
        refusal(&format!(
            "version: 1\nguardrails: {{}}\nexceptions:\n- {{role: \"{role}\", owner: o, reason: r, {entry}}}\n"
        ))
    };
    let table: Vec<String> = [
        "guardrail: restrict_cross_account_access, principal: \"123456789012\", until: 2027-01-31",
        "guardrail: lock_down_permissions, permission: \"iam:PassRole\", until: 2027-01-31",
        "guardrail: lock_down_permissions, permission: \"iam:*\", match: pattern, until: 2027-01-31",
        "guardrail: lock_down_permissions, permission: \"iam:*\", until: 2027-01-31",
        "guardrail: lock_down_permissions, principal: \"123456789012\", until: 2027-01-31",
        "guardrail: restrict_cross_account_access, principal: \"123456789012\"",
        "guardrail: restrict_cross_account_access, principal: \"123456789012\", until: tomorrow",
        "guardrail: restrict_cross_account_access, principal: \"123456789012\", until: 2027-W04-7",
        "guardrail: restrict_cross_account_access, principal: \"123456789012\", until: 2027-02-30",
        "guardrail: restrict_cross_account_access, principal: 123456789012, until: 2027-01-31",
        "guardrail: restrict_cross_account_access, principal: \"someone\", until: 2027-01-31",
        "guardrail: restrict_cross_account_access, principal: \"*\", until: 2027-01-31",
        "guardrail: restrict_cross_account_access, principal: \"*\", match: pattern, until: 2027-01-31",
        "guardrail: restrict_cross_account_access, principal: \"arn:aws:iam::123456789012:role/ci-*\", until: 2027-01-31",
        "guardrail: restrict_cross_account_access, principal: \"ci-*\", match: pattern, until: 2027-01-31",
        "guardrail: restrict_cross_account_access, principal: \"arn:aws:iam::123456789012:role/${aws:username}\", match: pattern, until: 2027-01-31",
        "guardrail: lock_down_permissions, permission: PassRole, until: 2027-01-31",
        "guardrail: lock_down, permission: \"iam:PassRole\", until: 2027-01-31",
        "role_id: AIDA3AEW23DC76AD3735E, guardrail: lock_down_permissions, permission: \"iam:PassRole\", until: 2027-01-31",
    ]
    .iter()
    .map(|entry| format!("{entry}\n{}\n", exception(entry)))
    .collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn the_examples_are_read_for_an_account() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../settings/examples/");
    let beside =
        |file: &str| std::fs::read_to_string(format!("{folder}{file}")).map_err(|error| error.to_string());
    for example in ["small-account.yaml", "organization.yaml", "strict.yaml"] {
        let settings = Settings::read_with_files(&beside(example).unwrap(), &beside);
        let rules = settings.and_then(|settings| settings.rules(&account(), Mode::Enforce));
        assert!(rules.unwrap().warnings().is_empty(), "{example}");
    }
}

#[test]
fn what_is_unwise_is_a_warning() {
    let warnings = |fields: &str| {
        let text = format!(
            "version: 1\nguardrails:\n  restrict_cross_account_access:\n    mode: monitor\n    {fields}\n"
        );
        rules(&text).unwrap().warnings().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let github = |claims: &str| {
        warnings(&format!(
            "trusted_oidc_providers: [{{issuer: token.actions.githubusercontent.com, claims: {claims}}}]"
        ))
    };
    let unbound =
        "`token.actions.githubusercontent.com` serves many customers: bind its `sub` claim to your own";
    assert_eq!(github("{}"), unbound);
    assert_eq!(github("{aud: [sts.amazonaws.com]}"), unbound);
    assert_eq!(github("{sub: [\"*\"]}"), unbound);
    assert_eq!(github("{sub: [\"repo:example-org/*\"]}"), "");
    assert_eq!(
        warnings("trusted_services: [lambda.amazonaws.com, config.amazonaws.com]"),
        "`config.amazonaws.com` in `trusted_services` also acts for other customers: list it in `source_bound_services`"
    );
}
