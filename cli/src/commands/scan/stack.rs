//! Who in the account can change rescind: roles and users whose policies allow what the sample SCP would deny.

use guardrails::{SelfProtection, Stack};
use policy::Document;
use policy::analyse::within::Permissions;
use remediation::dump::{Dump, RoleDetail, UserDetail};
use serde::Serialize;

use super::rulebook::Rulebook;
use crate::output::{self, BAD, Out, UNSURE};

/// A part of rescind that somebody can change, or perhaps can.
#[derive(Debug, Serialize)]
pub(super) struct CanChange {
    /// Always `can_change_rescind`.
    kind: &'static str,
    principal: String,
    part: Option<String>,
    is_sure: bool,
    sentence: String,
}

/// Everybody who can, in the order of the dump: roles, then users.
pub(super) fn who_can_change(
    stack: &str,
    dump: &Dump<'_>,
    rulebook: &Rulebook,
) -> anyhow::Result<Vec<CanChange>> {
    let Some((partition, account)) = dump.account() else { return Ok(Vec::new()) };
    let lockdown = rulebook.any().and_then(|rules| rules.lockdown()).map(guardrails::Lockdown::policy);
    let stack = Stack { name: stack, lockdown, partition: &partition, account: &account };
    let protection = SelfProtection::of(&stack)?;
    let mut found = Vec::new();
    for role in &dump.roles {
        found.extend(match &role.detail {
            Ok(role) => who(&protection, &role.arn, of_role(dump, role)),
            Err(unread) => who(&protection, &unread.name, Err(anyhow::anyhow!("{}", unread.why))),
        });
    }
    for user in &dump.users {
        found.extend(match &user.detail {
            Ok(user) => who(&protection, &user.arn, of_user(dump, user)),
            Err(unread) => who(&protection, &unread.name, Err(anyhow::anyhow!("{}", unread.why))),
        });
    }
    Ok(found)
}

/// The documents of a principal: those that allow, and the boundary.
type Documents = anyhow::Result<(Vec<Document>, Option<Document>)>;

fn who(protection: &SelfProtection, principal: &str, documents: Documents) -> Vec<CanChange> {
    let can = |part, is_sure, sentence| CanChange {
        kind: "can_change_rescind",
        principal: principal.to_owned(),
        part,
        is_sure,
        sentence,
    };
    let (identity, boundary) = match documents {
        Ok(documents) => documents,
        Err(error) => return vec![can(None, false, format!("it could not be judged: {error}"))],
    };
    let mut permissions = Permissions::of(&identity);
    if let Some(boundary) = &boundary {
        permissions = permissions.limited_by([boundary]);
    }
    let open = protection.open_to(&permissions).into_iter();
    open.map(|opening| {
        let is_sure = opening.example.is_ok();
        let sentence = opening.example.unwrap_or_else(|why| format!("it could not be decided: {why}"));
        can(Some(opening.part), is_sure, sentence)
    })
    .collect()
}

fn of_role(dump: &Dump<'_>, role: &RoleDetail<'_>) -> Documents {
    let snapshot = dump.snapshot(role)?;
    if let [missing, ..] = &snapshot.missing[..] {
        anyhow::bail!("{missing}");
    }
    let permissions = snapshot.role.permissions.unwrap_or_default();
    let inline = permissions.inline.into_iter().map(|policy| policy.text);
    let attached = permissions.attached.into_iter().map(|policy| policy.text);
    let identity = inline.chain(attached).map(document).collect::<anyhow::Result<_>>()?;
    Ok((identity, permissions.boundary.map(|policy| document(policy.text)).transpose()?))
}

fn of_user(dump: &Dump<'_>, user: &UserDetail<'_>) -> Documents {
    let policies = dump.policies_of_user(user)?;
    let identity = policies.identity.into_iter().map(document).collect::<anyhow::Result<_>>()?;
    Ok((identity, policies.boundary.map(document).transpose()?))
}

fn document(text: String) -> anyhow::Result<Document> {
    Document::read(text).map_err(|error| anyhow::anyhow!("a policy can't be read: {error}"))
}

/// For people: a principal, and a line for each part.
pub(super) fn tell(stack: &str, found: &[CanChange], out: &mut Out) -> std::io::Result<()> {
    out.lines(format_args!("\nwho can change rescind (stack `{stack}`):"))?;
    if found.is_empty() {
        out.line("  nobody")?;
    }
    let mut last = None;
    for can in found {
        if last != Some(&can.principal) {
            out.lines(format_args!("  {}", can.principal))?;
            last = Some(&can.principal);
        }
        let colour = if can.is_sure { BAD } else { UNSURE };
        let part = output::painted(can.part.as_deref().unwrap_or("?"), colour);
        out.lines(format_args!("    {part}: {}", can.sentence))?;
    }
    Ok(())
}
