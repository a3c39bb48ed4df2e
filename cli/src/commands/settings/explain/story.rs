//! The rules of a role, for people.

use std::io;

use guardrails::explain::{Concerned, WhatItMayDo, WhoMayAssume};
use guardrails::{AccountId, Explanation, Mode, OnUnknown, Response, RevokeSessions, RoleArn, Term};
use time::OffsetDateTime;

use crate::commands::settings::field;
use crate::exceptions::{self, Remark};
use crate::input::Text;
use crate::output::{self, BAD, FAINT, GOOD, Out, UNSURE};
use crate::quote::{plain, quoted};

pub(super) fn tell(
    role: &RoleArn,
    settings: &Text,
    explanation: &Explanation,
    now: OffsetDateTime,
    out: &mut Out,
) -> io::Result<()> {
    out.line(plain(role.as_str()))?;
    out.line("")?;
    who_may_assume(role, &explanation.restrict_cross_account_access, out)?;
    out.line("")?;
    what_it_may_do(&explanation.lock_down_permissions, out)?;
    out.line("")?;
    writes(explanation, out)?;
    if explanation.exceptions.is_empty() {
        return out.line("no exception is for it");
    }
    out.line("exceptions")?;
    let account = AccountId::parse(role.account()).ok();
    explanation
        .exceptions
        .iter()
        .try_for_each(|concerned| exception(concerned, settings, account.as_ref(), now, out))
}

fn who_may_assume(role: &RoleArn, rule: &WhoMayAssume, out: &mut Out) -> io::Result<()> {
    title("restrict_cross_account_access", rule.mode, out)?;
    if rule.mode == Mode::Off {
        return Ok(());
    }
    out.line(format_args!("  may assume it: its own account `{}`", role.account()))?;
    let accounts: Vec<&str> = rule.accounts.iter().map(AccountId::as_str).collect();
    list("may assume it: accounts", &accounts, out)?;
    if let Some(organization) = &rule.organization {
        let below = if rule.organization_paths.is_empty() {
            String::new()
        } else {
            format!(" below {}", all(&rule.organization_paths))
        };
        out.line(format_args!("  may assume it: members of organization {}{below}", quoted(organization)))?;
    }
    list("may assume it: services", &rule.services, out)?;
    list("may assume it, if its trust policy binds the source: services", &rule.source_bound_services, out)?;
    list("may assume it: SAML providers", &rule.saml_providers, out)?;
    for oidc in &rule.oidc_providers {
        let claims: Vec<String> =
            oidc.claims.iter().map(|(claim, patterns)| format!("{claim} in {}", all(patterns))).collect();
        let bound =
            if claims.is_empty() { String::new() } else { format!(", if bound: {}", claims.join(", ")) };
        out.line(format_args!("  may assume it: tokens of {}{bound}", quoted(&oidc.issuer)))?;
    }
    for vendor in &rule.vendors {
        let (account, roles) = (&vendor.account, vendor.roles.as_deref());
        match (vendor.may_assume, roles) {
            (true, None) => {
                out.line(format_args!("  may assume it, with an external id: vendor `{account}`"))?
            }
            (true, Some(roles)) => out.line(format_args!(
                "  may assume it, with an external id: vendor `{account}`, since its name matches {}",
                all(roles)
            ))?,
            (false, roles) => out.line(format_args!(
                "  may not: vendor `{account}`, since its name matches none of {}",
                all(roles.unwrap_or_default())
            ))?,
        }
    }
    list("may assume it: whoever comes from", &rule.networks, out)?;
    out.line("  nobody else")?;
    let ways: Vec<&str> = rule.repair.iter().map(|way| way_name(*way)).collect();
    let unknown = match rule.on_unknown {
        OnUnknown::Alert => "reported; repaired only if it may reach outside",
        OnUnknown::Repair => "repaired at its worst reading",
    };
    out.line(format_args!("  repair: {}", ways.join(", then ")))?;
    out.line(format_args!("  a trust policy that could not be decided: {unknown}"))?;
    let revoked = match rule.revoke_sessions {
        RevokeSessions::Off => "live on",
        RevokeSessions::External => "end, if it reached outside",
        RevokeSessions::Always => "end",
    };
    out.line(format_args!("  sessions that were opened before a repair: {revoked}"))
}

fn way_name(way: guardrails::Strategy) -> &'static str {
    match way {
        guardrails::Strategy::Narrow => "narrow",
        guardrails::Strategy::Restore => "restore",
        guardrails::Strategy::Quarantine => "quarantine",
        guardrails::Strategy::Deny => "deny",
    }
}

fn what_it_may_do(rule: &WhatItMayDo, out: &mut Out) -> io::Result<()> {
    title("lock_down_permissions", rule.mode, out)?;
    if rule.mode == Mode::Off {
        return Ok(());
    }
    let guarded = match rule.guarded.is_guarded {
        Some(true) => "guarded",
        Some(false) => "not guarded",
        None => "guarded or not",
    };
    out.line(format_args!("  {guarded}: {}", plain(&rule.guarded.because)))?;
    if rule.guarded.is_guarded == Some(false) {
        return Ok(());
    }
    out.line("  never: everything, or to rewrite its own permissions")?;
    list("never:", &rule.never, out)?;
    match &rule.ceiling {
        Some(ceiling) => out.line(format_args!(
            "  at most: what {} allows, since {} is the first pattern that matches it",
            quoted(&ceiling.file),
            quoted(&ceiling.roles)
        ))?,
        None => out.line("  no ceiling is for it")?,
    }
    if let Some(lockdown) = &rule.lockdown {
        out.line(format_args!("  carries: the lockdown policy {}", quoted(lockdown.as_str())))?;
    }
    out.line(format_args!("  ways to more permissions: {}", response(rule.escalation)))?;
    out.line(format_args!("  data that no policy names: {}", response(rule.data_exposure)))?;
    let unknown = match rule.on_unknown {
        OnUnknown::Alert => "reported",
        OnUnknown::Repair => "repaired at their worst reading",
    };
    out.line(format_args!("  permissions that could not be decided: {unknown}"))
}

fn response(response: Response) -> &'static str {
    match response {
        Response::Allow => "allowed",
        Response::Report => "reported, not repaired",
        Response::Forbid => "forbidden",
    }
}

fn title(guardrail: &str, mode: Mode, out: &mut Out) -> io::Result<()> {
    let (mode, what) = match mode {
        Mode::Off => (output::painted("off", FAINT), "it is not asked"),
        Mode::Monitor => (output::painted("monitor", UNSURE), "findings, no writes"),
        Mode::Enforce => (output::painted("enforce", GOOD), "what it finds is repaired"),
    };
    out.line(format_args!("{guardrail}: {mode} ({what})"))
}

/// May anything be written to the role at all?
fn writes(explanation: &Explanation, out: &mut Out) -> io::Result<()> {
    if explanation.is_owned_by_aws {
        return out.line("owned by AWS, as its path says: findings, never writes");
    }
    match &explanation.protected {
        Some(entry) => out.line(format_args!(
            "protected: findings, never writes ({}: {})",
            plain(&entry.owner),
            plain(&entry.reason)
        )),
        None => out.line("not protected"),
    }
}

fn exception(
    concerned: &Concerned,
    settings: &Text,
    account: Option<&AccountId>,
    now: OffsetDateTime,
    out: &mut Out,
) -> io::Result<()> {
    let Concerned { field, exception, is_needed } = concerned;
    let last = exception.last_day();
    let term = match exception.term(now) {
        Term::Expired => output::painted(&format!("expired with {last}: it does not hold"), BAD),
        Term::EndsSoon => {
            let days = match exceptions::by_the_clock(exception, now) {
                Some(Remark::EndsSoon(days)) => days,
                Some(Remark::Expired | Remark::NoRole | Remark::NotNeeded) | None => 0,
            };
            output::painted(&format!("until {last}: {days} days are left"), UNSURE)
        }
        Term::Running => format!("until {last}"),
    };
    out.line(format_args!("  {}, {term}", exceptions::told(exception)))?;
    out.line(format_args!("    {}: {}", plain(&exception.owner), plain(&exception.reason)))?;
    if let Some(id) = &exception.role_id {
        out.line(format_args!("    only while the role's id is `{id}`"))?;
    }
    match is_needed {
        Some(true) => out.line("    needed: something would be found without it")?,
        Some(false) => out.line("    not needed: nothing would be found without it")?,
        None => {}
    }
    match account.and_then(|account| field::find(&settings.text, field, account)) {
        Some(found) => out.line(output::painted(&format!("    {}:{}", settings.name, found.at.line), FAINT)),
        None => Ok(()),
    }
}

fn list<T: AsRef<str>>(what: &str, entries: &[T], out: &mut Out) -> io::Result<()> {
    if entries.is_empty() { Ok(()) } else { out.line(format_args!("  {what} {}", all(entries))) }
}

fn all<T: AsRef<str>>(entries: &[T]) -> String {
    entries.iter().map(|entry| quoted(entry.as_ref())).collect::<Vec<_>>().join(", ")
}
