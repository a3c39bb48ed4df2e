//! Random roles by number: inline and managed policies with denies, a boundary, trust that may reach outside. The
//! same number is the same role, so that a failure can be looked at again.

use std::sync::LazyLock;

use policy::analyse::within::{Permissions as Allowed, within};
use policy::analyse::{Answer, Budget};
use policy::{AccountId as Number, Caller, Context, Decision, Document, Policies, Request, evaluate};
use serde_json::{Value, json};

pub(crate) const OWN: &str = "111122223333";

/// What the settings of these roles have under `lock_down_permissions`.
pub(crate) const LIMITS: &str =
    r#"{mode: enforce, scope: all_roles, escalation: forbid, never: ["organizations:*", "s3:DeleteBucket"]}"#;

/// How many roles are tried: by default so many that the test takes seconds, and as many as `RESCIND_ROLES` says.
#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says how many")]
pub(crate) fn how_many(default: u64) -> u64 {
    std::env::var("RESCIND_ROLES").ok().and_then(|roles| roles.parse().ok()).unwrap_or(default)
}

/// The documents of a role.
#[derive(Clone, Debug)]
pub(crate) struct AnyRole {
    pub(crate) trust: String,
    /// Named `i0`, `i1` and so on.
    pub(crate) inline: Vec<String>,
    /// Named `m0`, `m1` and so on.
    pub(crate) managed: Vec<String>,
    pub(crate) boundary: Option<String>,
}

impl AnyRole {
    pub(crate) fn number(number: u64) -> Self {
        let mut dice = Dice(number.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1));
        let trust = dice.trust();
        let (inline, managed) = (dice.below(3), dice.below(4));
        let mut policies = |count| (0..count).map(|_| dice.policy()).collect();
        let (inline, managed) = (policies(inline), policies(managed));
        let boundary = dice.chance(25).then(|| dice.boundary());
        Self { trust, inline, managed, boundary }
    }
}

/// Chance that can be thrown again: SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn some(&mut self, of: &[&'static str], most: u64) -> Vec<&'static str> {
        let mut some: Vec<&str> = (0..=self.below(most)).map(|_| self.one(of)).collect();
        some.sort_unstable();
        some.dedup();
        some
    }

    fn trust(&mut self) -> String {
        let service = json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"});
        let mut statements = vec![service];
        if self.chance(10) {
            statements.push(json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999988887777:root"}, "Action": "sts:AssumeRole"}));
        }
        document(&statements)
    }

    fn policy(&mut self) -> String {
        let statements: Vec<Value> = (0..=self.below(3)).map(|_| self.statement()).collect();
        document(&statements)
    }

    fn statement(&mut self) -> Value {
        let denies = self.chance(35);
        let mut one =
            json!({"Effect": if denies { "Deny" } else { "Allow" }, "Resource": self.one(RESOURCES)});
        if self.chance(6) {
            one["NotAction"] = json!(self.some(ACTIONS, 2));
        } else {
            one["Action"] = json!(self.some(ACTIONS, 5));
        }
        if self.chance(20) {
            let (operator, key, value) = self.one(CONDITIONS);
            one["Condition"] = json!({operator: {key: value}});
        }
        one
    }

    fn boundary(&mut self) -> String {
        let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
        let some = json!({"Effect": "Allow", "Action": self.some(ACTIONS, 8), "Resource": "*"});
        let mut statements = vec![if self.chance(50) { all } else { some }];
        if self.chance(50) {
            statements.push(json!({"Effect": "Deny", "Action": self.some(ACTIONS, 3), "Resource": "*"}));
        }
        document(&statements)
    }
}

pub(crate) fn document(statements: &[Value]) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

const ACTIONS: &[&str] = &[
    "s3:*",
    "s3:GetObject",
    "s3:Delete*",
    "s3:DeleteBucket",
    "kms:*",
    "kms:ScheduleKeyDeletion",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:*",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "lambda:*",
    "ec2:RunInstances",
    "organizations:DescribeOrganization",
    "organizations:*",
    "sqs:SendMessage",
    "*:List*",
    "*",
];
const RESOURCES: &[&str] =
    &["*", "*", "*", "arn:aws:s3:::a/*", "arn:aws:s3:::b*", "arn:aws:iam::111122223333:role/app"];
const CONDITIONS: &[(&str, &str, &str)] = &[
    ("Bool", "aws:SecureTransport", "true"),
    ("Bool", "aws:SecureTransport", "false"),
    ("StringEquals", "aws:RequestedRegion", "eu-west-1"),
    ("StringNotEquals", "aws:RequestedRegion", "eu-west-1"),
];

/// What a role may do.
#[derive(Clone, Debug)]
pub(crate) struct May {
    identity: Vec<Document>,
    boundary: Option<Document>,
    /// What the plain evaluator says of each of [`requests`].
    allowed: Vec<bool>,
}

impl May {
    pub(crate) fn of<'t>(texts: impl IntoIterator<Item = &'t str>, boundary: Option<&str>) -> Self {
        let read = |text: &str| Document::read(text).unwrap();
        let (identity, boundary) = (texts.into_iter().map(read).collect::<Vec<_>>(), boundary.map(read));
        let policies = Policies {
            identity: identity.iter().collect(),
            boundary: boundary.iter().collect(),
            ..Policies::default()
        };
        let allows = |request| evaluate(request, &policies).decision == Decision::Allowed;
        let allowed = requests().iter().map(allows).collect();
        Self { identity, boundary, allowed }
    }

    fn proved(&self) -> Allowed<'_> {
        let all = Allowed::of(&self.identity);
        self.boundary.iter().fold(all, |all, boundary| all.limited_by([boundary]))
    }

    /// What it may do beyond another role: by the plain evaluator over many requests, and by the proof. What neither
    /// shows nor is proved not to be is told as such.
    pub(crate) fn beyond(&self, other: &Self) -> Option<Beyond> {
        if let Some(request) = self.only_here(other).next() {
            return Some(Beyond::Shown(format!("{} on {}", request.action, request.resource)));
        }
        match within(&self.proved(), &other.proved(), Budget::default()).answer {
            Answer::Proved => None,
            Answer::Refuted(witness) => Some(Beyond::Shown(witness.to_string())),
            Answer::Unknown(_) => Some(Beyond::Undecided),
        }
    }

    /// The requests that it allows and the other does not.
    pub(crate) fn only_here(&self, other: &Self) -> impl Iterator<Item = &'static Request> {
        let both = self.allowed.iter().zip(&other.allowed);
        let only = both.map(|(here, there)| *here && !there).collect::<Vec<_>>();
        requests().iter().zip(only).filter(|(_, only)| *only).map(|(request, _)| request)
    }

    /// Something that the settings never allow.
    pub(crate) fn never_allowed(&self) -> Option<&'static Request> {
        let allowed = requests().iter().zip(&self.allowed).filter(|(_, allowed)| **allowed);
        allowed.map(|(request, _)| request).find(|request| is_never(request.action.as_str()))
    }
}

/// What a role may do that another may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// This request, for example.
    Shown(String),
    /// No request shows it, and the proof does not come to an end.
    Undecided,
}

/// Do the settings never allow this action?
pub(crate) fn is_never(action: &str) -> bool {
    action.starts_with("organizations:") || action == "s3:DeleteBucket"
}

fn requests() -> &'static [Request] {
    static REQUESTS: LazyLock<Vec<Request>> = LazyLock::new(many_requests);
    &REQUESTS
}

fn many_requests() -> Vec<Request> {
    let actions = [
        "s3:GetObject",
        "s3:DeleteObject",
        "s3:DeleteBucket",
        "kms:Decrypt",
        "kms:ScheduleKeyDeletion",
        "iam:PassRole",
        "iam:PutRolePolicy",
        "iam:CreateUser",
        "lambda:CreateFunction",
        "lambda:InvokeFunction",
        "ec2:RunInstances",
        "organizations:DescribeOrganization",
        "organizations:LeaveOrganization",
        "sqs:SendMessage",
        "sqs:ListQueues",
        "dynamodb:GetItem",
    ];
    let resources = ["*", "arn:aws:s3:::a/k", "arn:aws:s3:::b1", "arn:aws:iam::111122223333:role/app"];
    let caller = Caller::parse("arn:aws:iam::111122223333:role/app").unwrap();
    let mut all = Vec::new();
    for (action, resource) in actions.into_iter().flat_map(|one| resources.map(|other| (one, other))) {
        for (transport, region) in [("true", "eu-west-1"), ("false", "us-east-1")] {
            let mut request = Request::new(caller.clone(), action, resource);
            request.resource_account = Number::parse(OWN);
            request.context =
                Context::new().with("aws:SecureTransport", [transport]).with("aws:RequestedRegion", [region]);
            all.push(request);
        }
    }
    all
}
