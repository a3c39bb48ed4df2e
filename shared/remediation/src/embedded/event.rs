//! Seeds an account from an event: the role as the event says it is now.

use guardrails::{PolicyArn, PolicyName, RoleArn, RoleId, RoleName};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::Embedded;
use super::stored::Stored;
use crate::trigger::{Cause, Seen, Target, Trigger};

/// Stands where a trust policy is that the event does not show. Nobody judges it: it counts as unseen.
const ORDINARY_TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

impl Embedded {
    /// Makes the account as it is right after the event. A role that is stored already, from a dump, is only
    /// changed; one that is not is made up around what the event tells.
    pub fn seed_event(&self, trigger: &Trigger, event: &Value) {
        self.seed(|stored| after_event(stored, trigger, event));
    }
}

fn after_event(stored: &mut Stored, trigger: &Trigger, event: &Value) {
    match &trigger.target {
        Target::Role(name) => role_after_event(stored, trigger, event, name),
        Target::UsersOf(policy) => policy_after_event(stored, trigger, event, policy),
        Target::TrustersOf(_) | Target::Omitted | Target::Sweep(_) => {}
    }
}

fn role_after_event(stored: &mut Stored, trigger: &Trigger, event: &Value, name: &RoleName) {
    if trigger.cause == Cause::Deleted {
        return stored.take_role(name.as_str());
    }
    if stored.role(name).is_none() {
        let at = trigger.time().unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let created = if trigger.cause == Cause::Created { at } else { at - Duration::days(1) };
        match answered(event) {
            Some((arn, id)) => stored.put_role_as(arn, id, ORDINARY_TRUST, created),
            // Path and name come from the event: IAM would not have made a role it refuses.
            None => {
                let path = event.pointer("/detail/requestParameters/path").and_then(Value::as_str);
                if stored.put_role(path.unwrap_or("/"), name.as_str(), ORDINARY_TRUST, created).is_err() {
                    return;
                }
            }
        }
        stored.hide_trust(name.as_str());
    }
    for seen in &trigger.seen {
        show(stored, name.as_str(), seen);
    }
    hide(stored, event, trigger, name.as_str());
}

/// What the call put in and the event does not show as text: it was delivered in another form, or left out. It is
/// not made up.
fn hide(stored: &mut Stored, event: &Value, trigger: &Trigger, name: &str) {
    if !trigger.seen.is_empty() {
        return;
    }
    match event.pointer("/detail/eventName").and_then(Value::as_str) {
        Some("CreateRole" | "CreateServiceLinkedRole" | "UpdateAssumeRolePolicy") => stored.hide_trust(name),
        Some("PutRolePolicy") => {
            let policy = event.pointer("/detail/requestParameters/policyName").and_then(Value::as_str);
            let policy = policy.and_then(|policy| PolicyName::parse(policy).ok());
            let unnamed = || PolicyName::parse("unnamed").ok();
            policy.or_else(unnamed).into_iter().for_each(|policy| stored.hide_inline(name, policy));
        }
        Some(_) | None => {}
    }
}

/// A new version of a policy; the roles that use it are those of the dump.
fn policy_after_event(stored: &mut Stored, trigger: &Trigger, event: &Value, policy: &PolicyArn) {
    let Some(Seen::Version { version, .. }) = trigger.seen.first() else {
        if is_made_default(event) {
            stored.set_default(policy, "unknown");
        }
        return;
    };
    match event.pointer("/detail/requestParameters/policyDocument").and_then(Value::as_str) {
        Some(document) => stored.put_policy(policy, version, document),
        None => stored.set_default(policy, version),
    }
}

/// A new version that is the default at once, as the call asks; which one it is, only the answer tells.
fn is_made_default(event: &Value) -> bool {
    let asked = event.pointer("/detail/requestParameters/setAsDefault");
    let chosen =
        event.pointer("/detail/eventName").and_then(Value::as_str) == Some("SetDefaultPolicyVersion");
    chosen || asked.is_some_and(|asked| asked.as_bool() == Some(true) || asked.as_str() == Some("true"))
}

fn answered(event: &Value) -> Option<(RoleArn, RoleId)> {
    let role = event.pointer("/detail/responseElements/role")?;
    let arn = RoleArn::parse(role.get("arn")?.as_str()?).ok()?;
    let id = RoleId::parse(role.get("roleId")?.as_str()?).ok()?;
    Some((arn, id))
}

fn show(stored: &mut Stored, name: &str, seen: &Seen) {
    match seen {
        Seen::Trust(text) => stored.put_trust(name, text),
        Seen::Inline { policy, text } => stored.put_inline(name, policy, text),
        Seen::NoInline(policy) => stored.take_inline(name, policy),
        Seen::Attached(policy) => stored.attach(name, policy),
        Seen::Detached(policy) => stored.detach(name, policy),
        Seen::Boundary(policy) => stored.put_boundary(name, Some(policy.clone())),
        Seen::NoBoundary => stored.put_boundary(name, None),
        Seen::Version { policy, version } => {
            stored.set_default(policy, version);
            true
        }
    };
}
