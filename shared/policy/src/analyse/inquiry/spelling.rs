//! What action patterns have in common, told from their spelling. It is quick and says "no" when in doubt;
//! what it cannot tell, the automata decide.

use crate::{
    ActionPattern, Element,
    glob::{Case, is_literal, is_wildcard, matches},
};

/// Whether the element surely covers every action that `glob` matches.
pub(super) fn covers_all(element: &Element<ActionPattern>, glob: &str) -> bool {
    match element {
        Element::Only(entries) => includes_one(entries, glob),
        Element::AllBut(entries) => apart_from_all(entries, glob),
    }
}

/// Whether the element surely covers no action that `glob` matches.
pub(super) fn covers_none(element: &Element<ActionPattern>, glob: &str) -> bool {
    match element {
        Element::Only(entries) => apart_from_all(entries, glob),
        Element::AllBut(entries) => includes_one(entries, glob),
    }
}

fn includes_one(entries: &[ActionPattern], glob: &str) -> bool {
    entries.iter().any(|entry| includes(entry.glob.as_str(), glob))
}

fn apart_from_all(entries: &[ActionPattern], glob: &str) -> bool {
    entries.iter().all(|entry| are_apart(entry.glob.as_str(), glob))
}

/// Whether every word of `inner` surely is one of `outer`. The wildcards of `inner` are read as letters: only
/// a star reads a star, and a `?` that might read one is not trusted.
pub(super) fn includes(outer: &str, inner: &str) -> bool {
    let is_exact = !(outer.contains('?') && inner.contains('*'));
    (is_exact && matches(outer, inner, Case::Ignored)) || outer.eq_ignore_ascii_case(inner)
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
    use super::{are_apart, includes, may_match_an_action};
    use crate::Glob;

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
