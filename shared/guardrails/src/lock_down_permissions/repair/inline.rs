//! An inline policy is narrowed; if nothing of it is safe, its last good version comes back, or only its
//! denies stay, or it is deleted.

use policy::{Document, edit, stored_size};

use super::{GUARDRAIL, Held, HeldPolicy, Repair, Repaired};
use crate::lock_down_permissions::limit::Limit;
use crate::names::PolicyName;
use crate::plan::{PlannedStep, Strategy};
use crate::repair::INLINE_QUOTA;
use crate::repair::narrow;
use crate::step::Step;
use crate::words::json_string;

impl Repair<'_> {
    /// The policy put right; `None` if nothing of it is left but denies, which may hold back what others allow.
    pub(super) fn repair_inline(
        &self,
        index: usize,
        policy: &HeldPolicy,
        name: &PolicyName,
    ) -> Option<Repaired> {
        let document = &policy.known.document;
        let is_unsafe = |part: &Document| self.is_unsafe(index, &self.held.read(part.clone()));
        let rest = narrow::without(document, &narrow::guilty(document, narrow::OF_PERMISSIONS, &is_unsafe));
        if let Some(denied) = self.denied(index, policy, rest.as_ref()) {
            return Some(put(policy, name, denied, Strategy::Deny, denied_proof()));
        }
        match rest {
            Some(rest) if narrow::allowing(&rest).next().is_some() => {
                Some(put(policy, name, rest, Strategy::Narrow, narrowed_proof()))
            }
            Some(_) => None,
            None => {
                Some(self.last_good_version(index, policy, name).unwrap_or_else(|| quarantined(policy, name)))
            }
        }
    }

    /// The policy with an explicit Deny of what is never allowed: better than a cut if the cut would also
    /// take away what is allowed to be there.
    fn denied(&self, index: usize, policy: &HeldPolicy, rest: Option<&Document>) -> Option<Document> {
        let deny = denial_of_never(self.held, self.limits)?;
        let denied = Document::read(edit::add_statement(&policy.known.document, &deny).ok()?).ok()?;
        let denied = self.held.read(denied);
        if self.is_unsafe(index, &denied) || !self.fits(index, &denied.document) {
            return None;
        }
        let rest = rest.map(|rest| self.held.read(rest.clone()));
        let cut = self.with(index, rest.as_ref());
        self.held.newly_allowed(&self.with(index, Some(&denied)), &cut).map(|_| denied.document)
    }

    /// Do all inline policies together stay within what IAM takes?
    fn fits(&self, index: usize, document: &Document) -> bool {
        let others = self
            .held
            .policies
            .iter()
            .enumerate()
            .filter(|(other, policy)| *other != index && super::is_inline(policy));
        let texts = others.map(|(_, policy)| &policy.known.document).chain([document]);
        texts.map(|document| stored_size(&document.text)).sum::<usize>() <= INLINE_QUOTA
    }

    /// The policy in its last good version, if that is safe and nothing comes free that it denies today.
    pub(super) fn last_good_version(
        &self,
        index: usize,
        policy: &HeldPolicy,
        name: &PolicyName,
    ) -> Option<Repaired> {
        let good = self.held.read(Document::read(self.last_good.inline.get(name)?.as_str()).ok()?);
        if self.is_unsafe(index, &good) || self.frees(index, policy, &good) {
            return None;
        }
        let (new, old) = (self.with(index, Some(&good)), self.held.whole());
        let nothing_new = match self.held.newly_allowed(&new, &old) {
            None => "nothing is allowed that was not allowed before".to_owned(),
            Some(what) => format!("comes back with the last good version: {what}"),
        };
        Some(put(policy, name, good.document, Strategy::Restore, vec![safe(), nothing_new]))
    }
}

/// The statement that denies what is never allowed; `None` if there is nothing of the kind, or if an exception of the
/// role lets something through that it would take back.
pub(super) fn denial_of_never(held: &Held<'_>, limits: &[Limit<'_>]) -> Option<String> {
    let never = limits.iter().filter_map(|limit| match limit {
        Limit::Never(never) => Some(json_string(never)),
        Limit::Administrator | Limit::Escalation | Limit::Ceiling(_) | Limit::DataExposure => None,
    });
    let never: Vec<String> = never.collect();
    let denies = !never.is_empty() && held.exempt.is_none();
    denies.then(|| format!(r#"{{"Effect":"Deny","Action":[{}],"Resource":"*"}}"#, never.join(",")))
}

/// Nothing that allows is left. The denies stay, because they limit the other policies.
pub(super) fn quarantined(policy: &HeldPolicy, name: &PolicyName) -> Repaired {
    if let Some(denies) = &policy.known.denies {
        let proof = vec![safe(), "its denies stay, so nothing new is allowed".to_owned()];
        return put(policy, name, denies.clone(), Strategy::Quarantine, proof);
    }
    let step = Step::DeleteInline { policy: name.clone(), before: policy.known.document.text.clone() };
    let proof = vec![safe(), "the policy denies nothing, so without it nothing new is allowed".to_owned()];
    let sentence = format!("delete {}: nothing in it is safe", policy.name);
    let step = PlannedStep::new(GUARDRAIL, Strategy::Quarantine, step, proof, sentence);
    Repaired { kept: None, step }
}

fn put(
    policy: &HeldPolicy,
    name: &PolicyName,
    after: Document,
    strategy: Strategy,
    proof: Vec<String>,
) -> Repaired {
    let before = policy.known.document.text.clone();
    let fallback = match &policy.known.denies {
        None => Some(Step::DeleteInline { policy: name.clone(), before: before.clone() }),
        Some(denies) if denies.text != after.text => Some(Step::PutInline {
            policy: name.clone(),
            before: Some(before.clone()),
            after: denies.text.clone(),
        }),
        Some(_) => None,
    };
    let sentence = match strategy {
        Strategy::Restore => format!("put the last good version of {} back", policy.name),
        Strategy::Narrow => format!("take what is forbidden out of {} and keep the rest", policy.name),
        Strategy::Deny => format!("deny in {} what is never allowed and keep the rest", policy.name),
        Strategy::Quarantine => {
            format!("keep only the denies of {}: nothing else in it is safe", policy.name)
        }
    };
    let step = Step::PutInline { policy: name.clone(), before: Some(before), after: after.text.clone() };
    let step =
        PlannedStep::new(GUARDRAIL, strategy, step, proof, sentence).or_else(fallback.into_iter().collect());
    Repaired { kept: Some(after), step }
}

fn safe() -> String {
    "with all that is kept of its policies the role is allowed nothing forbidden".to_owned()
}

fn narrowed_proof() -> Vec<String> {
    vec![
        safe(),
        "only parts of Allow statements are taken away, so nothing new is allowed".to_owned(),
        "any part that is taken away would break a limit again".to_owned(),
    ]
}

fn denied_proof() -> Vec<String> {
    vec![
        safe(),
        "only a Deny is added, so nothing new is allowed".to_owned(),
        "the Deny names nothing but what is never allowed, so nothing safe is lost".to_owned(),
    ]
}
