//! What the SDK and IAM say, in our own terms: errors by what to do next, documents as plain JSON.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use guardrails::NameError;
use remediation::IamError;

/// Sorts a failed call by what to do next. `what` names the role or policy that the call was about.
pub(crate) fn error<E>(what: &str, error: SdkError<E, HttpResponse>) -> IamError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if let SdkError::ConstructionFailure(_) = error {
        return IamError::Unexpected(format!("the call could not be made: {}", DisplayErrorContext(error)));
    }
    match error.as_service_error().map(|answer| (answer.code(), answer.message())) {
        None => IamError::Unanswered(DisplayErrorContext(error).to_string()),
        Some((code, message)) => {
            let status = error.raw_response().map_or(0, |response| response.status().as_u16());
            answer(what, code.unwrap_or_default(), message.unwrap_or_default(), status)
        }
    }
}

/// The codes of the API reference ("Common Errors" and the errors of each call). `CloudTrail`'s spelling with
/// the suffix `Exception` does not occur here.
fn answer(what: &str, code: &str, message: &str, status: u16) -> IamError {
    let text = format!("{code}: {message} (`{what}`)");
    match code {
        "NoSuchEntity" => IamError::Absent(what.to_owned()),
        "UnmodifiableEntity" => IamError::Unmodifiable(what.to_owned()),
        "MalformedPolicyDocument" => IamError::Malformed(text),
        "LimitExceeded" => IamError::LimitExceeded(text),
        "AccessDenied" | "AccessDeniedException" | "InvalidClientTokenId" | "SignatureDoesNotMatch" => {
            IamError::Denied(text)
        }
        "Throttling"
        | "ThrottlingException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "ConcurrentModification"
        | "ServiceFailure"
        | "ServiceUnavailable"
        | "ExpiredToken"
        | "RequestExpired" => IamError::TryAgain(text),
        _ if status >= 500 => IamError::Unanswered(text),
        _ => IamError::Unexpected(text),
    }
}

/// A document as IAM returns it: URL-encoded JSON (IAM API reference, `GetRole`). An encoded text holds no
/// brace, so one with a brace is plain already; some endpoints answer like that.
pub(crate) fn document(what: &str, text: &str) -> Result<String, IamError> {
    if text.contains('{') {
        return Ok(text.to_owned());
    }
    percent_encoding::percent_decode_str(text)
        .decode_utf8()
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| IamError::Unexpected(format!("the document of `{what}` is not UTF-8")))
}

/// A field that IAM always sends.
pub(crate) fn given<T>(what: &str, field: &str, value: Option<T>) -> Result<T, IamError> {
    value.ok_or_else(|| IamError::Unexpected(format!("`{what}` came without `{field}`")))
}

/// A name or ARN that IAM sent and that is none.
pub(crate) fn misnamed(error: NameError) -> IamError {
    IamError::Unexpected(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_once_and_plain_ones_are_kept() {
        let plain = r#"{"Statement":[{"Sid":"100%25","Resource":"arn:aws:s3:::a+b"}]}"#;
        let encoded =
            percent_encoding::utf8_percent_encode(plain, percent_encoding::NON_ALPHANUMERIC).to_string();
        assert_eq!(document("r", &encoded).unwrap(), plain);
        assert_eq!(document("r", plain).unwrap(), plain);
        assert!(document("r", "%7B%FF%7D").is_err());
    }

    #[test]
    fn answers_are_sorted_by_what_to_do_next() {
        let transient = |code, status| answer("role", code, "text", status).is_transient();
        for code in ["Throttling", "ServiceFailure", "ConcurrentModification", "ExpiredToken"] {
            assert!(transient(code, 400), "{code}");
        }
        assert!(transient("SomethingNew", 500));
        assert!(!transient("SomethingNew", 400));
        assert!(!transient("AccessDenied", 403));
        assert_eq!(answer("app", "NoSuchEntity", "", 404), IamError::Absent("app".to_owned()));
    }
}
