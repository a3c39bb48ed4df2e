//! Sizes and characters.

use super::Kind;
use crate::{Code, Diagnostic, Document, Severity, Span};

/// The number of characters that IAM counts: white space between JSON tokens is free.
#[must_use]
pub fn stored_size(text: &str) -> usize {
    let (mut size, mut in_string, mut escaped) = (0, false, false);
    for character in text.chars() {
        let space = matches!(character, ' ' | '\n' | '\r' | '\t');
        size += usize::from(in_string || !space);
        let quote = character == '"' && !escaped;
        escaped = in_string && character == '\\' && !escaped;
        in_string ^= quote;
    }
    size
}

pub(super) fn check(document: &Document, kind: Kind, found: &mut Vec<Diagnostic>) {
    let everything = Span::new(0, document.text.len());
    let (usual, most, answer) = match kind {
        Kind::Trust => (2_048, 8_192, "Cannot exceed quota for ACLSizePerRole: 2048"),
        Kind::Inline => (10_240, 10_240, "Maximum policy size of 10240 bytes exceeded for role"),
        Kind::Managed | Kind::Boundary => (6_144, 6_144, "Cannot exceed quota for PolicySize: 6144"),
        Kind::Scp | Kind::Rcp => (5_120, 5_120, "You exceeded the maximum policy size"),
        Kind::Resource => (usize::MAX, usize::MAX, ""),
    };
    let size = stored_size(&document.text);
    if size > usual {
        let message =
            format!("the {} has {size} characters without white space; the quota is {usual}", kind.as_str());
        let diagnostic = Diagnostic::error(Code::TooLong, everything, message).with_iam(answer);
        found.push(if size <= most {
            diagnostic
                .with_severity(Severity::Warning)
                .with_help(format!("the quota can be raised to {most}"))
        } else {
            diagnostic
        });
    }
    let illegal = |character: char| !matches!(character, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    if let Some((at, character)) = document.text.char_indices().find(|&(_, character)| illegal(character)) {
        let span = Span::new(at, at + character.len_utf8());
        let message = format!("the character {character:?} cannot stand in a policy");
        let answer = "The specified value for policyDocument is invalid.";
        let help = "only tab, line feed, carriage return and U+0020 to U+00FF can; others can be escaped as `\\uXXXX`";
        found.push(Diagnostic::error(Code::BadCharacter, span, message).with_iam(answer).with_help(help));
    }
}
