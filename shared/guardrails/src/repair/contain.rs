//! Holds a role still while someone undoes its repairs again and again.
//!
//! A containment is an inline policy of nothing but an explicit Deny, under a name of its own. Whoever rewrites
//! the trust policy, attaches policies or puts other inline policies does not overwrite it, and an explicit
//! Deny wins over every Allow (IAM User Guide, "Policy evaluation logic"). Only `DeleteRolePolicy` or
//! `PutRolePolicy` under this very name take it away.
//!
//! - In a fight over the *trust policy* every session issued since the fight began may do nothing. Nothing
//!   in a session tells who assumed the role, so the sessions of friends are held too.
//! - In a fight over the *permissions* every action is denied that the repaired role does not have; if that
//!   is not proved to hold what the opponent writes, every action at all.
//!
//! The guardrails judge a role without its containments: they must not hide what is still to be repaired.

use std::borrow::Cow;
use std::collections::BTreeSet;

use policy::{Document, Effect, Element, Statement, canonical, stored_size};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::INLINE_QUOTA;
use crate::facet::Facet;
use crate::finding::Guardrail;
use crate::lock_down_permissions;
use crate::names::PolicyName;
use crate::plan::{LastGood, PlannedStep, Strategy, plan};
use crate::repair::revoke::instant;
use crate::role::{InlinePolicy, Role};
use crate::rules::Rules;
use crate::step::Step;

const OVER_TRUST: &str = "rescind-contain-trust";
const OVER_PERMISSIONS: &str = "rescind-contain-permissions";

/// A containment that the role has no room for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the inline policies of `{0}` leave no room for a containment: together they have {INLINE_QUOTA} characters at most"
)]
pub struct NoRoom(String);

/// The step that denies everything to every session issued since then; none if one that begins no later is in
/// force, or if the permissions were not read.
///
/// # Errors
/// The role has no room for it.
pub fn contain_trust(role: &Role, since: OffsetDateTime) -> Result<Option<PlannedStep>, NoRoom> {
    if role.permissions.is_none() || begin(role).is_some_and(|begin| begin <= since) {
        return Ok(None);
    }
    let text = sessions_since(since);
    let step = put(
        role,
        OVER_TRUST,
        &text,
        Guardrail::RestrictCrossAccountAccess,
        Told {
            proof: "every session issued since then is denied everything, whoever assumed the role",
            sentence: format!(
                "deny everything to the sessions issued since {}: the repairs of the trust policy are undone again and again",
                instant(since)
            ),
        },
    )?;
    Ok(Some(step))
}

/// The step that denies what the role has beyond its repaired state; none if what is there holds, or if the
/// permissions were not read. `role` is the live role, `repaired` is what the repair makes of it.
///
/// # Errors
/// The role has no room for it.
pub fn contain_permissions(
    rules: &Rules,
    role: &Role,
    repaired: &Role,
) -> Result<Option<PlannedStep>, NoRoom> {
    if role.permissions.is_none() || (find(role, OVER_PERMISSIONS).is_some() && is_held(rules, role)) {
        return Ok(None);
    }
    let all = || {
        put(
            role,
            OVER_PERMISSIONS,
            &every_action(),
            Guardrail::LockDownPermissions,
            Told {
                proof: "every action is denied",
                sentence: "deny every action: the repairs of the permissions are undone again and again"
                    .to_owned(),
            },
        )
    };
    let milder = actions(repaired).filter(|actions| !actions.is_empty()).and_then(|actions| {
        put(role, OVER_PERMISSIONS, &all_actions_but(&actions), Guardrail::LockDownPermissions, Told {
            proof: "with what the opponent wrote and this Deny the role is allowed nothing forbidden",
            sentence: "deny every action that the repaired role does not have: the repairs of the permissions are undone again and again".to_owned(),
        })
        .ok()
    });
    let holds =
        |planned: &PlannedStep| planned.step.applied_to(role, &[]).is_some_and(|role| is_held(rules, &role));
    milder.filter(holds).map_or_else(all, Ok).map(Some)
}

/// The steps that take the containments over this facet away.
#[must_use]
pub fn release(role: &Role, facet: Facet) -> Vec<PlannedStep> {
    let over = [
        (facet.has_trust(), OVER_TRUST, Guardrail::RestrictCrossAccountAccess),
        (facet.has_permissions(), OVER_PERMISSIONS, Guardrail::LockDownPermissions),
    ];
    let found = over.into_iter().filter(|(asked, ..)| *asked);
    found
        .filter_map(|(_, name, guardrail)| {
            let policy = find(role, name)?;
            let step = Step::DeleteInline { policy: policy.name.clone(), before: policy.text.clone() };
            let proof = vec!["without it the guardrails find nothing".to_owned()];
            let sentence = format!("take `{}` away: nobody undoes the repairs any more", policy.name);
            Some(PlannedStep::new(guardrail, Strategy::Restore, step, proof, sentence))
        })
        .collect()
}

/// The role as it is without its containments: what the guardrails judge.
#[must_use]
pub fn without_containments(role: &Role) -> Cow<'_, Role> {
    if [OVER_TRUST, OVER_PERMISSIONS].iter().all(|name| find(role, name).is_none()) {
        return Cow::Borrowed(role);
    }
    let mut role = role.clone();
    if let Some(permissions) = &mut role.permissions {
        permissions.inline.retain(|policy| !is_containment(policy));
    }
    Cow::Owned(role)
}

/// A policy that merely bears the name is none: it could allow something.
fn is_containment(policy: &InlinePolicy) -> bool {
    [OVER_TRUST, OVER_PERMISSIONS].contains(&policy.name.as_str()) && denial(&policy.text).is_some()
}

fn find<'a>(role: &'a Role, name: &str) -> Option<&'a InlinePolicy> {
    let mut inline = role.permissions.iter().flat_map(|permissions| &permissions.inline);
    inline.find(|policy| policy.name.as_str() == name && is_containment(policy))
}

/// The only statement of a document that does nothing but deny.
fn denial(text: &str) -> Option<Statement> {
    let document = Document::read(text).ok()?;
    let is_plain = document.diagnostics.is_empty();
    let [statement] = <[Statement; 1]>::try_from(document.statements).ok()?;
    (is_plain && statement.effect == Effect::Deny).then_some(statement)
}

/// Since when the sessions of the role are denied everything, in exactly the form that is written here.
fn begin(role: &Role) -> Option<OffsetDateTime> {
    let text = &find(role, OVER_TRUST)?.text;
    let statement = denial(text)?;
    let since = OffsetDateTime::parse(&statement.conditions.first()?.values.first()?.text, &Rfc3339).ok()?;
    same(text, &sessions_since(since)).then_some(since)
}

fn same(one: &str, other: &str) -> bool {
    match (Document::read(one), Document::read(other)) {
        (Ok(one), Ok(other)) => canonical(&one) == canonical(&other),
        (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
    }
}

/// With all that it has, would no policy of the role be narrowed or taken away?
fn is_held(rules: &Rules, role: &Role) -> bool {
    let plan = plan(rules, role, lock_down_permissions::check(rules, role), &LastGood::default());
    !plan.steps().iter().any(|planned| match planned.step {
        Step::PutInline { .. } | Step::DeleteInline { .. } | Step::DetachPolicy { .. } => true,
        Step::PutTrust { .. }
        | Step::AttachPolicy { .. }
        | Step::SetDefaultVersion { .. }
        | Step::PutBoundary { .. }
        | Step::DeleteBoundary { .. } => false,
    })
}

/// The actions that the role's policies allow somewhere; `None` where they can't be listed.
fn actions(role: &Role) -> Option<BTreeSet<String>> {
    let permissions = role.permissions.as_ref()?;
    let inline = permissions.inline.iter().map(|policy| policy.text.as_str());
    let attached = permissions.attached.iter().map(|policy| policy.text.as_str());
    let mut actions = BTreeSet::new();
    for text in inline.chain(attached) {
        for statement in Document::read(text).ok()?.statements {
            match (statement.effect, statement.action) {
                (Effect::Deny, _) => {}
                (Effect::Allow, Element::Only(patterns)) => {
                    actions.extend(patterns.iter().map(|pattern| pattern.glob.as_str().to_owned()));
                }
                (Effect::Allow, Element::AllBut(_)) | (Effect::Unreadable, _) => return None,
            }
        }
    }
    Some(actions)
}

fn sessions_since(since: OffsetDateTime) -> String {
    format!(
        concat!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"RescindContain","Effect":"Deny","Action":"*","#,
            r#""Resource":"*","Condition":{{"DateGreaterThanEquals":{{"aws:TokenIssueTime":"{}"}}}}}}]}}"#
        ),
        instant(since)
    )
}

fn every_action() -> String {
    concat!(
        r#"{"Version":"2012-10-17","Statement":[{"Sid":"RescindContain","Effect":"Deny","Action":"*","#,
        r#""Resource":"*"}]}"#
    )
    .to_owned()
}

fn all_actions_but(actions: &BTreeSet<String>) -> String {
    let list = serde_json::to_string(actions).unwrap_or_default();
    format!(
        concat!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"RescindContain","Effect":"Deny","NotAction":{},"#,
            r#""Resource":"*"}}]}}"#
        ),
        list
    )
}

/// What people are told of a step.
struct Told {
    proof: &'static str,
    sentence: String,
}

fn put(role: &Role, name: &str, text: &str, guardrail: Guardrail, told: Told) -> Result<PlannedStep, NoRoom> {
    let no_room = || NoRoom(role.arn.to_string());
    let policy = PolicyName::parse(name).map_err(|_| no_room())?;
    let inline = || role.permissions.iter().flat_map(|permissions| &permissions.inline);
    let others = inline().filter(|held| held.name != policy).map(|held| held.text.as_str());
    if others.chain([text]).map(stored_size).sum::<usize>() > INLINE_QUOTA {
        return Err(no_room());
    }
    let before = inline().find(|held| held.name == policy).map(|held| held.text.clone());
    let step = Step::PutInline { policy, before, after: text.to_owned() };
    let proof = vec![told.proof.to_owned(), "only a Deny is added, so nothing new is allowed".to_owned()];
    Ok(PlannedStep::new(guardrail, Strategy::Deny, step, proof, told.sentence))
}

#[cfg(test)]
mod tests;
