//! The words a case is made of, and what is said about any other.

/// The parts of a case that decide. Its name is none of them, and `note` is no slip.
pub(super) const CASE: [&str; 3] = ["request", "policies", "expect"];
/// The parts of a request.
pub(super) const REQUEST: [&str; 5] = ["principal", "action", "resource", "resource_account", "context"];
/// The kinds of policies.
pub(super) const POLICIES: [&str; 6] = ["identity", "resource", "boundary", "session", "scps", "rcps"];

/// A complaint about a word that none of the known ones is.
pub(super) fn unknown(word: &str, place: &str, known: &[&str]) -> String {
    match similar(word, known) {
        Some(meant) => format!("{place} has no `{word}`; did you mean `{meant}`?"),
        None => format!("{place} has no `{word}`; it may have {}", list(known)),
    }
}

/// The known word that was probably meant.
pub(crate) fn similar<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let lower = word.to_ascii_lowercase();
    known
        .iter()
        .map(|known| (strsim::damerau_levenshtein(&lower, &known.to_ascii_lowercase()), *known))
        .filter(|(distance, known)| *distance <= known.len().div_ceil(3).min(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// `a`, `b` and `c`.
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{POLICIES, REQUEST, list, similar};

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        assert_eq!(similar("scp", &POLICIES), Some("scps"));
        assert_eq!(similar("Identities", &POLICIES), Some("identity"));
        assert_eq!(similar("boundry", &POLICIES), Some("boundary"));
        assert_eq!(similar("principle", &REQUEST), Some("principal"));
        assert_eq!(similar("note", &REQUEST), None);
        assert_eq!(list(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
