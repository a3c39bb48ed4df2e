//! What kind of way in a guilty statement is, how bad, and how to say it.

use policy::analyse::assume::Reach;
use policy::{Condition, Document, Principal, Test, shared_issuer};

use super::culprit::Culprit;
use super::severity;
use crate::finding::{Kind, Severity};
use crate::role::Role;

/// Services that another customer can make act, and that say for whom (IAM User Guide, "The confused deputy
/// problem").
pub(crate) const CONFUSED_DEPUTIES: &[&str] = &[
    "bedrock.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "events.amazonaws.com",
    "rolesanywhere.amazonaws.com",
    "scheduler.amazonaws.com",
    "sns.amazonaws.com",
    "ssm.amazonaws.com",
    "transfer.amazonaws.com",
];

/// How issuers write their tenants: what stands before the name, and the character that ends it.
const TENANTS: &[(&str, &str, char)] = &[
    ("agent.buildkite.com", "organization:", ':'),
    ("app.terraform.io", "organization:", ':'),
    ("gitlab.com", "project_path:", '/'),
    ("oidc.codefresh.io", "account:", ':'),
    ("token.actions.githubusercontent.com", "repo:", '/'),
];

/// The kind, its severity, and what the statement does.
pub(super) fn of(
    role: &Role,
    document: &Document,
    culprit: Option<&Culprit<'_>>,
    reach: Reach,
) -> (Kind, Severity, String) {
    let special = culprit.and_then(|culprit| {
        other_partition(role, culprit, reach)
            .or_else(|| unbound_issuer(document, culprit, reach))
            .or_else(|| confused_deputy(document, culprit, reach))
    });
    special.unwrap_or_else(|| {
        let principals = culprit.map(Culprit::names).unwrap_or_default();
        let who = culprit.map_or_else(|| "somebody outside".to_owned(), Culprit::who);
        let kind = Kind::TrustReachesOutside { reach, principals };
        // Whatever is open is at least an outsider's way in.
        (kind, severity(reach).max(Severity::Medium), format!("lets {who} assume the role"))
    })
}

/// All guilty principals lie where nobody can come from.
fn other_partition(role: &Role, culprit: &Culprit<'_>, reach: Reach) -> Option<(Kind, Severity, String)> {
    let principals = culprit.principals();
    let elsewhere = |principal: &&Principal| {
        principal.partition().is_some_and(|partition| partition.as_str() != role.arn.partition())
    };
    if principals.is_empty() || !principals.iter().all(elsewhere) {
        return None;
    }
    let does = format!(
        "names {} of another partition: nobody there can come in here, and the same account number is somebody \
         else's here",
        culprit.who()
    );
    Some((Kind::OtherPartition { reach, principals: culprit.names() }, Severity::Medium, does))
}

/// Tokens of an issuer that many customers share, with nothing that says whose are meant.
fn unbound_issuer(
    document: &Document,
    culprit: &Culprit<'_>,
    reach: Reach,
) -> Option<(Kind, Severity, String)> {
    let shared = culprit.principals().into_iter().find_map(|principal| {
        let Principal::Oidc { issuer, .. } = principal else { return None };
        shared_issuer(issuer)
    })?;
    let key = format!("{}:{}", shared.issuer, shared.claim);
    let conditions = &document.statements.get(culprit.statement)?.conditions;
    let binds = |condition: &Condition| condition.key.is(&key) && binds(condition, shared.issuer);
    if conditions.iter().any(binds) {
        return None;
    }
    let issuer = shared.issuer.to_owned();
    let does = format!(
        "lets strangers among the customers of `{issuer}` assume the role, since no condition binds `{key}` to one \
         customer"
    );
    Some((
        Kind::SharedIssuer { reach, issuer, claim: key, principals: culprit.names() },
        Severity::Critical,
        does,
    ))
}

/// Does the condition name one tenant of the issuer in each of its values?
fn binds(condition: &Condition, issuer: &str) -> bool {
    let is_glob = condition.operator.test == Test::StringLike;
    let is_equal = matches!(condition.operator.test, Test::StringEquals | Test::StringEqualsIgnoreCase);
    let names_one = |text: &str| {
        let Some(literal) = text.split(['*', '?']).next().filter(|literal| literal.len() < text.len()) else {
            return true;
        };
        match TENANTS.iter().find(|(known, ..)| *known == issuer) {
            Some((_, label, end)) => match literal.strip_prefix(label) {
                Some(tenant) => tenant.find(*end).is_some_and(|at| at > 0),
                None => !label.starts_with(literal),
            },
            None => !literal.is_empty(),
        }
    };
    is_equal || (is_glob && condition.values.iter().all(|value| names_one(&value.text)))
}

/// Services that also act for others, with nothing that says for whom.
fn confused_deputy(
    document: &Document,
    culprit: &Culprit<'_>,
    reach: Reach,
) -> Option<(Kind, Severity, String)> {
    let is_deputy = |principal: &&Principal| matches!(principal, Principal::Service(name) if CONFUSED_DEPUTIES.contains(&name.as_ref()));
    let principals = culprit.principals();
    let conditions = &document.statements.get(culprit.statement)?.conditions;
    let names_source = |condition: &Condition| {
        let key = condition.key.as_str().to_ascii_lowercase();
        ["aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"]
            .contains(&key.as_str())
    };
    if principals.is_empty() || !principals.iter().all(is_deputy) || conditions.iter().any(names_source) {
        return None;
    }
    let does = format!(
        "lets {} assume the role whoever it acts for, since no condition binds `aws:SourceAccount` or \
         `aws:SourceArn`",
        culprit.who()
    );
    Some((Kind::ConfusedDeputy { reach, services: culprit.names() }, Severity::Medium, does))
}
