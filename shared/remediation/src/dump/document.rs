//! Policy documents in the answer: objects, or text.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A policy document as the answer holds it.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct PolicyText<'a>(#[serde(borrow)] &'a RawValue);

/// A document that is neither an object nor text that holds one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Not a policy in any form.
    #[error("a policy document is an object or text, not `{0}`")]
    NeitherObjectNorText(String),
    /// The text does not decode.
    #[error("the URL-encoded policy document is not UTF-8")]
    NotUtf8,
}

impl<'a> PolicyText<'a> {
    /// The document: an object to the byte, text without its encoding.
    ///
    /// # Errors
    /// It is neither an object nor text, or the text is no UTF-8 once it is decoded.
    pub fn text(self) -> Result<Cow<'a, str>, DocumentError> {
        let raw = self.0.get();
        match raw.as_bytes().first() {
            Some(b'{') => Ok(Cow::Borrowed(raw)),
            Some(b'"') => decoded(serde_json::from_str(raw).unwrap_or_default()),
            Some(_) | None => Err(DocumentError::NeitherObjectNorText(raw.chars().take(40).collect())),
        }
    }
}

/// The AWS CLI decodes documents, the API URL-encodes them. JSON never starts with `%`.
fn decoded<'a>(text: String) -> Result<Cow<'a, str>, DocumentError> {
    if !text.starts_with('%') {
        return Ok(Cow::Owned(text));
    }
    let decoded = percent_decode_str(&text).decode_utf8().map_err(|_| DocumentError::NotUtf8)?;
    Ok(Cow::Owned(decoded.into_owned()))
}
