//! The SDK's clients: one connection pool, one retry policy, and a count of the calls to IAM.
//!
//! They are built by hand rather than by the SDK's provider chain: Lambda hands region and credentials over
//! in the environment, and a cold start need not look anywhere else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::environment::Environment;

/// Makes clients for one environment.
#[derive(Clone, Debug)]
pub struct Clients {
    environment: Arc<Environment>,
    http: SharedHttpClient,
    iam: Traffic,
}

macro_rules! configured {
    ($sdk:ident, $clients:expr) => {{
        let environment = &$clients.environment;
        let mut config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new(environment.region.clone()))
            .use_fips(environment.fips)
            .credentials_provider(credentials(environment))
            .http_client($clients.http.clone())
            .retry_config(retries())
            .timeout_config(timeouts());
        config.set_endpoint_url(environment.endpoint.clone());
        config
    }};
}

impl Clients {
    pub(crate) fn new(environment: Arc<Environment>) -> Self {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        Self { environment, http, iam: Traffic::default() }
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    pub(crate) fn iam(&self) -> aws_sdk_iam::Client {
        let config = configured!(aws_sdk_iam, self).interceptor(self.iam.clone());
        aws_sdk_iam::Client::from_conf(config.build())
    }

    pub(crate) fn event_bridge(&self) -> aws_sdk_eventbridge::Client {
        aws_sdk_eventbridge::Client::from_conf(configured!(aws_sdk_eventbridge, self).build())
    }

    pub(crate) fn dynamo_db(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(configured!(aws_sdk_dynamodb, self).build())
    }

    pub(crate) fn cloud_trail(&self) -> aws_sdk_cloudtrail::Client {
        aws_sdk_cloudtrail::Client::from_conf(configured!(aws_sdk_cloudtrail, self).build())
    }

    pub(crate) fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::from_conf(configured!(aws_sdk_sqs, self).build())
    }

    /// How many requests went to IAM so far, retries included.
    pub(crate) fn iam_calls(&self) -> u64 {
        self.iam.calls.load(Ordering::Relaxed)
    }

    /// How many of them IAM refused because they were too many.
    pub(crate) fn throttles(&self) -> u64 {
        self.iam.throttles.load(Ordering::Relaxed)
    }
}

fn credentials(environment: &Environment) -> aws_credential_types::Credentials {
    let given = &environment.credentials;
    aws_credential_types::Credentials::new(
        &given.key_id,
        &given.secret,
        given.token.clone(),
        None,
        "environment",
    )
}

/// IAM throttles per account and its limits are not published, so patience beats haste: at most six attempts
/// with growing pauses, all within [`timeouts`].
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(6).with_initial_backoff(Duration::from_millis(200))
}

/// Short against the function's own time limit of a minute, so that a call that hangs leaves time to report.
fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(15))
        .build()
}

/// Counts requests as they leave, and the answers that say there were too many.
#[derive(Clone, Debug, Default)]
struct Traffic {
    calls: Arc<AtomicU64>,
    throttles: Arc<AtomicU64>,
}

#[aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint]
impl Intercept for Traffic {
    fn name(&self) -> &'static str {
        "Traffic"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if !response.status().is_success() && response.body().bytes().is_some_and(is_throttle) {
            self.throttles.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// `<Code>Throttling</Code>`, or another of the codes that say so.
fn is_throttle(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    ["Throttling", "TooManyRequests", "RequestLimitExceeded"]
        .iter()
        .any(|code| text.contains(&format!("<Code>{code}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_is_known_by_its_code() {
        let answer =
            |code: &str| format!("<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>");
        for code in ["Throttling", "ThrottlingException", "RequestLimitExceeded"] {
            assert!(is_throttle(answer(code).as_bytes()), "{code}");
        }
        assert!(!is_throttle(answer("AccessDenied").as_bytes()));
        assert!(!is_throttle(answer("NoSuchEntity").replace("Error>", "Throttling>").as_bytes()));
    }
}
