//! Who can change rescind itself? Whoever is allowed what the sample SCP would deny.
//!
//! The SCP in `docs/` is the list of what protects rescind, and this asks of each of its statements: is a request
//! that it denies allowed here? What it exempts the deployer from counts too, for somebody is the deployer.

use policy::analyse::within::{Permissions, within};
use policy::analyse::{Answer, Budget};
use policy::{Document, Unreadable};
use serde_json::{Value, json};

use crate::names::PolicyArn;

/// What protects a stack called `rescind`.
const SCP: &str = include_str!("../../../docs/scp-protect-rescind.json");

/// Where rescind is deployed.
#[derive(Clone, Copy, Debug)]
pub struct Stack<'a> {
    /// The name of the stack, which those of its resources begin with.
    pub name: &'a str,
    /// The lockdown policy, if there is one.
    pub lockdown: Option<&'a PolicyArn>,
    /// The partition, such as `aws`.
    pub partition: &'a str,
    /// The account, 12 digits.
    pub account: &'a str,
}

/// What must be allowed to nobody but those who deploy rescind.
#[derive(Debug)]
pub struct SelfProtection {
    /// All that is not rescind's.
    all: Document,
    /// For each part of rescind all that does not change it.
    parts: Vec<(String, Document)>,
}

/// A part of rescind that somebody can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The part, as the SCP calls its statement.
    pub part: String,
    /// A request that changes it and is allowed; or why that could not be decided.
    pub example: Result<String, String>,
}

impl SelfProtection {
    /// What protects this stack.
    ///
    /// # Errors
    /// The SCP can't be read; a test keeps it readable.
    pub fn of(stack: &Stack<'_>) -> Result<Self, Unreadable> {
        let scp: Value = serde_json::from_str(SCP).unwrap_or_default();
        let mut statements = scp.get("Statement").and_then(Value::as_array).cloned().unwrap_or_default();
        statements.push(history(stack));
        let (mut parts, mut denies) = (Vec::new(), Vec::new());
        for statement in statements {
            let part = statement.get("Sid").and_then(Value::as_str).unwrap_or_default().to_owned();
            let deny = for_everybody(statement, stack);
            parts.push((part, beside(std::slice::from_ref(&deny))?));
            denies.push(deny);
        }
        Ok(Self { all: beside(&denies)?, parts })
    }

    /// The parts that these permissions can change.
    #[must_use]
    pub fn open_to(&self, permissions: &Permissions<'_>) -> Vec<Opening> {
        let is_beyond = |ceiling: &Document| {
            let answer = within(permissions, &Permissions::of([ceiling]), Budget::default()).answer;
            match answer {
                Answer::Proved => None,
                Answer::Refuted(witness) => Some(Ok(witness.to_string())),
                Answer::Unknown(reason) => Some(Err(reason.to_string())),
            }
        };
        if is_beyond(&self.all).is_none() {
            return Vec::new();
        }
        let open = self
            .parts
            .iter()
            .filter_map(|(part, ceiling)| Some(Opening { part: part.clone(), example: is_beyond(ceiling)? }));
        open.collect()
    }
}

/// The items of the table: versions, holds, where a sweep stands. Functions write most of them, so no SCP can deny
/// it to all.
fn history(stack: &Stack<'_>) -> Value {
    let name = stack.name;
    json!({
        "Sid": "HistoryItems",
        "Effect": "Deny",
        "Action": [
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:PartiQLDelete",
            "dynamodb:PartiQLInsert",
            "dynamodb:PartiQLUpdate",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        ],
        "Resource": format!("arn:aws:dynamodb:*:*:table/{name}-*"),
    })
}

/// The statement for this stack, without its exemption.
fn for_everybody(mut statement: Value, stack: &Stack<'_>) -> Value {
    if let Some(conditions) = statement.get_mut("Condition").and_then(Value::as_object_mut) {
        conditions.remove("ArnNotLike");
        if conditions.is_empty() {
            statement.as_object_mut().map(|fields| fields.remove("Condition"));
        }
    }
    renamed(&mut statement, stack);
    statement
}

/// Recursion is bounded by the SCP.
fn renamed(value: &mut Value, stack: &Stack<'_>) {
    match value {
        Value::String(text) => *text = of_stack(text, stack),
        Value::Array(items) => items.iter_mut().for_each(|item| renamed(item, stack)),
        Value::Object(fields) => fields.values_mut().for_each(|field| renamed(field, stack)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn of_stack(text: &str, stack: &Stack<'_>) -> String {
    if let Some(lockdown) = stack.lockdown.filter(|_| text.ends_with(":policy/rescind-lockdown")) {
        return lockdown.to_string();
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts[..] {
        [_, _, service, region, _, resource] => {
            let Stack { partition, account, name, .. } = stack;
            let resource = resource.replace("rescind-", &format!("{name}-"));
            let resource = resource.replace("/rescind/", &format!("/{name}/"));
            format!("arn:{partition}:{service}:{region}:{account}:{resource}")
        }
        _ if text == "rescind" => stack.name.to_owned(),
        _ => text.to_owned(),
    }
}

/// Everything but what these statements deny.
fn beside(denies: &[Value]) -> Result<Document, Unreadable> {
    let mut statements = vec![json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
    statements.extend_from_slice(denies);
    Document::read(json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(document: &Document) -> Vec<Opening> {
        let lockdown = PolicyArn::parse("arn:aws:iam::111122223333:policy/team/deny").unwrap();
        let stack =
            Stack { name: "guard", lockdown: Some(&lockdown), partition: "aws", account: "111122223333" };
        SelfProtection::of(&stack).unwrap().open_to(&Permissions::of([document]))
    }

    fn parts(allow: &str) -> Vec<String> {
        let document =
            Document::read(format!(r#"{{"Version":"2012-10-17","Statement":[{allow}]}}"#)).unwrap();
        open(&document).into_iter().map(|opening| opening.part).collect()
    }

    fn allow(action: &str, resource: &str) -> String {
        format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#)
    }

    #[test]
    fn an_administrator_can_change_all_of_it() {
        let scp: Value = serde_json::from_str(SCP).unwrap();
        let parts = parts(&allow("*", "*"));
        assert_eq!(parts.len(), scp["Statement"].as_array().unwrap().len() + 1, "{parts:?}");
    }

    #[test]
    fn only_what_touches_the_stack_counts() {
        let arn = |rest: &str| format!("arn:aws:{rest}");
        let cases = [
            (
                "lambda:UpdateFunctionCode",
                arn("lambda:us-east-1:111122223333:function:guard-SweepFunction-1A"),
                vec!["Functions"],
            ),
            ("lambda:UpdateFunctionCode", arn("lambda:us-east-1:111122223333:function:other"), vec![]),
            (
                "lambda:UpdateFunctionCode",
                arn("lambda:us-east-1:444455556666:function:guard-SweepFunction-1A"),
                vec![],
            ),
            ("lambda:GetFunction", "*".to_owned(), vec![]),
            ("events:DisableRule", "*".to_owned(), vec!["RulesAndBus"]),
            ("sqs:PurgeQueue", arn("sqs:*:*:guard-*"), vec!["Queues"]),
            (
                "dynamodb:PutItem",
                arn("dynamodb:us-east-1:111122223333:table/guard-History-2B"),
                vec!["HistoryItems"],
            ),
            ("iam:PutRolePolicy", arn("iam::111122223333:role/*"), vec!["RolesAndTheirUse"]),
            ("iam:PutRolePolicy", arn("iam::111122223333:role/rescind-SweepRole-1A"), vec![]),
            ("iam:CreatePolicyVersion", arn("iam::111122223333:policy/team/deny"), vec!["LockdownPolicy"]),
            (
                "cloudformation:UpdateStack",
                arn("cloudformation:us-east-1:111122223333:stack/guard/1a2b"),
                vec!["Stack"],
            ),
            ("cloudtrail:StopLogging", "*".to_owned(), vec!["Trail"]),
            ("s3:*", "*".to_owned(), vec![]),
        ];
        for (action, resource, expected) in cases {
            assert_eq!(parts(&allow(action, &resource)), expected, "{action} on {resource}");
        }
    }

    #[test]
    fn each_opening_shows_a_request() {
        let document = Document::read(format!(r#"{{"Statement":[{}]}}"#, allow("sqs:*", "*"))).unwrap();
        let open = open(&document);
        let [opening] = &open[..] else { panic!("{open:?}") };
        let sentence = opening.example.as_ref().unwrap();
        assert!(sentence.starts_with("`sqs:"), "{sentence}");
        assert!(sentence.contains(":111122223333:guard-"), "{sentence}");
    }
}
