//! Exceptions: what one role may have although a guardrail forbids it, until a day, on somebody's word.
//!
//! They live in the settings only. A tag of the role would be written by whoever wants the exception.

use policy::{Document, Glob, Principal, edit};
use serde::Serialize;
use time::OffsetDateTime;

use crate::check;
use crate::facet::Facet;
use crate::finding::{Finding, Guardrail};
use crate::names::RoleArn;
use crate::role::Role;
use crate::rules::Rules;

/// One entry of `exceptions:`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// The role's ARN, or a pattern.
    pub role: String,
    /// The guardrail that it is an exception from.
    pub guardrail: Guardrail,
    /// What is let through.
    pub lets_through: LetsThrough,
    /// Are role and principal or permission patterns? ARNs are compared literally otherwise, because the
    /// path of a role may hold `*` and `?`.
    pub is_pattern: bool,
    /// Who answers for it.
    pub owner: String,
    /// Why it is there.
    pub reason: String,
    /// The first moment at which it no longer holds.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
}

/// What an exception lets through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LetsThrough {
    /// A principal that may assume the role.
    Principal(String),
    /// An action that the role may be allowed.
    Permission(String),
}

impl Exception {
    /// Has its day passed?
    #[must_use]
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        now >= self.until
    }

    pub(crate) fn is_for(&self, role: &RoleArn) -> bool {
        if self.is_pattern {
            Glob::new(self.role.as_str()).matches(role.as_str())
        } else {
            self.role == role.as_str()
        }
    }

    /// A statement that denies exactly what is let through. Asked under it, a document is judged by the rest.
    fn as_deny(&self) -> Option<String> {
        const ASSUME: &str = r#"["sts:AssumeRole","sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity"]"#;
        match &self.lets_through {
            LetsThrough::Permission(action) => {
                Some(format!(r#"{{"Effect":"Deny","Action":"{}","Resource":"*"}}"#, escaped(action)))
            }
            LetsThrough::Principal(pattern) if self.is_pattern => Some(format!(
                r#"{{"Effect":"Deny","Principal":{{"AWS":"*"}},"Action":{ASSUME},"Condition":{{"ArnLike":{{"aws:PrincipalArn":"{}"}}}}}}"#,
                escaped(pattern)
            )),
            LetsThrough::Principal(name) => Some(format!(
                r#"{{"Effect":"Deny","Principal":{{"{}":"{}"}},"Action":{ASSUME}}}"#,
                principal_kind(name)?,
                escaped(name)
            )),
        }
    }
}

/// The member of `Principal` under which IAM knows this name; `None` if it is no principal.
pub(crate) fn principal_kind(name: &str) -> Option<&'static str> {
    ["AWS", "Service", "Federated"]
        .into_iter()
        .find(|kind| !matches!(Principal::parse(kind, name), Principal::Unrecognised(_)))
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', "\\\"")
}

/// What the exceptions in force for a role let through, as denies to ask under.
#[derive(Clone)]
pub(crate) struct Exempt(Vec<String>);

impl Exempt {
    pub(crate) fn new(rules: &Rules, guardrail: Guardrail, role: &RoleArn) -> Self {
        let in_force = rules.exceptions_in_force().filter(|exception| exception.guardrail == guardrail);
        Self(in_force.filter(|exception| exception.is_for(role)).filter_map(Exception::as_deny).collect())
    }

    /// The document, less what is let through; `None` if there is nothing to take away.
    pub(crate) fn less(&self, document: &Document) -> Option<Document> {
        let mut less = None;
        for deny in &self.0 {
            let text = edit::add_statement(less.as_ref().unwrap_or(document), deny).ok()?;
            less = Some(Document::read(text).ok()?);
        }
        less
    }

    /// A document of its own that denies what is let through.
    pub(crate) fn denied(&self) -> Option<Document> {
        if self.0.is_empty() {
            return None;
        }
        Document::read(format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, self.0.join(","))).ok()
    }
}

/// The exceptions in force that this role needs, each with what would be found without it.
#[must_use]
pub fn exceptions_in_use(rules: &Rules, role: &Role, facet: Facet) -> Vec<(Exception, Vec<Finding>)> {
    let concerned: Vec<Exception> =
        rules.exceptions_in_force().filter(|exception| exception.is_for(&role.arn)).cloned().collect();
    if concerned.is_empty() {
        return Vec::new();
    }
    let with_all = check(rules, role, facet);
    concerned
        .into_iter()
        .filter_map(|exception| {
            let without = check(&rules.without_exception(&exception), role, facet);
            let more: Vec<Finding> = without.into_iter().filter(|found| !with_all.contains(found)).collect();
            (!more.is_empty()).then_some((exception, more))
        })
        .collect()
}
