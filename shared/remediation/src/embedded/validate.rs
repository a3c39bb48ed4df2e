//! What IAM refuses: the grammar, as `policy::validate` knows it, and what only the account knows, which
//! principals exist and how much of a quota is left.
//!
//! Sources: "IAM and STS quotas" and "AWS JSON policy elements: Principal" in the IAM user guide.

use guardrails::{PolicyName, RoleName};
use policy::{Code, Diagnostic, Document, Kind, Severity};
use serde_json::Value;

use super::stored::{Stored, list, statements};
use crate::iam_error::IamError;

/// Managed policies per role, unless AWS raised the quota.
pub(super) const MANAGED_POLICIES: usize = 10;
/// Characters of all inline policies of a role.
const INLINE: usize = 10_240;
/// Characters of a trust policy, by default.
const TRUST: usize = 2_048;
/// Characters that the API takes at all.
const LONGEST: usize = 131_072;

pub(super) fn policy_name(name: &PolicyName) -> Result<(), IamError> {
    let admitted = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.as_str().chars().all(admitted) {
        Ok(())
    } else {
        Err(IamError::Unexpected(format!("ValidationError: `{name}` is no name of a policy")))
    }
}

pub(super) fn trust(text: &str, stored: &Stored) -> Result<(), IamError> {
    grammar(text, Kind::Trust)?;
    if policy::stored_size(text) > TRUST {
        return Err(IamError::LimitExceeded(format!("Cannot exceed quota for ACLSizePerRole: {TRUST}")));
    }
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    statements(&document)
        .into_iter()
        .filter_map(|statement| statement.get("Principal").or(statement.get("NotPrincipal")))
        .filter_map(|principal| principal.get("AWS"))
        .flat_map(list)
        .try_for_each(|named| principal(named.as_str().unwrap_or_default(), stored))
}

pub(super) fn inline<'a>(
    text: &str,
    others: impl Iterator<Item = &'a str>,
    role: &RoleName,
) -> Result<(), IamError> {
    grammar(text, Kind::Inline)?;
    if policy::stored_size(text) + others.map(policy::stored_size).sum::<usize>() > INLINE {
        let text = format!("Maximum policy size of {INLINE} bytes exceeded for role {role}");
        return Err(IamError::LimitExceeded(text));
    }
    Ok(())
}

fn grammar(text: &str, kind: Kind) -> Result<(), IamError> {
    if text.chars().count() > LONGEST {
        return Err(IamError::Unexpected(format!("ValidationError: longer than {LONGEST} characters")));
    }
    let diagnostics = match Document::read(text) {
        Ok(document) => policy::validate(&document, kind),
        Err(unreadable) => return Err(refusal(unreadable.diagnostic(text))),
    };
    match diagnostics.into_iter().find(|diagnostic| diagnostic.severity == Severity::Error) {
        Some(diagnostic) => Err(refusal(diagnostic)),
        None => Ok(()),
    }
}

fn refusal(diagnostic: Diagnostic) -> IamError {
    let is_quota = diagnostic.code == Code::TooLong;
    let text = diagnostic.iam.unwrap_or(diagnostic.message);
    if is_quota { IamError::LimitExceeded(text) } else { IamError::Malformed(text) }
}

/// IAM looks up every role and user that a trust policy names. The ids of deleted ones it does not find.
fn principal(text: &str, stored: &Stored) -> Result<(), IamError> {
    if text == "*" || is_account(text) || exists(text, stored) {
        Ok(())
    } else {
        Err(IamError::Malformed(format!("Invalid principal in policy: \"AWS\":\"{text}\"")))
    }
}

fn exists(text: &str, stored: &Stored) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let &["arn", partition, service, "", account, resource] = parts.as_slice() else { return false };
    if partition != stored.partition || !is_account(account) {
        return false;
    }
    match service {
        "iam" => resource == "root" || stored.id_of(text).is_some(),
        // A session exists as soon as somebody opens it.
        "sts" => resource.starts_with("assumed-role/") || resource.starts_with("federated-user/"),
        _ => false,
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
