//! Comparing documents: the same policy, however it is laid out.

use guardrails::Digest;
use policy::{Document, canonical};

/// The digest of a document's canonical form; of its bytes when it can't be read.
pub(crate) fn digest(text: &str) -> Digest {
    Digest::of(&canonical_or_bytes(text))
}

/// Are the two documents the same policy? Unique ids may stand where ARNs stood: IAM stores principals by
/// id and shows the id of one that was deleted since.
pub(crate) fn same(live: &str, seen: &str) -> bool {
    let (live, seen) = (canonical_or_bytes(live), canonical_or_bytes(seen));
    live == seen || without_names(&live) == without_names(&seen)
}

fn canonical_or_bytes(text: &str) -> String {
    Document::read(text).map_or_else(|_| text.to_owned(), |document| canonical(&document))
}

/// Replaces every role, user and unique id by one mark.
fn without_names(canonical: &str) -> String {
    let mark = |word: &str| {
        let id = word.len() >= 16 && (word.starts_with("AROA") || word.starts_with("AIDA"));
        if id || word.contains(":role/") || word.contains(":user/") {
            "?".to_owned()
        } else {
            word.to_owned()
        }
    };
    let words: Vec<String> = canonical.split('"').map(mark).collect();
    words.join("\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_does_not_matter_and_content_does() {
        let plain = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sts:TagSession","sts:AssumeRole"]}]}"#;
        let laid_out = r#"{ "Statement": {"Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"AWS": ["arn:aws:iam::111122223333:root"]}, "\u0045ffect": "Allow"}, "Version": "2012-10-17"}"#;
        assert!(same(plain, laid_out));
        assert_eq!(digest(plain), digest(laid_out));
        assert!(!same(plain, &laid_out.replace("1111", "2222")));
    }

    #[test]
    fn a_unique_id_may_stand_for_an_arn() {
        let trust = |principal: &str| {
            format!(
                r#"{{"Statement":{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}}}"#
            )
        };
        let (arn, id) = (trust("arn:aws:iam::111122223333:role/gone"), trust("AROAX2BE4EEWZ2EXD6DFQ"));
        assert!(same(&id, &arn));
        assert!(!same(&id, &trust("444455556666")));
    }
}
