//! What each rule about the keys of requests does to the answers: a world that is too small, or wider than it has to
//! be, shows here.

use serde_json::{Value, json};

use super::policy;
use crate::{
    AccountId, CallerKind, Fact, Form, Keys, RULES, Rule, Sent, With,
    analyse::{
        Answer, Budget,
        assume::{TrustFacts, who_can_assume},
        grants::{GrantFacts, grants, never_allows},
        within::{Permissions, within},
    },
    keys::rules::ALTERED,
};

const OWN: &str = "111122223333";
const CALLERS: [CallerKind; 7] = [
    CallerKind::Principal,
    CallerKind::Service,
    CallerKind::WebIdentity,
    CallerKind::Saml,
    CallerKind::Role,
    CallerKind::Identity,
    CallerKind::Anybody,
];

/// What is asked of a key: the condition of the Allow, and those of Denies.
fn questions(key: &str) -> Vec<(&'static str, Value, Vec<Value>)> {
    let one = |operator: &str, value: Value| json!({operator: {key: value}});
    let there = || one("Null", json!("false"));
    vec![
        ("missing", one("Null", json!("true")), vec![one("ForAnyValue:StringEquals", json!(""))]),
        ("there", there(), vec![]),
        ("empty", one("StringEquals", json!("")), vec![]),
        ("not the role's account", one("StringNotEquals", json!(OWN)), vec![one("Null", json!("true"))]),
        ("a star", one("StringEquals", json!("repo:a/*")), vec![]),
        ("true", one("StringEquals", json!("true")), vec![]),
        ("false", one("StringEquals", json!("false")), vec![]),
        ("AssumedRole", one("StringEquals", json!("AssumedRole")), vec![]),
        ("anything else", there(), vec![one("StringEquals", json!(["true", "false", "AssumedRole", OWN]))]),
        ("a word", there(), vec![one("Bool", json!(["true", "false"]))]),
        (
            "no number",
            there(),
            vec![one("NumericLessThan", json!(5)), one("NumericGreaterThanEquals", json!(5))],
        ),
        (
            "no date",
            there(),
            vec![one("DateLessThan", json!("2020-01-01")), one("DateGreaterThanEquals", json!("2020-01-01"))],
        ),
        ("no address", there(), vec![one("IpAddress", json!(["0.0.0.0/0", "::/0"]))]),
        ("no ARN", there(), vec![one("ArnLike", json!("*"))]),
        ("an account", one("StringLike", json!("????????????")), vec![one("StringLike", json!("*[!0-9]*"))]),
        ("an organization", one("StringLike", json!("o-*")), vec![]),
        ("small letters", one("StringLike", json!("x?x")), vec![]),
        (
            "two values",
            json!({"ForAnyValue:StringEquals": {key: "a"}, "ForAnyValue:StringLike": {key: "b*"}}),
            vec![],
        ),
    ]
}

fn statements(principal: Option<Value>, action: &str, allow: Value, denies: Vec<Value>) -> Vec<Value> {
    let effects = std::iter::once(("Allow", allow)).chain(denies.into_iter().map(|deny| ("Deny", deny)));
    effects
        .map(|(effect, condition)| {
            let mut one = json!({"Effect": effect, "Action": action, "Condition": condition});
            match &principal {
                Some(principal) if effect == "Allow" => one["Principal"] = principal.clone(),
                Some(_) => one["Principal"] = json!("*"),
                None => one["Resource"] = json!("*"),
            }
            one
        })
        .collect()
}

fn found<W>(answer: &Answer<W>) -> char {
    match answer {
        Answer::Proved => '-',
        Answer::Refuted(_) => 'x',
        Answer::Unknown(_) => '?',
    }
}

fn answer(caller: CallerKind, issuer: &str, action: &str, allow: Value, denies: Vec<Value>) -> char {
    let account = AccountId::parse(OWN).unwrap();
    let trust = |principal: Value, action: &str| {
        let document = policy(&statements(Some(principal), action, allow.clone(), denies.clone()));
        let mut facts = TrustFacts::new(account);
        facts.org_id = Some("o-exampleorg1".to_owned());
        found(&who_can_assume(&document, &facts, Budget::default()).answer)
    };
    let provider = |kind: &str, name: &str| format!("arn:aws:iam::{OWN}:{kind}/{name}");
    match caller {
        CallerKind::Principal => trust(json!({"AWS": "999988887777"}), "sts:AssumeRole"),
        CallerKind::Service => trust(json!({"Service": "sns.amazonaws.com"}), "sts:AssumeRole"),
        CallerKind::WebIdentity => {
            trust(json!({"Federated": provider("oidc-provider", issuer)}), "sts:AssumeRoleWithWebIdentity")
        }
        CallerKind::Saml => {
            trust(json!({"Federated": provider("saml-provider", "Stranger")}), "sts:AssumeRoleWithSAML")
        }
        CallerKind::Role | CallerKind::Identity => {
            let mut facts = GrantFacts::new(account);
            facts.self_arn = (caller == CallerKind::Role).then(|| format!("arn:aws:iam::{OWN}:role/app"));
            facts.org_id = Some("o-exampleorg1".to_owned());
            let document = policy(&statements(None, action, allow, denies));
            let permissions = Permissions::of([&document]);
            if action == "s3:GetObject" {
                return found(&never_allows(&permissions, action, &facts, Budget::default()));
            }
            found(&grants(&permissions, &facts, Budget::default()).answer)
        }
        CallerKind::Anybody => {
            let document = policy(&statements(None, "s3:GetObject", allow, denies));
            let nothing = Permissions { layers: vec![vec![]] };
            found(&within(&Permissions::of([&document]), &nothing, Budget::default()).answer)
        }
    }
}

/// A key that the rule speaks of, and the issuer whose tokens show it.
fn subject_of(rule: &Rule) -> (String, &'static str) {
    match rule.keys {
        Keys::Named(key) => (key.to_owned(), "idp.example"),
        Keys::Under(start) => (format!("{start}sub"), "idp.example"),
        Keys::Claim(claim) => (format!("idp.example:{claim}"), "idp.example"),
        Keys::ClaimOf(issuer, claim) => (format!("{issuer}:{claim}"), issuer),
        Keys::OtherClaims => ("other.example:sub".to_owned(), "idp.example"),
    }
}

/// One letter for each question: `x` some request is let in, `-` none is, `?` nobody knows.
fn answers(rule: &Rule, caller: CallerKind) -> String {
    let (key, issuer) = subject_of(rule);
    let actions = ["s3:GetObject", "iam:AttachRolePolicy", "iam:PutGroupPolicy"];
    let of_an_action = matches!(caller, CallerKind::Role | CallerKind::Identity);
    let actions = if of_an_action { &actions[..] } else { &actions[..1] };
    let asked = actions.iter().flat_map(|action| {
        questions(&key).into_iter().map(|(_, allow, denies)| answer(caller, issuer, action, allow, denies))
    });
    asked.collect()
}

fn callers_of(rule: &Rule) -> Vec<CallerKind> {
    if rule.callers.is_empty() { CALLERS.to_vec() } else { rule.callers.to_vec() }
}

fn all_answers(rule: &Rule) -> Vec<String> {
    callers_of(rule).into_iter().map(|caller| answers(rule, caller)).collect()
}

/// The rule with another word on whether the key is sent, on its form, on how many values it has.
fn altered(rule: &Rule) -> Vec<Option<Rule>> {
    let sent = [Sent::Always, Sent::Sometimes, Sent::Never].into_iter().filter(|sent| *sent != rule.sent);
    let sent = sent.map(|sent| Rule { sent, ..*rule });
    let many = (rule.sent != Sent::Never).then_some(Rule { many: !rule.many, ..*rule });
    let wider = (rule.form != Form::Text).then_some(Rule { form: Form::Text, ..*rule });
    std::iter::once(None).chain(sent.chain(many).chain(wider).map(Some)).collect()
}

#[test]
fn every_rule_changes_an_answer_and_so_would_every_other_one() {
    let mut unnoticed = Vec::new();
    for (number, rule) in RULES.iter().enumerate() {
        let right = all_answers(rule);
        for other in altered(rule) {
            ALTERED.set(Some((number, other)));
            let wrong = all_answers(rule);
            ALTERED.set(None);
            if right == wrong && !may_go_unnoticed(rule, other.as_ref()) {
                unnoticed.push(format!("{rule:?}\n  {other:?}\n  {right:?}"));
            }
        }
    }
    assert!(unnoticed.is_empty(), "{} not noticed:\n{}", unnoticed.len(), unnoticed.join("\n"));
}

/// Why an altered rule says the same, or has nothing to say.
fn may_go_unnoticed(rule: &Rule, other: Option<&Rule>) -> bool {
    let Some(other) = other else {
        // Without it the next rule of the key says the same, or what is free anyway.
        let again = |next: &&Rule| next.keys == rule.keys && *next != rule;
        // (The catalogue reads once which action carries what.)
        return RULES.iter().any(|next| again(&next))
            || matches!(rule.with, With::Only(_))
            || (rule.sent == Sent::Sometimes && rule.form == Form::Text && !rule.many);
    };
    let (sent, many) = (other.sent != rule.sent, other.many != rule.many);
    let is_first = RULES.iter().find(|first| first.keys == rule.keys) == Some(rule);
    // What follows from the caller is there or not with him, whatever the rule says.
    let follows = matches!(rule.form, Form::Fact(_) | Form::Fixed(_));
    follows && (sent || many || rule.form == Form::Fact(Fact::OthersId))
        // The first rule of a key says for all whether it has several values.
        || many && !is_first
        // Another list says which issuers always send a claim, and a subject that is left out is not looked for.
        || matches!(rule.keys, Keys::Claim("amr"))
        || matches!(rule.keys, Keys::ClaimOf(..)) && (sent || many)
        // Which action carries a key stands in `with`.
        || matches!(rule.with, With::Only(_))
        // What is never sent has no form.
        || rule.sent == Sent::Never && !sent
}

#[test]
fn what_the_rules_do() {
    let head: Vec<&str> = questions("k").into_iter().map(|(name, _, _)| name).collect();
    let mut table = vec![format!("asked: {}", head.join(", "))];
    for rule in RULES {
        let callers =
            callers_of(rule).into_iter().map(|caller| format!("  {caller}: {}", answers(rule, caller)));
        table.push(format!("{} is sent {}, {}", rule.keys, rule.sent, rule.form));
        table.extend(callers);
    }
    insta::assert_snapshot!(table.join("\n"));
}
