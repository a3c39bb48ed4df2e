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
        let rest = self.cut(index, &policy.known.document);
        if let Some(Denied { document, is_cut }) = self.denied(index, policy, rest.as_ref()) {
            let mut repaired = put(policy, name, document, Strategy::Deny, denied_proof(is_cut));
            if is_cut {
                repaired.step.sentence = format!(
                    "deny in {} what is never allowed, take what else is forbidden out, and keep the rest",
                    policy.name
                );
            }
            return Some(repaired);
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

    /// The document without what breaks a limit; `None` if no statement is left.
    fn cut(&self, index: usize, document: &Document) -> Option<Document> {
        let is_unsafe = |part: &Document| self.is_unsafe(index, &self.held.read(part.clone()));
        narrow::without(document, &narrow::guilty(document, narrow::OF_PERMISSIONS, &is_unsafe))
    }

    /// The policy with an explicit Deny of what is never allowed, and without what breaks another limit: better than a
    /// mere cut if that would also take away what is allowed to be there.
    fn denied(&self, index: usize, policy: &HeldPolicy, rest: Option<&Document>) -> Option<Denied> {
        let deny = denial_of_never(self.held, self.limits)?;
        let whole = self.with(index, Some(&policy.known));
        let is_never = |limit: &&Limit<'_>| matches!(limit, Limit::Never(_));
        if !self.limits.iter().filter(is_never).any(|limit| self.held.ask(limit, &whole).is_present()) {
            return None;
        }
        let denied = Document::read(edit::add_statement(&policy.known.document, &deny).ok()?).ok()?;
        let is_cut = self.is_unsafe(index, &self.held.read(denied.clone()));
        let document = if is_cut { self.cut(index, &denied)? } else { denied };
        if narrow::allowing(&document).next().is_none() || !self.fits(index, &document) {
            return None;
        }
        let rest = rest.map(|rest| self.held.read(rest.clone()));
        let (new, cut) = (self.held.read(document.clone()), self.with(index, rest.as_ref()));
        let keeps_more = self.held.newly_allowed(&self.with(index, Some(&new)), &cut).is_some();
        keeps_more.then_some(Denied { document, is_cut })
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

/// A policy under a Deny of what is never allowed.
struct Denied {
    document: Document,
    /// Something else was taken out too.
    is_cut: bool,
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

fn denied_proof(is_cut: bool) -> Vec<String> {
    let nothing_new = if is_cut {
        "a Deny is added, and parts of Allow statements are taken away, so nothing new is allowed"
    } else {
        "only a Deny is added, so nothing new is allowed"
    };
    let cut = is_cut.then(|| "any part that is taken away would break a limit again".to_owned());
    let proof = [safe(), nothing_new.to_owned()].into_iter().chain(cut);
    proof.chain([DENIES_ONLY_NEVER.to_owned()]).collect()
}

/// What is proved about a Deny of what is never allowed.
pub(super) const DENIES_ONLY_NEVER: &str =
    "the Deny names nothing but what is never allowed, so nothing safe is lost";
