//! The lockdown policy as the settings ask for it: which actions it denies, in which two forms, and why some
//! settings give no such policy.

use std::collections::BTreeMap;

use policy::{Document, Glob, Kind, Severity, stored_size, validate};

use crate::names::PolicyArn;
use crate::role::AttachedPolicy;
use crate::rules::Account;
use crate::words::json_string;

/// What IAM lets a managed policy hold, white space not counted (IAM user guide, "IAM and STS quotas").
const QUOTA: usize = 6_144;

/// What the functions of rescind do with their own roles. The lockdown may deny none of it: attached to every
/// role there is, it must leave rescind able to work.
pub const NEEDED_BY_RESCIND: &[&str] = &[
    "cloudtrail:DescribeTrails",
    "cloudtrail:GetEventSelectors",
    "cloudtrail:GetTrailStatus",
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:TransactWriteItems",
    "dynamodb:UpdateItem",
    "events:DescribeRule",
    "events:ListTargetsByRule",
    "events:PutEvents",
    "iam:AttachRolePolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListEntitiesForPolicy",
    "iam:ListPolicyVersions",
    "iam:ListRolePolicies",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
];

/// The lockdown policy of an account, in its two forms. Only settings make one, so whoever may attach no more
/// than a `Lockdown` can attach nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lockdown {
    policy: PolicyArn,
    boundary: PolicyArn,
    attachments: usize,
    document: Document,
    boundary_document: Document,
}

impl Lockdown {
    /// How many managed policies a role can have unless AWS raised the quota (IAM user guide, "IAM and STS
    /// quotas").
    pub(crate) const USUAL_ATTACHMENTS: usize = 10;
    /// As far as AWS raises it.
    const MOST_ATTACHMENTS: usize = 25;

    /// The lockdown under this name that denies these actions: those that are `never` allowed and, in an
    /// organization, to leave it.
    ///
    /// # Errors
    /// Why there can be no such policy.
    pub(crate) fn new(
        account: &Account,
        name: &str,
        attachments: usize,
        never: &[String],
        in_organization: bool,
    ) -> Result<Self, String> {
        let arn = |name: &str| {
            let arn = format!("arn:{}:iam::{}:policy/{name}", account.partition, account.id);
            let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte));
            PolicyArn::parse(&arn).ok().filter(|_| is_name && (1..=128).contains(&name.len())).ok_or_else(
                || {
                    format!(
                        "`{name}` is not the name of a managed policy (1 to 128 letters, digits or `+=,.@_-`)"
                    )
                },
            )
        };
        if !(1..=Self::MOST_ATTACHMENTS).contains(&attachments) {
            let most = Self::MOST_ATTACHMENTS;
            return Err(format!("`attachments: {attachments}` is no quota: AWS gives 1 to {most}"));
        }
        let denied = denied(never, in_organization);
        if denied.is_empty() {
            return Err("there is nothing to deny: list actions in `never`".to_owned());
        }
        let deny = statement("RescindLockdown", "Deny", &denied);
        let lockdown = Self {
            policy: arn(name)?,
            boundary: arn(&format!("{name}-boundary"))?,
            attachments,
            document: document(std::slice::from_ref(&deny))?,
            boundary_document: document(&[statement("RescindElse", "Allow", &["*".to_owned()]), deny])?,
        };
        lockdown.locks_nobody_out()?;
        lockdown.is_accepted().map(|()| lockdown)
    }

    /// The managed policy that is attached to roles: it denies, and allows nothing.
    #[must_use]
    pub fn policy(&self) -> &PolicyArn {
        &self.policy
    }

    /// The managed policy that serves as the boundary of roles that can have no further policy attached: it
    /// denies the same, and allows the rest, since a boundary that allows nothing leaves nothing.
    #[must_use]
    pub fn boundary(&self) -> &PolicyArn {
        &self.boundary
    }

    /// The document of [`Self::policy`].
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The document of [`Self::boundary`].
    #[must_use]
    pub fn boundary_document(&self) -> &Document {
        &self.boundary_document
    }

    /// How many managed policies a role of this account can have.
    pub(in crate::lock_down_permissions) fn attachments(&self) -> usize {
        self.attachments
    }

    /// Both forms as the settings ask for them. Their version is not known here.
    pub(crate) fn forms(&self) -> [AttachedPolicy; 2] {
        [(&self.policy, &self.document), (&self.boundary, &self.boundary_document)].map(|(arn, document)| {
            AttachedPolicy { arn: arn.clone(), version: String::new(), text: document.text.clone() }
        })
    }

    /// Attached to every role of the account, rescind's own included, it must leave rescind able to work: who
    /// denies everything denies that too.
    fn locks_nobody_out(&self) -> Result<(), String> {
        let is_denied =
            |action: &str| self.document.statements.iter().any(|statement| statement.covers_action(action));
        match NEEDED_BY_RESCIND.iter().find(|action| is_denied(action)) {
            None => Ok(()),
            Some(action) => Err(format!(
                "it would deny `{action}`, which rescind's own functions need: narrow the entry of `never`"
            )),
        }
    }

    /// IAM must take both forms.
    fn is_accepted(&self) -> Result<(), String> {
        let size = stored_size(&self.boundary_document.text);
        if size > QUOTA {
            return Err(format!(
                "the policy would have {size} characters without white space, and IAM takes {QUOTA}: list fewer \
                 actions in `never`, or shorter patterns"
            ));
        }
        let mut found = [(&self.document, Kind::Managed), (&self.boundary_document, Kind::Boundary)]
            .into_iter()
            .flat_map(|(document, kind)| validate(document, kind));
        match found.find(|diagnostic| diagnostic.severity == Severity::Error) {
            Some(diagnostic) => Err(format!("IAM would refuse the policy: {}", diagnostic.message)),
            None => Ok(()),
        }
    }
}

/// The actions, sorted, each once however it is spelled, and none that a pattern among them covers.
fn denied(never: &[String], in_organization: bool) -> Vec<String> {
    let leave = in_organization.then(|| "organizations:LeaveOrganization".to_owned());
    let actions = never.iter().cloned().chain(leave);
    let mut by_meaning = BTreeMap::new();
    for action in actions {
        by_meaning.entry(Glob::new(action.to_ascii_lowercase())).or_insert(action);
    }
    let is_covered = |glob: &Glob| {
        glob.is_literal() && by_meaning.keys().any(|other| other != glob && other.matches(glob.as_str()))
    };
    by_meaning.iter().filter(|(glob, _)| !is_covered(glob)).map(|(_, action)| action.clone()).collect()
}

/// A statement without any condition: nobody can be in circumstances in which it does not hold.
fn statement(sid: &str, effect: &str, actions: &[String]) -> String {
    let actions: Vec<String> = actions.iter().map(|action| json_string(action)).collect();
    format!(
        "    {{\n      \"Sid\": \"{sid}\",\n      \"Effect\": \"{effect}\",\n      \"Action\": [\n        {}\n      ],\n      \
         \"Resource\": \"*\"\n    }}",
        actions.join(",\n        ")
    )
}

fn document(statements: &[String]) -> Result<Document, String> {
    let text = format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n{}\n  ]\n}}\n",
        statements.join(",\n")
    );
    Document::read(text).map_err(|error| error.to_string())
}
