//! Words that sentences and documents share.

use std::fmt;

use policy::analyse::Answer;

/// The text as a JSON string.
pub(crate) fn json_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// What speaks against a proof, in words; `None` if it holds.
pub(crate) fn objection<W: fmt::Display>(answer: Answer<W>) -> Option<String> {
    match answer {
        Answer::Proved => None,
        Answer::Refuted(witness) => Some(witness.to_string()),
        Answer::Unknown(reason) => Some(format!("undecided: {reason}")),
    }
}

/// `a`, `a and b`, `a, b and c`; a long list is cut short.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 5;
    match names {
        [] => "nobody".to_owned(),
        [only] => only.clone(),
        [first @ .., last] if first.len() < SHOWN => format!("{} and {last}", first.join(", ")),
        [..] => {
            let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
            format!("{} and {} more", shown.join(", "), names.len() - SHOWN)
        }
    }
}
