//! The enforced lockdown: every guarded role carries an explicit Deny of what is never allowed, whatever other
//! policies somebody attaches to it.
//!
//! The template makes the managed policy from the settings. Here it is asked whether a role carries it, and
//! whether it still denies what the settings ask.

mod document;
mod repair;

use policy::Document;
use policy::analyse::within::{Permissions as Allowed, within};
use policy::analyse::{Answer, Budget};

use super::{GUARDRAIL, culprit, verdict};
use crate::exceptions::LetsThrough;
use crate::facet::Facet;
use crate::finding::{Finding, Kind, PolicyRef, Severity};
use crate::role::{AttachedPolicy, Permissions, Role};
use crate::rules::Rules;
use crate::words::json_string;

pub use document::{Lockdown, NEEDED_BY_RESCIND};
pub(crate) use repair::repair;

/// What is wrong with the lockdown of this role, if anything is.
pub(super) fn check(rules: &Rules, role: &Role) -> Option<Finding> {
    let lockdown = due(rules, role)?;
    Some(match gap(lockdown, role.permissions.as_ref()?)? {
        Gap::Missing => missing(lockdown),
        Gap::Loosened { live, witness } => loosened(live, witness),
        Gap::Undecided { live, why } => {
            culprit::undecided(vec![PolicyRef::Managed { arn: live.arn.clone() }], why)
        }
    })
}

/// How a role falls short of the lockdown.
enum Gap<'p> {
    /// It carries none of its forms.
    Missing,
    /// What it carries does not deny this request, for example.
    Loosened { live: &'p AttachedPolicy, witness: String },
    /// What it carries may deny less.
    Undecided { live: &'p AttachedPolicy, why: String },
}

/// The gap, if there is one: one form that is whole is enough.
fn gap<'p>(lockdown: &Lockdown, permissions: &'p Permissions) -> Option<Gap<'p>> {
    let mut carried = carried(lockdown, permissions).map(|policy| (policy, lockdown.ask(policy)));
    let Some((live, force)) = carried.next() else { return Some(Gap::Missing) };
    match force {
        Force::Whole => None,
        Force::Less(_) | Force::Undecided(_) if carried.any(|(_, other)| other == Force::Whole) => None,
        Force::Less(witness) => Some(Gap::Loosened { live, witness }),
        Force::Undecided(why) => Some(Gap::Undecided { live, why }),
    }
}

/// The lockdown that this role has to carry. None for a role that is never written: there it would be asked
/// in vain for ever. None for a role with an exception that the Deny would take back.
pub(super) fn due<'r>(rules: &'r Rules, role: &Role) -> Option<&'r Lockdown> {
    let lockdown = rules.lockdown()?;
    let is_never_written = role.is_owned_by_aws() || rules.protection(&role.arn).is_some();
    let takes_back = |lets_through: &LetsThrough| match lets_through {
        LetsThrough::Permission(permission) => lockdown.takes_away(permission),
        LetsThrough::Principal(_) => false,
    };
    let mut exceptions = rules.exceptions_for(GUARDRAIL, role);
    (!is_never_written && !exceptions.any(|exception| takes_back(&exception.lets_through)))
        .then_some(lockdown)
}

/// The forms of the lockdown that a role carries: the policy attached, or its other form as the boundary.
fn carried<'p>(
    lockdown: &Lockdown,
    permissions: &'p Permissions,
) -> impl Iterator<Item = &'p AttachedPolicy> {
    let attached = permissions.attached.iter().filter(|policy| policy.arn == *lockdown.policy());
    let boundary = permissions.boundary.iter().filter(|policy| policy.arn == *lockdown.boundary());
    attached.chain(boundary)
}

/// How much of what the settings ask a version of the lockdown policy denies.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Force {
    Whole,
    /// Not this request, for example.
    Less(String),
    Undecided(String),
}

impl Lockdown {
    /// Does this version deny all that the settings ask?
    fn ask(&self, live: &AttachedPolicy) -> Force {
        if live.text == self.document().text || live.text == self.boundary_document().text {
            return Force::Whole;
        }
        let (live, all) = match (Document::read(live.text.as_str()), Document::read(ALLOW_ALL)) {
            (Ok(live), Ok(all)) => (live, all),
            (Err(error), _) | (_, Err(error)) => return Force::Undecided(error.to_string()),
        };
        let (left, most) = (Allowed::of([&all, &live]), Allowed::of([&all, self.document()]));
        match within(&left, &most, Budget::default()).answer {
            Answer::Proved => Force::Whole,
            Answer::Refuted(witness) => Force::Less(verdict::told(&witness, &[&live])),
            Answer::Unknown(reason) => Force::Undecided(reason.to_string()),
        }
    }

    /// Does the Deny take anything of these actions away?
    fn takes_away(&self, actions: &str) -> bool {
        let actions = json_string(actions);
        let allow = ALLOW_ALL.replace(r#""Action":"*""#, &format!(r#""Action":{actions}"#));
        Document::read(allow).map_or(true, |allow| {
            let under_deny = Allowed::of([&allow, self.document()]);
            !within(&Allowed::of([&allow]), &under_deny, Budget::default()).answer.is_proved()
        })
    }
}

pub(super) const ALLOW_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn missing(lockdown: &Lockdown) -> Finding {
    let policy = lockdown.policy().clone();
    let sentence =
        format!("the lockdown policy `{policy}` is not attached: nothing denies what is never allowed");
    finding(Kind::LockdownMissing { policy }, Severity::Medium, None, sentence)
}

fn loosened(live: &AttachedPolicy, witness: String) -> Finding {
    let AttachedPolicy { arn, version, .. } = live;
    let sentence = format!(
        "version {version} of the lockdown policy `{arn}` no longer denies all that the settings ask: {witness}"
    );
    let kind = Kind::LockdownLoosened { policy: arn.clone(), version: version.clone() };
    finding(kind, Severity::High, Some(witness), sentence)
}

fn finding(kind: Kind, severity: Severity, witness: Option<String>, sentence: String) -> Finding {
    let (facet, statements) = (Facet::Permissions, Vec::new());
    Finding { guardrail: GUARDRAIL, kind, severity, facet, statements, witness, sentence }
}
