//! What action patterns have in common, told from their spelling. It is quick and says "no" when in doubt;
//! what it cannot tell, the automata decide.

use std::cmp::Ordering;

use crate::{
    ActionPattern, Element,
    glob::{Case, is_literal, is_wildcard, matches},
};

/// An action element, its entries found by the service that they name: those of other services have no action
/// in common with a glob that names one.
pub(super) struct Spelled<'a> {
    element: &'a Element<ActionPattern>,
    /// The entries that name a service, sorted by it if they are many.
    of_services: Vec<Run<'a>>,
    /// Those with a wildcard there, or without a colon.
    others: Vec<&'a [ActionPattern]>,
}

/// Neighbours that name the same service.
struct Run<'a> {
    service: &'a str,
    entries: &'a [ActionPattern],
}

impl<'a> Spelled<'a> {
    pub(super) fn new(element: &'a Element<ActionPattern>) -> Self {
        let mut spelled = Self { element, of_services: Vec::new(), others: Vec::new() };
        for entries in element.entries().chunk_by(|one, next| service(one) == service(next)) {
            match entries.first().and_then(service) {
                Some(service) => spelled.of_services.push(Run { service, entries }),
                None => spelled.others.push(entries),
            }
        }
        if spelled.of_services.len() > FEW {
            spelled.of_services.sort_by(|one, other| compare(one.service, other.service));
        }
        spelled
    }

    /// Whether the element surely covers every action that `glob` matches.
    pub(super) fn covers_all(&self, glob: &str) -> bool {
        if self.element.is_inverted() { self.is_apart_from_all(glob) } else { self.includes_one(glob) }
    }

    /// Whether the element surely covers no action that `glob` matches.
    pub(super) fn covers_none(&self, glob: &str) -> bool {
        if self.element.is_inverted() { self.includes_one(glob) } else { self.is_apart_from_all(glob) }
    }

    /// The entries that make up what the element covers of the glob.
    pub(super) fn parts(&self, glob: &str) -> Option<Vec<&'a str>> {
        if self.element.is_inverted() {
            return None;
        }
        let entries = self.near(glob).filter(|entry| !are_apart(entry, glob));
        entries.map(|entry| includes(glob, entry).then_some(entry)).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.element.entries().len()
    }

    fn includes_one(&self, glob: &str) -> bool {
        self.near(glob).any(|entry| includes(entry, glob))
    }

    fn is_apart_from_all(&self, glob: &str) -> bool {
        self.near(glob).all(|entry| are_apart(entry, glob))
    }

    /// The entries that may have an action in common with the glob.
    fn near(&self, glob: &str) -> impl Iterator<Item = &'a str> {
        let mut near = self.of_services.as_slice();
        if near.len() > FEW
            && let Some(service) = service_of(glob)
        {
            let from = near.partition_point(|run| compare(run.service, service).is_lt());
            let to = near.partition_point(|run| compare(run.service, service).is_le());
            near = near.get(from..to).unwrap_or_default();
        }
        let runs = near.iter().map(|run| run.entries).chain(self.others.iter().copied());
        runs.flatten().map(|entry| entry.glob.as_str())
    }
}

/// So few runs are not worth a search.
const FEW: usize = 8;

fn service(entry: &ActionPattern) -> Option<&str> {
    service_of(entry.glob.as_str())
}

/// The service that the glob names.
fn service_of(glob: &str) -> Option<&str> {
    glob.split_once(':').map(|(service, _)| service).filter(|service| is_literal(service))
}

/// The order of services, without regard to letter case.
fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.bytes(), other.bytes());
    one.map(|byte| byte.to_ascii_lowercase()).cmp(other.map(|byte| byte.to_ascii_lowercase()))
}

/// Whether every word of `inner` surely is one of `outer`. The wildcards of `inner` are read as letters: only
/// a star reads a star, and a `?` that might read one is not trusted.
pub(super) fn includes(outer: &str, inner: &str) -> bool {
    let is_exact = || !(outer.contains('?') && inner.contains('*'));
    matches(outer, inner, Case::Ignored) && (is_exact() || outer.eq_ignore_ascii_case(inner))
}

/// Whether the globs surely have no word in common.
pub(super) fn are_apart(one: &str, other: &str) -> bool {
    if is_literal(other) {
        return !matches(one, other, Case::Ignored);
    }
    if is_literal(one) {
        return !matches(other, one, Case::Ignored);
    }
    let fixed = |byte: &(u8, u8)| !is_wildcard(byte.0) && !is_wildcard(byte.1);
    one.bytes().zip(other.bytes()).take_while(fixed).any(|(one, other)| !one.eq_ignore_ascii_case(&other))
}

/// Whether the glob has a wildcard, or is the name of an action, such as `s3:GetObject`.
pub(super) fn may_match_an_action(glob: &str) -> bool {
    !is_literal(glob)
        || glob.split_once(':').is_some_and(|(service, name)| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric();
            !service.is_empty()
                && service.bytes().all(|byte| plain(byte) || byte == b'-')
                && !name.is_empty()
                && name.bytes().all(plain)
        })
}

#[cfg(test)]
mod tests {
    use super::{Spelled, are_apart, includes, may_match_an_action};
    use crate::{ActionPattern, Element, Glob, Span};

    /// All texts over these letters, up to a length.
    fn texts(letters: &[char], length: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..length {
            last = last.iter().flat_map(|text| letters.iter().map(move |c| format!("{text}{c}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    #[test]
    fn what_spelling_tells_holds_of_every_word() {
        let words = texts(&['a', 'b', ':'], 4);
        let globs = texts(&['a', 'B', '*', '?'], 3);
        let mut told = (0, 0);
        for one in &globs {
            for other in &globs {
                let of = |glob: &str, word: &str| Glob::new(glob).matches_ignoring_case(word);
                if are_apart(one, other) {
                    told.0 += 1;
                    assert!(!words.iter().any(|word| of(one, word) && of(other, word)), "`{one}`, `{other}`");
                }
                if includes(one, other) {
                    told.1 += 1;
                    assert!(words.iter().all(|word| of(one, word) || !of(other, word)), "`{one}`, `{other}`");
                }
            }
        }
        assert!(told.0 > 1_000 && told.1 > 1_000, "{told:?}");
    }

    #[test]
    fn long_lists_say_what_their_entries_say_one_by_one() {
        let services = ["ec2", "EC2", "ec2-a", "e*", "", "*", "ec", "s3", "iam", "s?"];
        let names = [":Get*", ":get", ":*", "", ":", ":x:*"];
        let globs: Vec<String> = services
            .iter()
            .flat_map(|service| names.iter().map(move |name| format!("{service}{name}")))
            .collect();
        for skipped in 0..services.len() {
            let entry =
                |glob: &String| ActionPattern { glob: Glob::new(glob.as_str()), span: Span::new(0, 0) };
            // From both ends, so that services are not in their order.
            let list: Vec<ActionPattern> =
                globs.iter().rev().chain(&globs).skip(skipped * names.len()).step_by(3).map(entry).collect();
            let element = Element::Only(list.clone());
            let spelled = Spelled::new(&element);
            assert_eq!(spelled.len(), list.len());
            for glob in &globs {
                let entries = || list.iter().map(|entry| entry.glob.as_str());
                let all = entries().any(|entry| includes(entry, glob));
                let none = entries().all(|entry| are_apart(entry, glob));
                assert_eq!((spelled.covers_all(glob), spelled.covers_none(glob)), (all, none), "`{glob}`");
                let inverted = Element::AllBut(list.clone());
                let inverted = Spelled::new(&inverted);
                assert_eq!((inverted.covers_all(glob), inverted.covers_none(glob)), (none, all), "`{glob}`");
                assert_eq!(inverted.parts(glob), None);
                let touching = entries().filter(|entry| !are_apart(entry, glob));
                let mut parts: Option<Vec<&str>> =
                    touching.map(|entry| includes(glob, entry).then_some(entry)).collect();
                let mut found = spelled.parts(glob);
                parts.iter_mut().chain(&mut found).for_each(|parts| parts.sort_unstable());
                assert_eq!(found, parts, "`{glob}`");
            }
        }
    }

    #[test]
    fn one_word_is_decided() {
        let globs = texts(&['a', 'b', '*', '?'], 3);
        for word in texts(&['a', 'b'], 3) {
            for glob in &globs {
                let is_match = Glob::new(glob.as_str()).matches_ignoring_case(&word);
                assert_eq!((includes(glob, &word), are_apart(glob, &word)), (is_match, !is_match));
            }
        }
    }

    #[test]
    fn names_of_actions_are_those_of_the_search() {
        let base = crate::analyse::compile::action_names();
        for text in texts(&['a', '1', '-', ':', '_'], 4) {
            let named = may_match_an_action(&text);
            assert_eq!(named, base.matches(&text), "`{text}`");
        }
    }
}
