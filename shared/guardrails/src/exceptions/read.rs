//! An entry of `exceptions:`, read for an account.

use policy::{Arn, Glob};
use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime, Time};

use super::{Exception, LetsThrough, principal_kinds};
use crate::finding::Guardrail;
use crate::names::RoleArn;
use crate::rules::Placeholders;
use crate::settings::{ExceptionYaml, Field, Match, SettingsError};

impl Exception {
    pub(crate) fn read(
        entry: ExceptionYaml,
        field: &Field,
        at: &Placeholders<'_>,
    ) -> Result<Self, SettingsError> {
        let wrong = |key: &str, what: String| {
            let what = format!("in the exception for `{}`, {what}", entry.role);
            at.wrong(field.clone().key(key), what)
        };
        let is_pattern = entry.matching == Match::Pattern;
        let role = at.expand(&entry.role);
        role_is_one(&role, is_pattern).map_err(|what| wrong("role", what))?;
        let lets_through = match (entry.guardrail, &entry.principal, &entry.permission) {
            (Guardrail::RestrictCrossAccountAccess, Some(principal), None) => {
                let principal = at.expand(principal);
                principal_is_one(&principal, is_pattern).map_err(|what| wrong("principal", what))?;
                LetsThrough::Principal(principal)
            }
            (Guardrail::LockDownPermissions, None, Some(permission)) => {
                permission_is_one(permission, is_pattern).map_err(|what| wrong("permission", what))?;
                LetsThrough::Permission(permission.clone())
            }
            (Guardrail::RestrictCrossAccountAccess, _, _) => {
                return Err(wrong(
                    "permission",
                    "name the `principal` that is let through, and no `permission`".to_owned(),
                ));
            }
            (Guardrail::LockDownPermissions, _, _) => {
                return Err(wrong(
                    "principal",
                    "name the `permission` that is let through, and no `principal`".to_owned(),
                ));
            }
        };
        let until = end_of(&entry.until)
            .ok_or_else(|| wrong("until", format!("`{}` is no day such as 2027-01-31", entry.until)))?;
        Ok(Self {
            role,
            role_id: entry.role_id,
            guardrail: entry.guardrail,
            lets_through,
            is_pattern,
            owner: entry.owner,
            reason: entry.reason,
            until,
        })
    }
}

/// The midnight, UTC, that ends the day. Weeks and days of the year are other ways to write one; nobody reads
/// them the same.
fn end_of(day: &str) -> Option<OffsetDateTime> {
    let [_, _, _, _, b'-', _, _, b'-', _, _] = day.as_bytes() else { return None };
    let next = Date::parse(day, &Iso8601::DATE).ok()?.next_day()?;
    Some(next.with_time(Time::MIDNIGHT).assume_utc())
}

fn role_is_one(role: &str, is_pattern: bool) -> Result<(), String> {
    let of_roles =
        |arn: Arn<'_>| arn.service == "iam" && (arn.resource == "*" || arn.resource.starts_with("role/"));
    if !is_pattern && RoleArn::parse(role).is_err() {
        Err("`role` is not the ARN of a role".to_owned())
    } else if is_pattern && !Arn::parse(role).is_some_and(of_roles) {
        Err("`role` is no pattern for ARNs of roles, such as `arn:aws:iam::111122223333:role/app-*`"
            .to_owned())
    } else {
        known_placeholders(role)
    }
}

fn principal_is_one(principal: &str, is_pattern: bool) -> Result<(), String> {
    known_placeholders(principal)?;
    if principal == "*" {
        return Err("`*` is everybody: name the account or the ARN that is let through".to_owned());
    }
    if principal_kinds(principal).next().is_some() {
        return Ok(());
    }
    let is_glob = !Glob::new(principal).is_literal();
    let of_principals = |arn: Arn<'_>| arn.service == "iam" && arn.region.is_empty();
    match (is_pattern, is_glob, Arn::parse(principal).is_some_and(of_principals)) {
        (true, true, true) => Ok(()),
        (true, true, false) => Err(format!(
            "`{principal}` is no pattern for ARNs of roles or users, such as `arn:aws:iam::123456789012:role/ci-*`"
        )),
        (false, true, _) => Err(format!("`{principal}` is a pattern: write `match: pattern`")),
        (_, false, _) => Err(format!("`{principal}` is no principal")),
    }
}

fn permission_is_one(permission: &str, is_pattern: bool) -> Result<(), String> {
    if !is_pattern && !Glob::new(permission).is_literal() {
        return Err(format!("`{permission}` is a pattern: write `match: pattern`"));
    }
    if permission == "*"
        || permission.split_once(':').is_some_and(|(service, name)| !service.is_empty() && !name.is_empty())
    {
        Ok(())
    } else {
        Err(format!("`{permission}` is no action such as `iam:PassRole`"))
    }
}

/// What stands for something unknown would be looked up in the request, which a stranger makes.
fn known_placeholders(text: &str) -> Result<(), String> {
    if text.contains("${") {
        Err(format!("`{text}` holds a placeholder that is neither `${{account}}` nor `${{partition}}`"))
    } else {
        Ok(())
    }
}
