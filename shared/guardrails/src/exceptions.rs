//! Exceptions: what one role may have although a guardrail forbids it, until a day, on somebody's word.
//!
//! They live in the settings only. A tag of the role would be written by whoever wants the exception.

mod read;

use policy::{Arn, Document, Glob, Principal, edit};
use serde::Serialize;
use time::{Date, Duration, OffsetDateTime};

use crate::check;
use crate::facet::Facet;
use crate::finding::{Finding, Guardrail};
use crate::names::{RoleArn, RoleId};
use crate::role::Role;
use crate::rules::Rules;
use crate::words::json_string;

/// One entry of `exceptions:`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exception {
    /// The role's ARN, or a pattern.
    pub role: String,
    /// The role's unique id, if it is to hold for no role that is created later under the same name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_id: Option<RoleId>,
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

/// How long an exception still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// For more than 30 days.
    Running,
    /// For 30 days at most.
    EndsSoon,
    /// It does not hold any more.
    Expired,
}

impl Exception {
    /// Has its day passed?
    #[must_use]
    pub fn is_expired(&self, now: OffsetDateTime) -> bool {
        now >= self.until
    }

    /// How long it still holds.
    #[must_use]
    pub fn term(&self, now: OffsetDateTime) -> Term {
        const SOON: Duration = Duration::days(30);
        if self.is_expired(now) {
            Term::Expired
        } else if self.until - now <= SOON {
            Term::EndsSoon
        } else {
            Term::Running
        }
    }

    /// The last day on which it holds, UTC.
    #[must_use]
    pub fn last_day(&self) -> Date {
        (self.until - Duration::SECOND).date()
    }

    /// Is it about a role of this ARN? Which role bears it, [`Exception::role_id`] may narrow down.
    #[must_use]
    pub fn is_about(&self, role: &RoleArn) -> bool {
        if self.is_pattern { arn_matches(&self.role, role.as_str()) } else { self.role == role.as_str() }
    }

    pub(crate) fn is_for(&self, role: &Role) -> bool {
        self.is_about(&role.arn) && self.role_id.as_ref().is_none_or(|id| *id == role.id)
    }

    /// A statement that denies exactly what is let through. Asked under it, a document is judged by the rest.
    fn as_deny(&self) -> String {
        const ASSUME: &str = r#"["sts:AssumeRole","sts:AssumeRoleWithSAML","sts:AssumeRoleWithWebIdentity"]"#;
        match &self.lets_through {
            LetsThrough::Permission(action) => {
                format!(r#"{{"Effect":"Deny","Action":{},"Resource":"*"}}"#, json_string(action))
            }
            LetsThrough::Principal(pattern)
                if self.is_pattern && !Glob::new(pattern.as_str()).is_literal() =>
            {
                format!(
                    r#"{{"Effect":"Deny","Principal":{{"AWS":"*"}},"Action":{ASSUME},"Condition":{{"ArnLike":{{"aws:PrincipalArn":{}}}}}}}"#,
                    json_string(pattern)
                )
            }
            LetsThrough::Principal(name) => {
                let members: Vec<String> = principal_kinds(name)
                    .map(|kind| format!("{}:{}", json_string(kind), json_string(name)))
                    .collect();
                format!(r#"{{"Effect":"Deny","Principal":{{{}}},"Action":{ASSUME}}}"#, members.join(","))
            }
        }
    }
}

/// ARN against pattern, part by part as `ArnLike` does: `*` crosses `/` but no `:`. A role may bear `:` in its
/// path, and must not pass for one of another account by it.
fn arn_matches(pattern: &str, arn: &str) -> bool {
    let parts = |text| {
        Arn::parse(text).map(|arn| [arn.partition, arn.service, arn.region, arn.account, arn.resource])
    };
    match (parts(pattern), parts(arn)) {
        (Some(pattern), Some(arn)) => {
            pattern.iter().zip(arn).all(|(pattern, part)| Glob::new(*pattern).matches(part))
        }
        (None, _) | (_, None) => false,
    }
}

/// The members of `Principal` under which IAM may know this name; none if it is no principal. A service and an
/// identity provider may bear the same name.
fn principal_kinds(name: &str) -> impl Iterator<Item = &'static str> {
    ["AWS", "Service", "Federated"].into_iter().filter(move |kind| Principal::recognise(kind, name).is_some())
}

/// What the exceptions in force for a role let through, as denies to ask under.
#[derive(Clone)]
pub(crate) struct Exempt(Vec<String>);

impl Exempt {
    pub(crate) fn new(rules: &Rules, guardrail: Guardrail, role: &Role) -> Self {
        let in_force = rules.exceptions_in_force().filter(|exception| exception.guardrail == guardrail);
        Self(in_force.filter(|exception| exception.is_for(role)).map(Exception::as_deny).collect())
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

/// The exceptions in force that this role needs, each with what would be found without it. Of two that let the
/// same through, the later one is needed.
#[must_use]
pub fn exceptions_in_use(rules: &Rules, role: &Role, facet: Facet) -> Vec<(Exception, Vec<Finding>)> {
    let concerned: Vec<Exception> =
        rules.exceptions_in_force().filter(|exception| exception.is_for(role)).cloned().collect();
    if concerned.is_empty() {
        return Vec::new();
    }
    let with_all = check(rules, role, facet);
    let mut needed = rules.clone();
    let mut used = Vec::new();
    for exception in concerned {
        let fewer = needed.without_exception(&exception);
        let without = check(&fewer, role, facet);
        let more: Vec<Finding> = without.into_iter().filter(|found| !with_all.contains(found)).collect();
        if more.is_empty() {
            needed = fewer;
        } else {
            used.push((exception, more));
        }
    }
    used
}
