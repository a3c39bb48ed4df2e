//! How a trust policy that reaches outside is put right.

use std::collections::BTreeSet;

use policy::edit::Target;
use policy::{Document, Element, Principal};

use super::culprit::Culprit;
use super::question::{Question, Verdict, management_account};
use super::{GUARDRAIL, read};
use crate::plan::{LastGood, PlannedStep, Strategy, Why};
use crate::repair::{accepted, inert, narrow};
use crate::role::Role;
use crate::rules::Rules;
use crate::settings::OnUnknown;
use crate::step::Step;
use crate::words::listed;

/// The step that makes the trust policy safe, or why there is none.
pub(crate) fn repair(rules: &Rules, role: &Role, last_good: &LastGood) -> Result<PlannedStep, Why> {
    let (strict, document) = match read(rules, role) {
        Ok(read) => read,
        Err(reason) => return unread(rules, role, last_good, reason),
    };
    let question = strict.with_the_last_way_in(rules);
    if !question.calls_for_repair(&document) {
        let reason = "nothing shows that it reaches outside".to_owned();
        let kept = kept_open(rules).filter(|_| strict.calls_for_repair(&document));
        return Err(kept.unwrap_or(Why::Undecided { reason }));
    }
    let allowed = |strategy| rules.restrict.repair.contains(&strategy);
    let live = Some(&*document);
    let narrowed = allowed(Strategy::Narrow).then(|| narrowed(&question, &document, role)).flatten();
    let restored =
        || allowed(Strategy::Restore).then(|| restored(&question, live, role, last_good)).flatten();
    let quarantined = || allowed(Strategy::Quarantine).then(|| quarantined(&question, role)).flatten();
    narrowed.or_else(restored).or_else(quarantined).ok_or_else(no_strategy)
}

/// A trust policy that cannot be read admits the public at worst, and cannot be narrowed.
fn unread(rules: &Rules, role: &Role, last_good: &LastGood, reason: String) -> Result<PlannedStep, Why> {
    let question = match rules.restrict.on_unknown {
        OnUnknown::Alert => None,
        OnUnknown::Repair => Question::new(rules, role),
    };
    let Some(question) = question.map(|strict| strict.with_the_last_way_in(rules)) else {
        return Err(Why::Undecided { reason });
    };
    let allowed = |strategy| rules.restrict.repair.contains(&strategy);
    let restored = allowed(Strategy::Restore).then(|| restored(&question, None, role, last_good)).flatten();
    let quarantined = || allowed(Strategy::Quarantine).then(|| quarantined(&question, role)).flatten();
    restored.or_else(quarantined).ok_or_else(no_strategy)
}

fn no_strategy() -> Why {
    Why::NoProof { reason: "none of the strategies that `repair` lists makes it safe".to_owned() }
}

/// Why a repair leaves the management account in; `None` if the settings name none.
pub(crate) fn kept_open(rules: &Rules) -> Option<Why> {
    let account = management_account(rules)?;
    let reason = format!(
        "the management account `{account}` comes in here, and no repair closes what may be its last way in: \
         list it in `trusted_accounts`, or take it out yourself"
    );
    Some(Why::Protected { reason })
}

/// The trust policy without what is guilty, and without what IAM would not take back; `None` if nobody could
/// assume the role any more.
fn narrowed(question: &Question, document: &Document, role: &Role) -> Option<PlannedStep> {
    let is_unsafe = |part: &Document| question.calls_for_repair(part);
    let guilty = narrow::guilty(document, narrow::OF_TRUST, &is_unsafe);
    let (dead, ids) = dead_principals(document);
    let without = |parts: &BTreeSet<Target>| {
        narrow::without(document, &parts.iter().copied().chain(dead.clone()).collect())
    };
    let (mut gone, mut new) = (guilty.clone(), without(&guilty)?);
    if accepted::refusal(&new).is_some() {
        gone = narrow::guilty(document, narrow::OF_TRUST, &|part| {
            is_unsafe(part) || accepted::refusal(part).is_some()
        });
        new = without(&gone).filter(|new| accepted::refusal(new).is_none())?;
    }
    if narrow::allowing(&new).next().is_none() || is_unsafe(&new) {
        return None;
    }
    let lost = match question.locked_out(&new, document) {
        None => "everyone who may assume the role still can".to_owned(),
        Some(who) => format!("of those who may come in, only somebody like this loses a way: {who}"),
    };
    let nobody_new = "only parts of statements are taken away, none of them from a Deny that anybody meets, so \
                      nobody new can assume the role";
    let proof = vec![safe(question, &new), nobody_new.to_owned(), lost];
    let mut sentence = format!("take {} out of the trust policy", listed(&named(document, &guilty)));
    let refused: BTreeSet<Target> = gone.difference(&guilty).copied().collect();
    if !refused.is_empty() {
        let parts = listed(&named(document, &refused));
        sentence.push_str(&format!(", and {parts} too, which IAM would refuse to write back"));
    }
    sentence.push_str(&pruned(&ids));
    Some(planned(role, new.text, Strategy::Narrow, proof, sentence))
}

fn named(document: &Document, parts: &BTreeSet<Target>) -> Vec<String> {
    let by_statement = narrow::by_statement(parts);
    let culprits =
        by_statement.iter().map(|(&statement, entries)| Culprit::new(document, statement, entries));
    culprits.map(|culprit| culprit.part()).collect()
}

/// Ids of deleted principals: IAM refuses to write them back, and they let nobody in.
fn dead_principals(document: &Document) -> (Vec<Target>, Vec<String>) {
    let mut dead = (Vec::new(), Vec::new());
    for (statement, element) in document.statements.iter().enumerate() {
        if let Some(Element::Only(entries)) = &element.principal {
            for (entry, found) in entries.iter().enumerate() {
                if matches!(found.principal, Principal::UniqueId(_)) {
                    dead.0.push(Target::Principal { statement, entry });
                    dead.1.push(format!("`{}`", found.text));
                }
            }
        }
    }
    dead
}

fn pruned(ids: &[String]) -> String {
    if ids.is_empty() {
        String::new()
    } else {
        format!(", and with it the deleted principals {}", listed(ids))
    }
}

/// The last good version, less principals that have been deleted since. `live` is nothing if it cannot be read.
fn restored(
    question: &Question,
    live: Option<&Document>,
    role: &Role,
    last_good: &LastGood,
) -> Option<PlannedStep> {
    let good = Document::read(last_good.trust.as_deref()?).ok()?;
    let (dead, ids) = dead_principals(&good);
    let new = narrow::without(&good, &dead.into_iter().collect())?;
    let is_good = question.ask(&new) == Verdict::Closed && accepted::refusal(&new).is_none();
    if narrow::allowing(&new).next().is_none() || !is_good {
        return None;
    }
    let comes_back = match live.map(|live| question.let_in(&new, live)) {
        Some(None) => "nobody new can assume the role".to_owned(),
        Some(Some(who)) => format!("comes back with the last good version: {who}"),
        None => {
            "comes back with the last good version: whoever it lets in, since what stands there cannot be \
                 read"
                .to_owned()
        }
    };
    let proof = vec![CLOSED.to_owned(), comes_back];
    let sentence =
        format!("put the last good trust policy back{}", pruned(&ids).replace("and with it", "less"));
    let lasting = without_mortals(question, &new);
    let mut step = planned(role, new.text, Strategy::Restore, proof, sentence);
    let put = |after| Step::PutTrust { before: role.trust.clone(), after };
    step.fallbacks.splice(0..0, lasting.map(put));
    Some(step)
}

/// The document without the roles and users that it names, should IAM refuse it because one of them was
/// deleted since: which one, nobody says.
fn without_mortals(question: &Question, document: &Document) -> Option<String> {
    let gone = crate::principals(&document.text).into_iter();
    let gone = gone.filter(|text| text.contains(":role/") || text.contains(":user/")).collect::<Vec<_>>();
    let left = Document::read(crate::without_principals(&document.text, &gone)?).ok()?;
    let is_good = narrow::allowing(&left).next().is_some() && question.ask(&left) == Verdict::Closed;
    (is_good && !gone.is_empty()).then_some(left.text)
}

fn quarantined(question: &Question, role: &Role) -> Option<PlannedStep> {
    let new = Document::read(inert::DENY_ALL).ok()?;
    if question.ask(&new) != Verdict::Closed {
        return None;
    }
    let sentence = "replace the trust policy by one that lets nobody in: nothing in it is safe".to_owned();
    let proof = vec![CLOSED.to_owned()];
    Some(planned(role, inert::DENY_ALL.to_owned(), Strategy::Quarantine, proof, sentence))
}

const CLOSED: &str = "nobody outside the allowed set can assume the role any more";

fn safe(question: &Question, new: &Document) -> String {
    match question.ask(new) {
        Verdict::Closed => CLOSED.to_owned(),
        Verdict::Open { witness, .. } => format!("still open: {witness}"),
        Verdict::Undecided { reason, .. } => {
            format!("what is left does not reach outside, as far as it could be decided: {reason}")
        }
    }
}

/// The step, with the inert trust in reserve should IAM refuse the document.
fn planned(
    role: &Role,
    after: String,
    strategy: Strategy,
    proof: Vec<String>,
    sentence: String,
) -> PlannedStep {
    let put = |after: String| Step::PutTrust { before: role.trust.clone(), after };
    let inert = [inert::DENY_ALL.to_owned(), inert::allow_nobody(role.arn.partition(), role.arn.account())];
    let fallbacks = inert.into_iter().filter(|inert| *inert != after).map(put).collect();
    PlannedStep::new(GUARDRAIL, strategy, put(after), proof, sentence).or_else(fallbacks)
}
