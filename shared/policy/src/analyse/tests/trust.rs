//! Laws of trust policies, on statements recombined from the corpus, and an enumeration of callers
//! as a second opinion.

use std::{collections::BTreeSet, sync::LazyLock};

use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::{
    corpus::{cases, trust_facts},
    policy,
};
use crate::{
    AccountId, Caller, ConditionKey, Context, Document, Request,
    analyse::{
        Answer, Budget,
        assume::{Assumable, Reach, TrustFacts, admits_nobody_new, keeps_the_allowed, who_can_assume},
        confirm,
    },
};

static CORPUS: LazyLock<(Vec<Value>, TrustFacts)> = LazyLock::new(|| {
    let cases = cases("trust");
    let documents = cases.iter().filter(|case| case["document"]["Version"] == "2012-10-17");
    let statements = documents.flat_map(|case| case["document"]["Statement"].as_array().unwrap().clone());
    (statements.collect(), trust_facts(&cases[0]["options"]))
});

fn statements() -> Vec<Value> {
    CORPUS.0.clone()
}

fn facts() -> TrustFacts {
    CORPUS.1.clone()
}

fn recombined() -> impl Strategy<Value = Vec<Value>> {
    proptest::collection::vec(select(statements()), 1..4)
}

fn ask(statements: &[Value], facts: &TrustFacts) -> Assumable {
    who_can_assume(&policy(statements), facts, Budget::default())
}

const ACCOUNTS: [&str; 5] = ["111122223333", "444455556666", "999988887777", "555566667777", "123412341234"];
const PATHS: [&str; 5] = [
    "o-exampleorg1/r-ab12/ou-ab12-11111111/",
    "o-exampleorg1/r-ab12/",
    "o-otherorg22/r-cd34/ou-ab12-11111111/",
    "o-exampleorg12/r-ef56/",
    "o-fresh00001/r-ab12/",
];

/// AWS callers of every account and organization, with every value the document mentions.
fn callers(document: &Document) -> Vec<(Request, Reach)> {
    let mut all = Vec::new();
    for account in ACCOUNTS {
        for path in std::iter::once(None).chain(PATHS.map(Some)) {
            let organization = path.map(|p| p.split('/').next().unwrap());
            if account == "111122223333" && organization != Some("o-exampleorg1") {
                continue;
            }
            for name in ["role/x", "role/Deploy", "role/ci", "role/p:111122223333:role/ci", "user/alice"] {
                let arn = format!("arn:aws:iam::{account}:{name}");
                let mut context = Context::new()
                    .with("aws:PrincipalAccount", [account])
                    .with("aws:PrincipalArn", [arn.as_str()])
                    .with("aws:PrincipalIsAWSService", ["false"])
                    .with("aws:userid", ["AROAFRESHFRESHFRESH1:s"])
                    .with("aws:ResourceAccount", ["111122223333"]);
                if let (Some(path), Some(id)) = (path, organization) {
                    context = context.with("aws:PrincipalOrgID", [id]).with("aws:PrincipalOrgPaths", [path]);
                }
                let request =
                    Request { context, ..Request::new(Caller::parse(&arn).unwrap(), "sts:AssumeRole", "*") };
                all.push((request, reach_of(account, organization)));
            }
        }
    }
    let keys: BTreeSet<&ConditionKey> =
        document.statements.iter().flat_map(|s| &s.conditions).map(|c| &c.key).collect();
    for key in keys.into_iter().filter(|key| {
        !key.as_str().to_ascii_lowercase().starts_with("aws:principal")
            && !key.is("aws:userid")
            && !key.is("aws:ResourceAccount")
            && !key.as_str().contains('.')
    }) {
        let values: BTreeSet<&str> = document
            .statements
            .iter()
            .flat_map(|s| &s.conditions)
            .filter(|c| c.key == *key)
            .flat_map(|c| &c.values)
            .map(|v| &*v.text)
            .collect();
        let with = |value: &str| {
            all.iter()
                .map(|(request, reach)| {
                    (
                        Request {
                            context: request.context.clone().with(key.as_str(), [value]),
                            ..request.clone()
                        },
                        *reach,
                    )
                })
                .collect::<Vec<_>>()
        };
        let more: Vec<_> = values.into_iter().take(2).flat_map(with).collect();
        all.extend(more);
        all.truncate(2_000);
    }
    all
}

fn reach_of(account: &str, organization: Option<&str>) -> Reach {
    match (account, organization) {
        ("111122223333", _) => Reach::SameAccount,
        ("444455556666", _) => Reach::TrustedAccount,
        (_, Some("o-exampleorg1")) => Reach::Organization,
        _ => Reach::ExternalAccount,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn no_caller_contradicts_a_proof_or_goes_beyond_the_reach(statements in recombined()) {
        let found = ask(&statements, &facts());
        let document = policy(&statements);
        for (request, reach) in callers(&document) {
            if reach <= found.reach && !(found.answer.is_proved() && reach == Reach::ExternalAccount) {
                continue;
            }
            prop_assert_ne!(confirm::admits(&document, &request), Some(true), "{:?} found {:?}", request, found);
        }
    }

    #[test]
    fn every_witness_is_admitted(statements in recombined()) {
        let found = ask(&statements, &facts());
        prop_assert_eq!(found.answer.is_proved(), found.guilty.is_empty());
        if let Answer::Refuted(witness) = &found.answer {
            prop_assert_eq!(confirm::admits(&policy(&statements), witness.request()), Some(true), "{}", witness);
        }
    }

    #[test]
    fn a_further_deny_never_widens(statements in recombined(), deny in select(statements().into_iter().filter(|s| s["Effect"] == "Deny").collect::<Vec<_>>())) {
        let before = ask(&statements, &facts());
        let more: Vec<Value> = statements.iter().cloned().chain([deny]).collect();
        let after = ask(&more, &facts());
        prop_assert!(after.reach <= before.reach && after.guilty.iter().all(|g| before.guilty.contains(g)));
        prop_assert!(admits_nobody_new(&policy(&more), &policy(&statements), &facts(), Budget::default()).is_proved());
    }

    #[test]
    fn a_further_trusted_account_never_makes_unsafe(statements in recombined()) {
        let mut more = facts();
        more.trusted_accounts.push(AccountId::parse("999988887777").unwrap());
        let (before, after) = (ask(&statements, &facts()), ask(&statements, &more));
        prop_assert!(after.guilty.iter().all(|g| before.guilty.contains(g)));
    }

    #[test]
    fn the_order_of_statements_does_not_matter(statements in recombined()) {
        let mut found = ask(&statements.iter().rev().cloned().collect::<Vec<_>>(), &facts());
        found.guilty = found.guilty.into_iter().map(|at| statements.len() - 1 - at).rev().collect();
        let forward = ask(&statements, &facts());
        prop_assert_eq!((found.reach, found.guilty, found.answer.is_proved()), (forward.reach, forward.guilty, forward.answer.is_proved()));
    }

    #[test]
    fn a_policy_admits_nobody_new_compared_with_itself_and_keeps_everybody(statements in recombined()) {
        let document = policy(&statements);
        prop_assert!(admits_nobody_new(&document, &document, &facts(), Budget::default()).is_proved());
        prop_assert!(keeps_the_allowed(&document, &document, &facts(), Budget::default()).is_proved());
    }

    #[test]
    fn a_larger_budget_never_changes_a_verdict(statements in recombined()) {
        let document = policy(&statements);
        let last = who_can_assume(&document, &facts(), Budget::default());
        for steps in [5, 20, 100, 500] {
            let found = who_can_assume(&document, &facts(), Budget::steps(steps));
            prop_assert!(found.reach >= last.reach, "an upper bound: {:?} then {:?}", found, last);
            prop_assert!(matches!(found.answer, Answer::Unknown(_)) || found.answer.is_proved() == last.answer.is_proved());
        }
    }
}

#[test]
fn the_three_obligations_of_a_repair() {
    let own = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:role/a"}, "Action": "sts:AssumeRole"});
    let both = json!({"Effect": "Allow", "Principal": {"AWS": ["arn:aws:iam::111122223333:role/a", "999988887777"]}, "Action": "sts:AssumeRole"});
    let (own, both, none) = (policy(&[own]), policy(&[both]), policy(&[]));
    let new = |new, old| admits_nobody_new(new, old, &facts(), Budget::default());
    let kept = |new, old| keeps_the_allowed(new, old, &facts(), Budget::default());
    assert!(new(&own, &both).is_proved() && new(&both, &own).witness().is_some());
    assert!(kept(&own, &both).is_proved() && kept(&none, &both).witness().is_some());
}

#[test]
fn whoever_is_allowed_and_shut_out_is_missed() {
    let account = |id: &str| AccountId::parse(id).unwrap();
    let nobody_else = TrustFacts::new(account("111122223333"));
    let organization =
        TrustFacts { org_id: Some("o-exampleorg1".to_owned()), trust_org: true, ..nobody_else.clone() };
    let everyone = |condition: Value| (json!("*"), condition);
    let of = |id: &str| (json!({"AWS": id}), json!({}));
    let cases = [
        ("the own account", nobody_else.clone(), of("111122223333")),
        (
            "a trusted account",
            TrustFacts { trusted_accounts: vec![account("444455556666")], ..nobody_else.clone() },
            of("444455556666"),
        ),
        (
            "the organization",
            organization.clone(),
            everyone(json!({"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}})),
        ),
        (
            "a part of the organization",
            TrustFacts { trusted_org_paths: Some(vec!["o-exampleorg1/r-ab12/*".to_owned()]), ..organization },
            everyone(json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-exampleorg1/r-ab12/*"}})),
        ),
        (
            "a vendor",
            TrustFacts {
                vendors: vec![crate::analyse::assume::Vendor { account: account("999988887777") }],
                ..nobody_else.clone()
            },
            (json!({"AWS": "999988887777"}), json!({"StringEquals": {"sts:ExternalId": "7f3c"}})),
        ),
        (
            "a network",
            TrustFacts { trusted_networks: vec!["203.0.113.0/24".to_owned()], ..nobody_else.clone() },
            everyone(json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})),
        ),
        (
            "a service",
            TrustFacts { trusted_services: vec!["lambda.amazonaws.com".to_owned()], ..nobody_else },
            (json!({"Service": "lambda.amazonaws.com"}), json!({})),
        ),
    ];
    for (who, facts, (principal, condition)) in cases {
        let allow = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition});
        let kept = keeps_the_allowed(&policy(&[]), &policy(&[allow]), &facts, Budget::default());
        assert!(kept.witness().is_some(), "{who}: {kept:?}");
    }
}

#[test]
fn whoever_is_not_shut_out_is_not_missed() {
    let facts = TrustFacts {
        org_id: Some("o-exampleorg1".to_owned()),
        ..TrustFacts::new(AccountId::parse("111122223333").unwrap())
    };
    let allow = |principal: Value, condition: Value| {
        policy(&[
            json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}),
        ])
    };
    let own = allow(json!({"AWS": "111122223333"}), json!({}));
    let organization = allow(json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg1"}}));
    let kept = keeps_the_allowed(&organization, &own, &facts, Budget::default());
    assert!(kept.is_proved(), "the own account is in its organization: {kept:?}");
    let elsewhere = allow(json!({"AWS": "arn:aws-cn:iam::111122223333:root"}), json!({}));
    let kept = keeps_the_allowed(&policy(&[]), &elsewhere, &facts, Budget::default());
    assert!(kept.is_proved(), "who is named in another partition is another one: {kept:?}");
}

#[test]
fn no_token_has_a_star_in_its_subject() {
    let issuer = "token.actions.githubusercontent.com";
    let trust = |operator: &str, subject: &str| {
        let provider = format!("arn:aws:iam::111122223333:oidc-provider/{issuer}");
        let condition = json!({operator: {format!("{issuer}:sub"): subject}});
        json!({"Effect": "Allow", "Principal": {"Federated": provider}, "Action": "sts:AssumeRoleWithWebIdentity", "Condition": condition})
    };
    let found = |operator, subject| ask(&[trust(operator, subject)], &facts()).answer;
    assert!(
        found("StringEquals", "repo:a-stranger/*").is_proved(),
        "a star that is no wildcard matches nobody"
    );
    assert!(found("StringLike", "repo:a-stranger/*").witness().is_some());
}

#[test]
fn a_vendor_is_allowed_with_a_literal_external_id_only() {
    let mut facts = facts();
    facts.vendors =
        vec![crate::analyse::assume::Vendor { account: AccountId::parse("999988887777").unwrap() }];
    let trust = |condition: Value| json!({"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole", "Condition": condition});
    let literal = ask(&[trust(json!({"StringEquals": {"sts:ExternalId": "7f3c"}}))], &facts);
    assert_eq!((literal.answer, literal.reach), (Answer::Proved, Reach::TrustedAccount));
    for open in [
        json!({}),
        json!({"StringLike": {"sts:ExternalId": "*"}}),
        json!({"StringEqualsIfExists": {"sts:ExternalId": "7f3c"}}),
    ] {
        assert!(ask(&[trust(open.clone())], &facts).answer.witness().is_some(), "{open}");
    }
}

/// IAM refuses `NotPrincipal` in a trust policy, so nothing safe rests on it.
#[test]
fn a_deny_with_not_principal_is_not_relied_upon() {
    let deny = json!({"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"});
    let everyone = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"});
    let found = ask(&[deny, everyone], &facts());
    assert_eq!((found.answer.is_proved(), found.reach, found.guilty), (false, Reach::Public, vec![1]));
}

#[test]
fn what_has_no_readable_effect_is_no_witness() {
    let perhaps =
        json!({"Effect": "Permit", "Principal": {"AWS": "999988887777"}, "Action": "sts:AssumeRole"});
    assert!(matches!(ask(&[perhaps], &facts()).answer, Answer::Unknown(_)));
}

#[test]
fn a_trusted_network_bounds_whoever_calls_from_it() {
    let mut facts = facts();
    let trust = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/25", "203.0.113.128/25"]}}});
    assert!(ask(std::slice::from_ref(&trust), &facts).answer.witness().is_some());
    facts.trusted_networks = vec!["203.0.113.0/24".to_owned()];
    assert_eq!(ask(&[trust], &facts).answer, Answer::Proved);
}

#[test]
fn a_witness_is_a_sentence() {
    let public = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole", "Condition": {"StringNotEquals": {"sts:ExternalId": "7f3c"}}});
    let found = ask(&[public], &facts());
    insta::assert_snapshot!(found.answer.witness().unwrap(), @"any principal of any account, for example arn:aws:iam::999988887777:role/x, may call sts:AssumeRole when it sends no `sts:ExternalId`");
}
