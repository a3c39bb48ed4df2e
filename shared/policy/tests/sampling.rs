//! A second opinion on the proofs: random documents over a small vocabulary are proved, and then asked
//! with thousands of plain requests. What a request shows must not be proved away.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of a test")]

use rescind_policy::{
    AccountId, Caller, Context, Decision, Document, Effect, Outcome, Policies, Request,
    analyse::{
        Answer, Budget,
        assume::{OidcTrust, Reach, TrustFacts, who_can_assume},
        within::{Permissions, within},
    },
    evaluate,
};
use serde_json::{Value, json};

/// A fixed stream of numbers (splitmix64): the same documents in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// One to `most` different ones.
    fn some(&mut self, all: &[&str], most: usize) -> Value {
        let mut texts: Vec<&str> = (0..=self.below(most)).map(|_| *self.of(all)).collect();
        texts.sort_unstable();
        texts.dedup();
        json!(texts)
    }
}

fn document(statements: &[Value]) -> Document {
    Document::read(json!({"Version": "2012-10-17", "Statement": statements}).to_string()).unwrap()
}

const ACTIONS: [&str; 10] = [
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:*Object",
    "S3:?et*",
    "iam:*",
    "iam:Pass*",
    "s3:PutObject",
    "*:*Role",
];
const RESOURCES: [&str; 9] = [
    "*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a*",
    "arn:aws:s3:::a/b",
    "arn:aws:s3:::*b",
    "arn:aws:s3:::?/*",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::*:role/a*",
    "arn:aws:s3:::${aws:PrincipalTag/t}/*",
];
const STRING_TESTS: [&str; 14] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringNotLikeIfExists",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringLike",
    "ForAllValues:StringNotEquals",
    "ForAnyValue:StringNotEquals",
    "ForAllValues:StringLike",
    "ForAnyValue:StringEqualsIfExists",
];
const NUMBER_TESTS: [&str; 7] = [
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEqualsIfExists",
    "NumericNotEqualsIfExists",
];

fn condition(dice: &mut Dice) -> (String, String, Value) {
    let (operator, key, values) = match dice.below(9) {
        0 | 1 => (
            *dice.of(&STRING_TESTS[..8]),
            "aws:PrincipalTag/t",
            dice.some(&["a", "ab", "A", "a*", "?", "*b", "${aws:PrincipalTag/u}"], 2),
        ),
        2 | 3 => (*dice.of(&STRING_TESTS[8..]), "aws:TagKeys", dice.some(&["a", "b", "a*", "ab"], 2)),
        4 => (*dice.of(&NUMBER_TESTS), "s3:max-keys", dice.some(&["1", "2", "2.5", "10"], 1)),
        5 => (
            *dice.of(&["Bool", "BoolIfExists", "Null"]),
            "aws:SecureTransport",
            dice.some(&["true", "false"], 1),
        ),
        6 => (
            *dice.of(&["IpAddress", "NotIpAddress", "IpAddressIfExists"]),
            "aws:SourceIp",
            dice.some(&["10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "::/0", "0.0.0.0/0"], 1),
        ),
        7 => (
            *dice.of(&["ArnLike", "ArnNotEquals", "ArnEqualsIfExists", "StringLike"]),
            "aws:SourceArn",
            dice.some(&["arn:aws:s3:::a*", "arn:aws:s3:::*", "arn:aws:*:*:*:a", "arn:aws:sns:*:1*:a"], 1),
        ),
        _ => (
            *dice.of(&["Null", "StringLike", "StringNotLike"]),
            "aws:PrincipalTag/u",
            dice.some(&["true", "false"], 1),
        ),
    };
    (operator.to_owned(), key.to_owned(), values)
}

fn statement(dice: &mut Dice, deny: usize) -> Value {
    let mut one = json!({"Effect": if dice.chance(deny) { "Deny" } else { "Allow" }});
    one[if dice.chance(15) { "NotAction" } else { "Action" }] = dice.some(&ACTIONS, 2);
    one[if dice.chance(15) { "NotResource" } else { "Resource" }] = dice.some(&RESOURCES, 2);
    for _ in 0..dice.below(3) {
        let (operator, key, values) = condition(dice);
        one["Condition"][operator][key] = values;
    }
    one
}

fn any_request(dice: &mut Dice) -> Request {
    let action = *dice.of(&[
        "s3:GetObject",
        "s3:PutObject",
        "s3:GetX",
        "iam:PassRole",
        "iam:GetRole",
        "ec2:Run",
        "s3:etObject",
        "s3:LetX",
    ]);
    let resource = *dice.of(&[
        "*",
        "arn:aws:s3:::a/b",
        "arn:aws:s3:::a/c",
        "arn:aws:s3:::ab",
        "arn:aws:s3:::cb",
        "arn:aws:s3:::c/x",
        "arn:aws:s3:::*",
        "arn:aws:iam::111122223333:role/a",
        "arn:aws:iam::444455556666:role/ab",
        "arn:aws:iam::444455556666:role/x",
        "arn:aws:sqs:eu-west-1:111122223333:q",
    ]);
    let caller = Caller::parse("arn:aws:iam::111122223333:role/x").unwrap();
    let mut request = Request::new(caller, action, resource);
    request.resource_account = AccountId::parse("111122223333");
    let context = &mut request.context;
    let mut one = |dice: &mut Dice, key: &str, values: &[&str]| {
        if dice.chance(65) {
            context.set(key, [*dice.of(values)]);
        }
    };
    one(dice, "aws:PrincipalTag/t", &["a", "ab", "A", "b", "xb", "xyz", "B"]);
    one(dice, "aws:PrincipalTag/u", &["a", "b", "true", "ab"]);
    one(dice, "s3:max-keys", &["0", "1", "1.5", "2", "2.5", "3", "10", "11"]);
    one(dice, "aws:SecureTransport", &["true", "false"]);
    one(dice, "aws:SourceIp", &["10.1.2.3", "10.1.2.4", "10.2.0.0", "11.0.0.0", "::1", "9.255.255.255"]);
    one(
        dice,
        "aws:SourceArn",
        &[
            "arn:aws:s3:::a",
            "arn:aws:s3:::ab",
            "arn:aws:s3:::b",
            "arn:aws:sns:x:1:a",
            "arn:aws:sns:x:2:a",
            "arn:aws:sns:x:2:b",
        ],
    );
    if dice.chance(65) {
        let keys: Vec<&str> = (0..=dice.below(2)).map(|_| *dice.of(&["a", "b", "ab", "c"])).collect();
        context.set("aws:TagKeys", keys);
    }
    request
}

fn allows(documents: &[Document], request: &Request) -> bool {
    let policies = Policies { identity: documents.iter().collect(), ..Policies::default() };
    // Not the decision: some actions need the resource's policy too.
    let statements = evaluate(request, &policies).trace.statements;
    let applies =
        |effect| statements.iter().any(|one| one.effect == effect && one.outcome == Outcome::Applies);
    applies(Effect::Allow) && !applies(Effect::Deny)
}

#[test]
fn what_is_proved_to_stay_within_a_ceiling_never_leaves_it() {
    let mut dice = Dice(7);
    let (mut proved, mut refuted, mut unknown) = (0, 0, Vec::new());
    let requests: Vec<Request> = (0..1500).map(|_| any_request(&mut dice)).collect();
    for _ in 0..300 {
        let policy: Vec<Value> = (0..=dice.below(2)).map(|_| statement(&mut dice, 15)).collect();
        let mut ceiling: Vec<Value> = (0..=dice.below(4)).map(|_| statement(&mut dice, 10)).collect();
        if dice.chance(50) {
            // A ceiling close to the policy makes proofs that are not trivial.
            ceiling.push(json!({"Effect": "Allow", "Action": policy[0]["Action"], "NotAction": policy[0]["NotAction"], "Resource": "*"}));
            if let Some(last) = ceiling.last_mut().and_then(Value::as_object_mut) {
                last.retain(|_, value| !value.is_null());
            }
        }
        let (policy, ceiling) = ([document(&policy)], [document(&ceiling)]);
        let answer = within(&Permissions::of(&policy), &Permissions::of(&ceiling), Budget::default()).answer;
        let leaves = requests.iter().find(|request| allows(&policy, request) && !allows(&ceiling, request));
        match answer {
            Answer::Proved => {
                proved += 1;
                assert_eq!(leaves, None, "proved, but not so:\n{}\n{}", policy[0].text, ceiling[0].text);
            }
            Answer::Refuted(witness) => {
                refuted += 1;
                let mut request = witness.request().clone();
                request.principal = requests[0].principal.clone();
                assert!(allows(&policy, &request) && !allows(&ceiling, &request), "{witness}");
            }
            Answer::Unknown(reason) => {
                unknown.push((reason, policy[0].text.clone(), ceiling[0].text.clone()))
            }
        }
    }
    assert!(proved > 30 && refuted > 100, "{proved} proved, {refuted} refuted: a poor sample");
    assert!(unknown.len() < 20, "{} unknown, such as {:#?}", unknown.len(), &unknown[..5]);
}

const OWN: &str = "111122223333";
const TRUSTED: &str = "444455556666";

fn facts() -> TrustFacts {
    let mut facts = TrustFacts::new(AccountId::parse(OWN).unwrap());
    facts.org_id = Some("o-exampleorg1".to_owned());
    facts.trust_org = true;
    facts.trusted_accounts = vec![AccountId::parse(TRUSTED).unwrap()];
    facts.trusted_services = vec!["lambda.amazonaws.com".to_owned()];
    facts.source_bound_services = vec!["scheduler.amazonaws.com".to_owned()];
    facts.trusted_oidc = vec![OidcTrust {
        issuer: "token.actions.githubusercontent.com".to_owned(),
        claims: [("sub".to_owned(), vec!["repo:example-org/*".to_owned()])].into(),
    }];
    facts
}

fn trust_statement(dice: &mut Dice) -> Value {
    let deny = dice.chance(35);
    let federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
    let principal = match dice.below(if deny { 4 } else { 12 }) {
        0 | 1 => json!({"AWS": "*"}),
        2 => json!("*"),
        3 => {
            json!({"AWS": dice.some(&["999988887777", "arn:aws:iam::111122223333:root", "arn:aws:iam::999988887777:role/x", "444455556666"], 2)})
        }
        4 | 5 => {
            json!({"Service": dice.some(&["lambda.amazonaws.com", "scheduler.amazonaws.com", "sns.amazonaws.com"], 2)})
        }
        6 | 7 => json!({"Federated": federated}),
        8 => json!({"AWS": "arn:aws:iam::111122223333:root", "Federated": federated}),
        _ => json!({"AWS": "*"}),
    };
    let mut one = json!({"Effect": if deny { "Deny" } else { "Allow" }, "Principal": principal});
    one["Action"] = dice.some(
        &["sts:AssumeRole", "sts:*", "sts:AssumeRole*", "sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        2,
    );
    for _ in 0..dice.below(3) {
        let (operator, key, values) = trust_condition(dice);
        one["Condition"][operator][key] = values;
    }
    one
}

fn trust_condition(dice: &mut Dice) -> (String, String, Value) {
    let plain = *dice.of(&STRING_TESTS[..8]);
    let set = *dice.of(&STRING_TESTS[8..]);
    let (operator, key, values) = match dice.below(13) {
        0 | 1 => (
            plain,
            "aws:PrincipalAccount",
            dice.some(&["111122223333", "999988887777", "9999*", "*", "444455556666"], 2),
        ),
        2 | 3 => (
            plain,
            "aws:PrincipalOrgID",
            dice.some(&["o-exampleorg1", "o-strangers9", "o-*", "o-example*"], 1),
        ),
        4 => (set, "aws:PrincipalOrgID", dice.some(&["o-exampleorg1", "o-*"], 1)),
        5 => (
            set,
            "aws:PrincipalOrgPaths",
            dice.some(&["o-exampleorg1/*", "o-exampleorg1/r-ab12/*", "o-e*", "*"], 1),
        ),
        6 => (
            *dice.of(&["ArnLike", "ArnNotLike", "ArnEquals", "StringLike", "StringNotLike"]),
            "aws:PrincipalArn",
            dice.some(
                &[
                    "arn:aws:iam::111122223333:role/*",
                    "arn:aws:iam::*:role/x",
                    "*111122223333*",
                    "arn:aws:iam::9*:*",
                    "arn:aws:iam::999988887777:role/x",
                ],
                2,
            ),
        ),
        7 => (plain, "sts:ExternalId", dice.some(&["k1", "k*", "${aws:PrincipalTag/t}"], 1)),
        8 => (
            *dice.of(&["Bool", "BoolIfExists", "Null"]),
            "aws:MultiFactorAuthPresent",
            dice.some(&["true", "false"], 1),
        ),
        9 => (plain, "aws:SourceAccount", dice.some(&["111122223333", "*", "999988887777"], 1)),
        10 => (
            *dice.of(&["ArnLike", "ArnNotLike", "StringLike", "ArnLikeIfExists"]),
            "aws:SourceArn",
            dice.some(&["arn:aws:scheduler:*:111122223333:*", "arn:aws:*:*:*:*", "arn:aws:s3:::b"], 1),
        ),
        11 => (
            plain,
            "token.actions.githubusercontent.com:sub",
            dice.some(&["repo:example-org/*", "repo:*", "repo:example-org/a:ref:x", "repo:example-org*"], 2),
        ),
        _ => (
            plain,
            "aws:PrincipalAccount",
            dice.some(&["${aws:ResourceAccount}", "${aws:PrincipalTag/t}"], 1),
        ),
    };
    (operator.to_owned(), key.to_owned(), values)
}

/// A request to assume the role, with the account it comes from, if from one.
struct Attempt {
    request: Request,
    /// Texts of which none may be in the document if the caller is nobody it names.
    names: Vec<String>,
    /// How far away the caller is; `None`: it is in the allowed set, whatever its name is.
    outside: Option<Reach>,
}

fn attempts() -> Vec<Attempt> {
    [of_roles(), of_services(), of_tokens()].into_iter().flatten().collect()
}

fn of_roles() -> Vec<Attempt> {
    let mut all = Vec::new();
    let accounts = [
        (OWN, Some("o-exampleorg1"), None),
        (TRUSTED, None, None),
        (TRUSTED, Some("o-others0001"), None),
        ("555566667777", Some("o-exampleorg1"), None),
        ("999988887777", Some("o-strangers9"), Some(Reach::Public)),
        ("999988887777", None, Some(Reach::Public)),
        ("888877776666", None, Some(Reach::Public)),
        ("999911112222", Some("o-example0rg2"), Some(Reach::Public)),
    ];
    for (account, org, outside) in accounts {
        for name in ["x", "y", "a:111122223333:b/x"] {
            for extra in 0..16 {
                let arn = format!("arn:aws:iam::{account}:role/{name}");
                let mut context = base(&arn, account, org);
                if extra & 1 != 0 {
                    context.set("sts:ExternalId", [if extra & 8 != 0 { "k1" } else { "zz" }]);
                }
                if extra & 2 != 0 {
                    context
                        .set("aws:MultiFactorAuthPresent", [if extra & 8 != 0 { "true" } else { "false" }]);
                }
                if extra & 4 != 0 {
                    context.set("aws:PrincipalTag/t", [if extra & 8 != 0 { account } else { "k1" }]);
                }
                let caller = Caller::parse(&arn).unwrap();
                let names = std::iter::once(account).chain(org).map(str::to_owned).collect();
                all.push(Attempt { request: assume("sts:AssumeRole", caller, context), names, outside });
            }
        }
    }
    all
}

fn of_services() -> Vec<Attempt> {
    let mut all = Vec::new();
    for (service, trusted) in
        [("lambda.amazonaws.com", true), ("scheduler.amazonaws.com", false), ("sns.amazonaws.com", false)]
    {
        for source in ["none", "own", "stranger", "bucket", "stranger's arn"] {
            let mut context = Context::new()
                .with("aws:ResourceAccount", [OWN])
                .with("aws:ResourceOrgID", ["o-exampleorg1"]);
            context.set("aws:PrincipalIsAWSService", ["true"]);
            context.set("aws:PrincipalServiceName", [service]);
            match source {
                "own" => {
                    context.set("aws:SourceAccount", [OWN]);
                    context.set("aws:SourceArn", ["arn:aws:scheduler:eu-west-1:111122223333:x"]);
                }
                "stranger" => context.set("aws:SourceAccount", ["888877776666"]),
                "bucket" => context.set("aws:SourceArn", ["arn:aws:s3:::b"]),
                "stranger's arn" => {
                    context.set("aws:SourceArn", ["arn:aws:scheduler:eu-west-1:888877776666:x"])
                }
                _ => {}
            }
            let inside = trusted || (service.starts_with("scheduler") && source == "own");
            let request = assume("sts:AssumeRole", Caller::service(service).unwrap(), context);
            all.push(Attempt { request, names: vec![], outside: (!inside).then_some(Reach::Service) });
        }
    }
    all
}

fn of_tokens() -> Vec<Attempt> {
    let mut all = Vec::new();
    for (subject, inside) in
        [("repo:example-org/a:ref:x", true), ("repo:example-org2/a:x", false), ("repo:other/b:y", false)]
    {
        let provider = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com";
        let mut context =
            Context::new().with("aws:ResourceAccount", [OWN]).with("aws:ResourceOrgID", ["o-exampleorg1"]);
        context.set("token.actions.githubusercontent.com:sub", [subject]);
        context.set("token.actions.githubusercontent.com:aud", ["sts.amazonaws.com"]);
        let request = assume("sts:AssumeRoleWithWebIdentity", Caller::federated(provider).unwrap(), context);
        all.push(Attempt { request, names: vec![], outside: (!inside).then_some(Reach::Federated) });
    }
    all
}

fn base(arn: &str, account: &str, org: Option<&str>) -> Context {
    let mut context = Context::new().with("aws:PrincipalArn", [arn]).with("aws:PrincipalAccount", [account]);
    context.set("aws:PrincipalIsAWSService", ["false"]);
    context.set("aws:ResourceAccount", [OWN]);
    context.set("aws:ResourceOrgID", ["o-exampleorg1"]);
    if let Some(org) = org {
        context.set("aws:PrincipalOrgID", [org]);
        context.set("aws:PrincipalOrgPaths", [format!("{org}/r-ab12/ou-ab12-11111111/")]);
    }
    context
}

fn assume(action: &str, caller: Caller, context: Context) -> Request {
    let mut request = Request::new(caller, action, "arn:aws:iam::111122223333:role/target");
    request.context = context;
    request
}

/// One Allow with all denies.
struct Alone {
    at: usize,
    document: Document,
    /// Whether the Allow names AWS principals only: tokens and services are another kind.
    aws_only: bool,
}

impl Alone {
    fn admits(&self, request: &Request, anything: &Document) -> bool {
        let aws = matches!(&request.principal, Caller::Known(caller) if caller.is_in_account());
        let policies =
            Policies { identity: vec![anything], resource: Some(&self.document), ..Policies::default() };
        (aws || !self.aws_only) && evaluate(request, &policies).decision == Decision::Allowed
    }
}

fn alone(statements: &[Value]) -> Vec<Alone> {
    let (denies, allows): (Vec<_>, Vec<_>) =
        statements.iter().enumerate().partition(|(_, one)| one["Effect"] == "Deny");
    let with_denies = |(at, allow): (usize, &Value)| {
        let all: Vec<Value> = denies.iter().map(|(_, deny)| (*deny).clone()).chain([allow.clone()]).collect();
        let members = allow["Principal"].as_object();
        Alone { at, document: document(&all), aws_only: members.is_some_and(|m| m.keys().eq(["AWS"])) }
    };
    allows.into_iter().map(with_denies).collect()
}

#[test]
fn nobody_assumes_a_role_who_was_proved_to_be_shut_out() {
    let (mut dice, facts, attempts) = (Dice(11), facts(), attempts());
    let anything = document(&[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]);
    let (mut proved, mut refuted, mut unknown, mut wrong) = (0, 0, Vec::new(), Vec::new());
    for _ in 0..300 {
        let statements: Vec<Value> = (0..=dice.below(3)).map(|_| trust_statement(&mut dice)).collect();
        let trust = document(&statements);
        let found = who_can_assume(&trust, &facts, Budget::default());
        match &found.answer {
            Answer::Proved => proved += 1,
            Answer::Refuted(_) => refuted += 1,
            Answer::Unknown(reason) => unknown.push((reason.clone(), trust.text.clone())),
        }
        let alone = alone(&statements);
        for attempt in &attempts {
            let admitting = alone.iter().filter(|one| one.admits(&attempt.request, &anything));
            let guilty: Vec<usize> = admitting.map(|one| one.at).collect();
            if guilty.is_empty() {
                continue;
            }
            let named = attempt.names.iter().any(|name| trust.text.contains(name.as_str()));
            let reach = match attempt.outside {
                Some(Reach::Public) if named => Reach::ExternalAccount,
                Some(reach) => reach,
                None => Reach::None,
            };
            let outside = attempt.outside.is_some();
            if found.reach < reach || (outside && guilty.iter().any(|at| !found.guilty.contains(at))) {
                wrong.push(format!(
                    "{found:?}, but {reach:?} by {guilty:?}\n{}\n{:?}",
                    trust.text, attempt.request
                ));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n\n"));
    assert!(proved > 30 && refuted > 100, "{proved} proved, {refuted} refuted: a poor sample");
    assert!(unknown.len() < 20, "{} unknown, such as {:#?}", unknown.len(), &unknown[..5]);
}

/// A pair whose statements have policy variables and patterns of ARNs wherever they can.
fn pair_with_variables(dice: &mut Dice) -> (Vec<Value>, Vec<Value>) {
    let resources = [
        "arn:aws:s3:::${aws:PrincipalTag/t}/*",
        "arn:aws:s3:::home/${aws:username}/*",
        "arn:aws:s3:::home/*",
        "arn:aws:iam::111122223333:role/${aws:PrincipalTag/t, 'none'}",
        "arn:aws:iam::*:role/a*",
        "arn:aws:*:*:111122223333:role/a",
        "arn:aws:s3:::a*",
        "arn:aws:iam::111122223333",
    ];
    let one = |dice: &mut Dice, deny: usize| {
        let mut one = statement(dice, deny);
        if dice.chance(70) {
            let inverted = one.get("NotResource").is_some();
            one[if inverted { "NotResource" } else { "Resource" }] = dice.some(&resources, 2);
        }
        if dice.chance(40) {
            let operator =
                *dice.of(&["StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "ArnLike"]);
            let (key, values) = if operator == "ArnLike" {
                (
                    "aws:SourceArn",
                    ["arn:aws:s3:::${aws:PrincipalTag/t}", "arn:aws:*:*:${aws:PrincipalAccount}:a"],
                )
            } else {
                ("aws:PrincipalTag/u", ["${aws:PrincipalTag/t}", "${aws:username}-*"])
            };
            one["Condition"][operator][key] = dice.some(&values, 1);
        }
        one
    };
    let policy = (0..=dice.below(2)).map(|_| one(dice, 20)).collect();
    let ceiling = (0..=dice.below(4)).map(|_| one(dice, 15)).collect();
    (policy, ceiling)
}

/// What can't be decided is no hiding place: few pairs are, even where every statement depends on variables.
#[test]
fn at_most_one_pair_in_a_hundred_is_undecided() {
    let mut dice = Dice(11);
    let mut reasons = std::collections::BTreeMap::new();
    let pairs = 3_000;
    for _ in 0..pairs {
        let (policy, ceiling) = pair_with_variables(&mut dice);
        let (policy, ceiling) = (document(&policy), document(&ceiling));
        let found = within(&Permissions::of([&policy]), &Permissions::of([&ceiling]), Budget::default());
        if let Answer::Unknown(reason) = found.answer {
            let named = format!("{reason:?}");
            let kind = named.split('(').next().unwrap_or_default().to_owned();
            let (count, sample) = reasons.entry(kind).or_insert((0, Vec::new()));
            *count += 1;
            if sample.len() < 6 {
                sample.push(format!("{}\n{}", policy.text, ceiling.text));
            }
        }
    }
    let undecided: usize = reasons.values().map(|(count, _)| count).sum();
    assert!(undecided * 100 <= pairs, "{undecided} of {pairs} undecided: {reasons:#?}");
}
