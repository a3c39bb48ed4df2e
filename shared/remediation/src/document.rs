//! Comparing documents: the same policy, however it is laid out.

use guardrails::Digest;
use serde_json::Value;

/// The digest of a document's canonical form; of its bytes when it is not JSON.
pub(crate) fn digest(text: &str) -> Digest {
    Digest::of(&canonical(text))
}

/// Are the two documents the same policy? Unique ids may stand where ARNs stood: IAM stores principals by
/// id and shows the id of one that was deleted since.
pub(crate) fn same(live: &str, seen: &str) -> bool {
    let (live, seen) = (canonical(live), canonical(seen));
    live == seen || without_names(&live) == without_names(&seen)
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

fn canonical(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => write(&value, false),
        Err(_) => text.to_owned(),
    }
}

fn write(value: &Value, principal: bool) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| {
                    let principal = principal || key == "Principal" || key == "NotPrincipal";
                    format!("{}:{}", Value::from(key.as_str()), write(value, principal))
                })
                .collect();
            fields.sort();
            format!("[{{{}}}]", fields.join(","))
        }
        Value::Array(values) => {
            let mut values: Vec<String> = values.iter().map(|value| write(value, principal)).collect();
            values.sort();
            values.dedup();
            // Every single value is written as a list of one, so a list is the lists in it.
            let inner: Vec<&str> = values
                .iter()
                .map(|value| value.strip_prefix('[').and_then(|v| v.strip_suffix(']')).unwrap_or(value))
                .collect();
            format!("[{}]", inner.join(","))
        }
        Value::String(text) if principal => format!("[{}]", Value::from(account_root(text))),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => format!("[{value}]"),
    }
}

/// IAM stores a bare account id as the ARN of the account's root.
fn account_root(principal: &str) -> &str {
    let account = principal.strip_suffix(":root").and_then(|rest| rest.rsplit_once(":iam::"));
    account.map_or(principal, |(_, account)| account)
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
        let arn = r#"{"Principal":{"AWS":"arn:aws:iam::111122223333:role/gone"}}"#;
        let id = r#"{"Principal":{"AWS":"AROAX2BE4EEWZ2EXD6DFQ"}}"#;
        assert!(same(id, arn));
        assert!(!same(id, r#"{"Principal":{"AWS":"444455556666"}}"#));
    }
}
