//! What IAM refuses. Where its behaviour is not documented (duplicate keys), this door refuses too: what
//! rescind writes must not depend on it.
//!
//! Sources: the policy grammar, "IAM and STS quotas" and the error texts in the IAM user guide.

use guardrails::{PolicyName, RoleName};
use serde_json::{Map, Value};

use super::stored::{Stored, list, statements};
use crate::iam_error::IamError;

/// Managed policies per role, by default.
pub(super) const MANAGED_POLICIES: usize = 10;
/// Characters of a trust policy, by default.
const TRUST: usize = 2_048;
/// Characters of all inline policies of a role.
const INLINE: usize = 10_240;
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
    let document = grammar(text)?;
    if counted(text) > TRUST {
        return Err(IamError::LimitExceeded(format!("Cannot exceed quota for ACLSizePerRole: {TRUST}")));
    }
    for statement in statements(&document) {
        if statement.get("Resource").or(statement.get("NotResource")).is_some() {
            return Err(malformed("Has prohibited field Resource"));
        }
        let Some(principal) = statement.get("Principal").or(statement.get("NotPrincipal")) else {
            return Err(malformed("AssumeRolepolicy contained statements with no principal"));
        };
        principals(principal, stored)?;
        shared_oidc(statement, principal)?;
        actions(statement)?;
    }
    Ok(())
}

pub(super) fn inline<'a>(
    text: &str,
    others: impl Iterator<Item = &'a str>,
    role: &RoleName,
) -> Result<(), IamError> {
    let document = grammar(text)?;
    for statement in statements(&document) {
        if statement.get("Principal").or(statement.get("NotPrincipal")).is_some() {
            return Err(malformed("Policy document should not specify a principal."));
        }
        if statement.get("Resource").or(statement.get("NotResource")).is_none() {
            return Err(malformed("Policy statement must contain resources."));
        }
    }
    if counted(text) + others.map(counted).sum::<usize>() > INLINE {
        let text = format!("Maximum policy size of {INLINE} bytes exceeded for role {role}");
        return Err(IamError::LimitExceeded(text));
    }
    Ok(())
}

/// Whitespace does not count towards the quotas.
fn counted(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

fn malformed(text: &str) -> IamError {
    IamError::Malformed(text.to_owned())
}

/// What holds for every kind of policy.
fn grammar(text: &str) -> Result<Value, IamError> {
    if text.chars().count() > LONGEST {
        return Err(IamError::Unexpected(format!("ValidationError: longer than {LONGEST} characters")));
    }
    if !text.chars().all(|c| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}')) {
        return Err(malformed("The policy contains characters that are not allowed."));
    }
    if policy::Document::read(text).is_ok_and(|document| !document.diagnostics.is_empty()) {
        return Err(malformed("Syntax errors in policy."));
    }
    let document: Value =
        serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    let fields = document.as_object().ok_or_else(|| malformed("Syntax errors in policy."))?;
    only(fields, &["Version", "Id", "Statement"])?;
    let version = fields.get("Version").map_or(Some("2008-10-17"), Value::as_str);
    if !matches!(version, Some("2008-10-17" | "2012-10-17")) {
        return Err(malformed("The policy must contain a valid version string"));
    }
    if statements(&document).is_empty() {
        return Err(malformed("Syntax errors in policy."));
    }
    statements(&document).into_iter().try_for_each(statement)?;
    Ok(document)
}

fn statement(statement: &Value) -> Result<(), IamError> {
    let fields = statement.as_object().ok_or_else(|| malformed("Syntax errors in policy."))?;
    only(
        fields,
        &[
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ],
    )?;
    if !matches!(fields.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(malformed("Syntax errors in policy."));
    }
    let Some(action) = fields.get("Action").or(fields.get("NotAction")) else {
        return Err(malformed("Policy statement must contain actions."));
    };
    let named = list(action);
    if named.is_empty() || !named.iter().all(|action| action.as_str().is_some_and(is_action)) {
        return Err(malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."));
    }
    Ok(())
}

fn is_action(text: &str) -> bool {
    text == "*" || text.split_once(':').is_some_and(|(vendor, name)| !vendor.is_empty() && !name.is_empty())
}

/// A trust policy is about assuming the role and nothing else.
fn actions(statement: &Value) -> Result<(), IamError> {
    let named = statement.get("Action").or(statement.get("NotAction")).map(list).unwrap_or_default();
    let about_sts = |action: &Value| {
        action.as_str().is_some_and(|text| text == "*" || text.to_lowercase().starts_with("sts:"))
    };
    if named.into_iter().all(about_sts) {
        Ok(())
    } else {
        Err(malformed("AssumeRole policy may only specify STS AssumeRole actions."))
    }
}

fn only(fields: &Map<String, Value>, known: &[&str]) -> Result<(), IamError> {
    if fields.keys().all(|key| known.contains(&key.as_str())) {
        Ok(())
    } else {
        Err(malformed("Syntax errors in policy."))
    }
}

fn principals(principal: &Value, stored: &Stored) -> Result<(), IamError> {
    if principal.as_str() == Some("*") {
        return Ok(());
    }
    let Some(kinds) = principal.as_object().filter(|kinds| !kinds.is_empty()) else {
        return Err(malformed("Invalid principal in policy"));
    };
    for (kind, named) in kinds {
        let named = list(named);
        if named.is_empty() {
            return Err(malformed("Invalid principal in policy"));
        }
        for one in named {
            let text = one.as_str().unwrap_or_default();
            if !exists(kind, text, stored) {
                return Err(malformed(&format!("Invalid principal in policy: \"{kind}\":\"{text}\"")));
            }
        }
    }
    Ok(())
}

/// Does IAM find this principal? The ids of deleted ones it does not.
fn exists(kind: &str, text: &str, stored: &Stored) -> bool {
    match kind {
        "AWS" => text == "*" || is_account(text) || exists_arn(text, stored),
        "Service" => {
            let mut labels = text.split('.');
            labels.clone().count() >= 3
                && labels.all(|label| !label.is_empty())
                && text.contains(".amazonaws.com")
        }
        "Federated" => {
            text.contains(":saml-provider/") || text.contains(":oidc-provider/") || is_web_identity(text)
        }
        "CanonicalUser" => text.len() == 64,
        _ => false,
    }
}

fn exists_arn(text: &str, stored: &Stored) -> bool {
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

fn is_web_identity(text: &str) -> bool {
    matches!(
        text,
        "cognito-identity.amazonaws.com" | "accounts.google.com" | "graph.facebook.com" | "www.amazon.com"
    )
}

/// A provider that everybody shares must be narrowed to a subject (IAM user guide, "shared OIDC providers").
fn shared_oidc(statement: &Value, principal: &Value) -> Result<(), IamError> {
    const SHARED: &str = "token.actions.githubusercontent.com";
    let federated = principal.get("Federated").map(list).unwrap_or_default();
    let is_shared = federated.into_iter().filter_map(Value::as_str).any(|text| text.ends_with(SHARED));
    let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    let operators = statement.get("Condition").and_then(Value::as_object);
    let mut keys =
        operators.into_iter().flat_map(Map::values).filter_map(Value::as_object).flat_map(Map::keys);
    if is_shared && allows && !keys.any(|key| key.eq_ignore_ascii_case(&format!("{SHARED}:sub"))) {
        return Err(malformed(&format!("Missing required condition on {SHARED}:sub")));
    }
    Ok(())
}
