//! Policies of every shape.

use serde_json::{Value, json};

use crate::{
    conditions::{self, Taste},
    dice::Dice,
};

fn document(dice: &mut Dice<'_>, mut statements: Vec<Value>) -> Value {
    let version = if dice.chance(6) { "2008-10-17" } else { "2012-10-17" };
    if statements.len() == 1 && dice.chance(20) {
        return json!({"Version": version, "Statement": statements.remove(0)});
    }
    json!({"Version": version, "Statement": statements})
}

const AWS: [&str; 19] = [
    "*",
    "*",
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:role/app",
    "444455556666",
    "777766665555",
    "999988887777",
    "arn:aws:iam::999988887777:root",
    "arn:aws:iam::999988887777:role/x",
    "arn:aws:iam::999988887777:role/team/x",
    "arn:aws:iam::999988887777:user/u",
    "arn:aws:sts::999988887777:assumed-role/x/s",
    "arn:aws:sts::111122223333:assumed-role/app/s",
    "arn:aws:sts::999988887777:federated-user/f",
    "AROAEXAMPLEEXAMPLE123",
    "arn:aws-cn:iam::999988887777:root",
    "arn:aws:iam::999988887777:role/*",
];
const SERVICES: [&str; 4] =
    ["lambda.amazonaws.com", "scheduler.amazonaws.com", "sns.amazonaws.com", "Lambda.amazonaws.com"];
const FEDERATED: [&str; 9] = [
    "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
    "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
    "arn:aws:iam::111122223333:oidc-provider/evil.example",
    "arn:aws:iam::111122223333:oidc-provider/idp.example/acme",
    "arn:aws:iam::111122223333:oidc-provider/idp.example/ACME",
    "arn:aws:iam::999988887777:oidc-provider/token.actions.githubusercontent.com",
    "cognito-identity.amazonaws.com",
    "accounts.google.com",
    "arn:aws:iam::111122223333:saml-provider/Corp",
];

fn one_or_more(dice: &mut Dice<'_>, all: &[&'static str]) -> Value {
    if dice.chance(75) {
        return json!(dice.of(all));
    }
    let mut some: Vec<&str> = (0..2).map(|_| dice.of(all)).collect();
    some.dedup();
    json!(some)
}

fn principal(dice: &mut Dice<'_>) -> Value {
    match dice.below(20) {
        0..=7 => json!({"AWS": one_or_more(dice, &AWS)}),
        8..=10 => json!({"Service": one_or_more(dice, &SERVICES)}),
        11..=14 => json!({"Federated": one_or_more(dice, &FEDERATED)}),
        15 => json!("*"),
        16 => json!({"AWS": one_or_more(dice, &AWS), "Service": one_or_more(dice, &SERVICES)}),
        17 => json!({"AWS": one_or_more(dice, &AWS), "Federated": one_or_more(dice, &FEDERATED)}),
        18 => json!({"AWS": "*"}),
        _ => match dice.below(4) {
            0 => json!("arn:aws:iam::999988887777:root"),
            1 => json!({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}),
            2 => json!({"AWS": "nobody"}),
            _ => json!({"AWS": []}),
        },
    }
}

/// The actions that open the role to this principal, most of the time.
fn assume_actions(dice: &mut Dice<'_>, principal: &Value) -> Value {
    let text = principal.to_string();
    let by_token = text.contains("oidc-provider") || text.contains(".com\"}") && text.contains("Federated");
    if dice.chance(30) {
        return match dice.below(7) {
            0 => json!("*"),
            1 => json!("sts:TagSession"),
            2 => json!(["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity"]),
            3 => json!("STS:assumerole*"),
            4 => json!("sts:AssumeRoleWithSAML"),
            5 => json!("sts:Assume?ole"),
            _ => json!("sts:*"),
        };
    }
    if text.contains("saml-provider") {
        json!("sts:AssumeRoleWithSAML")
    } else if by_token {
        json!("sts:AssumeRoleWithWebIdentity")
    } else if text == "\"*\"" {
        json!("sts:Assume*")
    } else {
        json!("sts:AssumeRole")
    }
}

fn trust_statement(dice: &mut Dice<'_>, effect: &str) -> Value {
    let principal = principal(dice);
    let action = assume_actions(dice, &principal);
    let member = if dice.chance(2) { "NotPrincipal" } else { "Principal" };
    let mut one = json!({"Effect": effect, "Action": action});
    one[member] = principal;
    if dice.chance(2) {
        one["NotAction"] = one["Action"].take();
        one.as_object_mut().unwrap().remove("Action");
    }
    one
}

/// A trust policy.
pub(crate) fn trust(dice: &mut Dice<'_>) -> Value {
    let mut statements = Vec::new();
    let mut allow = trust_statement(dice, "Allow");
    match dice.below(8) {
        0 => conditions::crossed(dice, Taste::Trust, &mut allow),
        1 => {
            conditions::some(dice, Taste::Trust, &mut allow, 1);
            for condition in conditions::exhausting(dice, Taste::Trust) {
                let everyone = if dice.chance(30) { json!("*") } else { allow["Principal"].clone() };
                let mut deny = json!({"Effect": "Deny", "Principal": everyone, "Action": "sts:*"});
                conditions::put(&mut deny, condition);
                statements.push(deny);
            }
        }
        2 => conditions::some(dice, Taste::Trust, &mut allow, 1),
        _ => conditions::some(dice, Taste::Trust, &mut allow, 3),
    }
    statements.insert(dice.below(statements.len() + 1), allow);
    for _ in 0..dice.below(3) {
        let effect = if dice.chance(55) { "Deny" } else { "Allow" };
        let mut more = trust_statement(dice, effect);
        if effect == "Deny" && dice.chance(60) {
            more["Principal"] = statements[0]["Principal"].clone();
            more["Action"] = json!("sts:*");
            let members = more.as_object_mut().unwrap();
            members.remove("NotAction");
            members.remove("NotPrincipal");
        }
        let most = if effect == "Deny" { 1 } else { 3 };
        conditions::some(dice, Taste::Trust, &mut more, most);
        statements.push(more);
    }
    statements.iter_mut().for_each(drop_nulls);
    document(dice, statements)
}

fn drop_nulls(statement: &mut Value) {
    statement.as_object_mut().unwrap().retain(|_, value| !value.is_null());
}

const ACTIONS: [&str; 22] = [
    "*",
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:ListBucket",
    "S3:?et*",
    "iam:*",
    "iam:Pass*",
    "iam:PassRole",
    "iam:AttachRolePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateAccessKey",
    "iam:PutUserPolicy",
    "ec2:RunInstances",
    "lambda:*",
    "lambda:UpdateFunctionCode",
    "sts:AssumeRole",
    "cloudformation:CreateStack",
    "*:*Role",
    "ssm:SendCommand",
    "foo:Bar",
];
const RESOURCES: [&str; 20] = [
    "*",
    "*",
    "*",
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::b/${aws:username}",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::*:role/a*",
    "arn:aws:iam::111122223333",
    "arn:aws:iam",
    "arn:aws:iam::111122223333:*",
    "arn:aws:*:*:*:*",
    "arn:aws:iam::111122223333:user/u",
    "arn:aws:iam::999988887777:role/*",
    "arn:aws:s3:::?/*",
    "arn:aws:lambda:*:111122223333:function:*",
    "arn:aws:*:*:999988887777:*",
];

fn permission_statement(dice: &mut Dice<'_>, effect: &str) -> Value {
    let mut one = json!({"Effect": effect});
    one[if dice.chance(12) { "NotAction" } else { "Action" }] = one_or_more(dice, &ACTIONS);
    one[if dice.chance(12) { "NotResource" } else { "Resource" }] = one_or_more(dice, &RESOURCES);
    one
}

/// A policy of permissions: of an identity, a boundary, a ceiling.
pub(crate) fn permissions(dice: &mut Dice<'_>) -> Value {
    let mut statements = Vec::new();
    let mut allow = permission_statement(dice, "Allow");
    match dice.below(8) {
        0 => conditions::crossed(dice, Taste::Permissions, &mut allow),
        1 | 2 => {
            conditions::some(dice, Taste::Permissions, &mut allow, 1);
            for condition in conditions::exhausting(dice, Taste::Permissions) {
                let mut deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
                conditions::put(&mut deny, condition);
                statements.push(deny);
            }
        }
        3 => {}
        _ => conditions::some(dice, Taste::Permissions, &mut allow, 2),
    }
    statements.insert(dice.below(statements.len() + 1), allow);
    for _ in 0..dice.below(3) {
        let effect = if dice.chance(40) { "Deny" } else { "Allow" };
        let mut more = permission_statement(dice, effect);
        conditions::some(dice, Taste::Permissions, &mut more, if effect == "Deny" { 1 } else { 2 });
        statements.push(more);
    }
    document(dice, statements)
}

/// A policy near to another one: something less, or something more, of it.
pub(crate) fn neighbour(dice: &mut Dice<'_>, of: &Value, taste: Taste) -> Value {
    let mut near = of.clone();
    let mut statements = match near["Statement"].take() {
        Value::Array(statements) => statements,
        one => vec![one],
    };
    for _ in 0..=dice.below(2) {
        let at = dice.below(statements.len().max(1));
        let Some(statement) = statements.get_mut(at) else { break };
        match dice.below(6) {
            0 => drop(statements.remove(at)),
            1 => conditions::some(dice, taste, statement, 1),
            2 => drop(statement.as_object_mut().unwrap().remove("Condition")),
            3 if taste == Taste::Permissions => statement["Resource"] = one_or_more(dice, &RESOURCES),
            3 => statement["Principal"] = principal(dice),
            4 => {
                let effect = if dice.chance(60) { "Deny" } else { "Allow" };
                let mut more = match taste {
                    Taste::Trust => trust_statement(dice, effect),
                    Taste::Permissions => permission_statement(dice, effect),
                };
                conditions::some(dice, taste, &mut more, 1);
                statements.push(more);
            }
            _ => {
                if let Some(block) = statement.get_mut("Condition").and_then(Value::as_object_mut)
                    && let Some(operator) = block.keys().next().cloned()
                {
                    block.remove(&operator);
                }
            }
        }
    }
    near["Statement"] = Value::Array(statements);
    near
}
