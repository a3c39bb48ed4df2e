//! What is known of the documents of an account that many roles share: each is read once, and what was found out
//! about it is remembered.
//!
//! This makes no difference to what is found: what is remembered is kept by all that it depends on. It takes
//! bounded room: when there is no more, some is forgotten and found out again. It belongs to one set of rules, of which
//! only the exceptions may change; these are among what it is kept by.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use policy::analyse::assume::TrustFacts;
use policy::analyse::{Answer, Witness};
use policy::{Document, Version};

use crate::lock_down_permissions::{Breaches, KnownPolicy, Shown};
use crate::names::PolicyArn;
use crate::restrict_cross_account_access::WhoCanAssume;
use crate::role::AttachedPolicy;

/// What is known of an account. By default nothing is, and nothing is remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(Option<Arc<Memory>>);

#[derive(Debug)]
struct Memory {
    managed: BTreeMap<PolicyArn, Managed>,
    inline: Remembered<Text, Read>,
    trusts: Remembered<Text, Result<Arc<Document>, String>>,
    /// For each of some facts.
    assumable: Mutex<Vec<(TrustFacts, Arc<Assumable>)>>,
    ways: Remembered<Asked, (Shown, Vec<usize>)>,
    breaches: Remembered<Asked, Arc<Breaches>>,
    statements: Remembered<LoneStatement, Answer<Witness>>,
}

/// Who can assume a role with a trust policy, and whom one that comes in its place locks out.
#[derive(Debug)]
struct Assumable {
    by: Remembered<Text, WhoCanAssume>,
    locked_out: Remembered<[Text; 2], Option<String>>,
}

/// What is asked of one permission policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Asked {
    pub(crate) about: About,
    pub(crate) policy: Text,
    /// What limits the policy from outside.
    pub(crate) denies: Vec<Text>,
    pub(crate) boundary: Option<Text>,
}

impl Asked {
    pub(crate) fn of(
        about: About,
        policy: &Document,
        denies: &[&Document],
        boundary: Option<&Document>,
    ) -> Self {
        let text = |document: &&Document| Text::of(&document.text);
        Self {
            about,
            policy: text(&policy),
            denies: denies.iter().map(text).collect(),
            boundary: boundary.as_ref().map(text),
        }
    }
}

/// What it is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    /// A way to all permissions.
    Everything,
    /// Any way to more permissions.
    More,
    /// The requests that the limit of this number forbids.
    Requests(usize),
}

/// A statement that stands alone, and the number of the limit that it is asked about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LoneStatement {
    limit: usize,
    version: Version,
    text: Text,
}

impl LoneStatement {
    pub(crate) fn of(limit: usize, document: &Document, statement: usize) -> Option<Self> {
        let span = document.statements.get(statement)?.span;
        let text = Text::of(document.text.get(span.start..span.end)?);
        Some(Self { limit, version: document.version, text })
    }
}

/// A managed policy, read when it is first asked for.
#[derive(Debug)]
struct Managed {
    text: String,
    read: OnceLock<Read>,
}

/// A permission policy, or why it is none.
pub(crate) type Read = Result<Arc<KnownPolicy>, String>;

impl Known {
    /// Inline policies that are kept. Most are the only ones of their kind, but each is asked for several times.
    const INLINE: usize = 1_000;
    /// Trust policies that are kept, read.
    const TRUSTS: usize = 2_000;
    /// Answers about trust policies that are kept, for each of the facts.
    const ASSUMABLE: usize = 10_000;
    /// Questions about policies whose answers are kept.
    const ASKED: usize = 10_000;
    /// Statements of which it is known whether they break a limit. A repair asks about each of them several times.
    const STATEMENTS: usize = 5_000;
    /// Roles differ in the vendors that may assume them, and in little else.
    const FACTS: usize = 20;

    pub(crate) fn new(policies: impl IntoIterator<Item = AttachedPolicy>) -> Self {
        let managed =
            |policy: AttachedPolicy| (policy.arn, Managed { text: policy.text, read: OnceLock::new() });
        Self(Some(Arc::new(Memory {
            managed: policies.into_iter().map(managed).collect(),
            inline: Remembered::at_most(Self::INLINE),
            trusts: Remembered::at_most(Self::TRUSTS),
            assumable: Mutex::default(),
            ways: Remembered::at_most(Self::ASKED),
            breaches: Remembered::at_most(Self::ASKED),
            statements: Remembered::at_most(Self::STATEMENTS),
        })))
    }

    /// A managed policy. `limits` is how many limits forbid single requests.
    pub(crate) fn managed(&self, policy: &AttachedPolicy, limits: usize) -> Read {
        let known = self.0.as_ref().and_then(|memory| memory.managed.get(&policy.arn));
        // Known in just this version.
        match known.filter(|known| known.text == policy.text) {
            Some(known) => known.read.get_or_init(|| read(&policy.text, limits)).clone(),
            None => read(&policy.text, limits),
        }
    }

    /// An inline policy.
    pub(crate) fn inline(&self, text: &str, limits: usize) -> Read {
        match &self.0 {
            Some(memory) => memory.inline.or_find(Text::of(text), || read(text, limits)),
            None => read(text, limits),
        }
    }

    /// A trust policy.
    pub(crate) fn trust(&self, text: &str) -> Result<Arc<Document>, String> {
        let read = || Document::read(text).map(Arc::new).map_err(|error| error.to_string());
        match &self.0 {
            Some(memory) => memory.trusts.or_find(Text::of(text), read),
            None => read(),
        }
    }

    /// Who can assume a role with this trust policy, and everything else that decides about it.
    pub(crate) fn who_can_assume(
        &self,
        facts: &TrustFacts,
        trust: &Document,
        find: impl FnOnce() -> WhoCanAssume,
    ) -> WhoCanAssume {
        match self.0.as_ref().and_then(|memory| memory.trusts_under(facts)) {
            Some(known) => known.by.or_find(Text::of(&trust.text), find),
            None => find(),
        }
    }

    /// Whom a new trust policy locks out, and everything else that decides about it.
    pub(crate) fn locked_out(
        &self,
        facts: &TrustFacts,
        [new, old]: [&Document; 2],
        find: impl FnOnce() -> Option<String>,
    ) -> Option<String> {
        match self.0.as_ref().and_then(|memory| memory.trusts_under(facts)) {
            Some(known) => known.locked_out.or_find([Text::of(&new.text), Text::of(&old.text)], find),
            None => find(),
        }
    }

    /// Whether a policy opens a way, and by which statements, for a role that makes no difference to it.
    pub(crate) fn way(
        &self,
        asked: Asked,
        find: impl FnOnce() -> (Shown, Vec<usize>),
    ) -> (Shown, Vec<usize>) {
        match &self.0 {
            Some(memory) => memory.ways.or_find(asked, find),
            None => find(),
        }
    }

    /// What statements break that stand alone, if that is remembered.
    pub(crate) fn statements(&self) -> Option<&Remembered<LoneStatement, Answer<Witness>>> {
        self.0.as_ref().map(|memory| &memory.statements)
    }

    /// What a policy breaks, for a role that makes no difference to it.
    pub(crate) fn breaches(&self, asked: Asked, find: impl FnOnce() -> Arc<Breaches>) -> Arc<Breaches> {
        match &self.0 {
            Some(memory) => memory.breaches.or_find(asked, find),
            None => find(),
        }
    }
}

impl Memory {
    fn trusts_under(&self, facts: &TrustFacts) -> Option<Arc<Assumable>> {
        let mut trusts = self.assumable.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = trusts.iter().find(|(known, _)| known == facts) {
            return Some(Arc::clone(known));
        }
        if trusts.len() >= Known::FACTS {
            return None;
        }
        let (by, locked_out) = (Remembered::at_most(Known::ASSUMABLE), Remembered::at_most(Known::ASSUMABLE));
        let fresh = Arc::new(Assumable { by, locked_out });
        trusts.push((facts.clone(), Arc::clone(&fresh)));
        Some(fresh)
    }
}

fn read(text: &str, limits: usize) -> Read {
    match Document::read(text) {
        Ok(document) => Ok(Arc::new(KnownPolicy::new(document, limits))),
        Err(error) => Err(error.to_string()),
    }
}

/// Answers by what they depend on.
#[derive(Debug)]
pub(crate) struct Remembered<K, V> {
    most: usize,
    answers: Mutex<BTreeMap<K, V>>,
}

impl<K: Ord, V: Clone> Remembered<K, V> {
    /// All are forgotten when there are so many.
    pub(crate) const fn at_most(most: usize) -> Self {
        Self { most, answers: Mutex::new(BTreeMap::new()) }
    }

    /// The answer, found only if it is not known. Two who ask at once may both find it.
    pub(crate) fn or_find(&self, key: K, find: impl FnOnce() -> V) -> V {
        self.get(&key).unwrap_or_else(|| {
            let found = find();
            self.keep(key, found.clone());
            found
        })
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn keep(&self, key: K, answer: V) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = answers.len() >= self.most;
        let forgotten = is_full.then(|| std::mem::take(&mut *answers));
        answers.insert(key, answer);
        // To take them apart takes time, which nobody need wait for.
        drop(answers);
        drop(forgotten);
    }
}

/// A text as a key. Documents begin alike, so the length comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text {
    length: usize,
    text: String,
}

impl Text {
    fn of(text: &str) -> Self {
        Self { length: text.len(), text: text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::Remembered;

    #[test]
    fn an_answer_is_found_once_and_when_there_is_no_room_again() {
        let (remembered, mut found) = (Remembered::at_most(2), Vec::new());
        for key in [1, 2, 1, 2, 3, 3, 1] {
            let answer = remembered.or_find(key, || {
                found.push(key);
                key * 10
            });
            assert_eq!(answer, key * 10);
        }
        assert_eq!(found, [1, 2, 3, 1]);
    }
}
