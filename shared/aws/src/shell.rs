//! The Lambda shell: from an invocation to passes, and from their ends to Lambda's answer.

use std::pin::Pin;
use std::time::Duration;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use remediation::LogSentence;
use remediation::outcome::Outcome;
use remediation::pass::{self, Context, Worked};
use remediation::ports::{Clock as _, Ports as _};
use remediation::record::metrics;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::authority::Authority;
use crate::invocation::{BatchAnswer, Invocation, Message};
use crate::log;
use crate::setup::{Setup, SetupError};

/// Kept back from the function's time limit, so that what was begun can be written, verified and recorded.
const RESERVE: Duration = Duration::from_secs(20);

/// The most records that the answer to a message by hand carries; the log has them all.
const MOST_RECORDS: usize = 100;

/// Serves invocations until Lambda ends the process.
///
/// # Errors
/// The runtime API does not answer.
pub async fn run<A: Authority>() -> Result<(), lambda_runtime::Error> {
    log::panics();
    let setup = Setup::<A>::new();
    if let Err(error) = &setup {
        log::error(&error.to_string());
    }
    let setup = &setup;
    lambda_runtime::run(service_fn(|event| answer(setup, event))).await
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Value, Diagnostic>> + Send + 'a>>;

/// Boxed, because a call of the SDK within a pass within the runtime is a type too deep for the compiler.
fn answer<A: Authority>(setup: &Result<Setup<A>, SetupError>, event: LambdaEvent<Value>) -> Answer<'_> {
    match setup {
        Ok(setup) => Box::pin(invoked(setup, event)),
        Err(error) => Box::pin(std::future::ready(Err(not_ready(error)))),
    }
}

async fn invoked<A: Authority>(setup: &Setup<A>, event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let context = setup.context(&event.context.invoked_function_arn).map_err(|error| {
        log::error(&error.to_string());
        not_ready(&error)
    })?;
    let deadline = deadline(event.context.deadline);
    let meter = Meter::begin(setup, &event.context.env_config.function_name);
    match Invocation::read(event.payload) {
        Ok(Invocation::Single(message)) => single(setup, context, &message, deadline, meter).await,
        Ok(Invocation::Batch(messages)) => Ok(json!(batch(setup, context, messages, deadline, meter).await)),
        Err(error) => Err(diagnostic("UnreadableBatch", format!("the batch can't be read: {error}"))),
    }
}

/// A message by hand is answered with its records, or with why it was refused.
async fn single<A: Authority>(
    setup: &Setup<A>,
    context: &Context,
    message: &Value,
    deadline: Option<OffsetDateTime>,
    meter: Meter<'_, A>,
) -> Result<Value, Diagnostic> {
    let passed = pass::handle(&setup.adapters, context, message, deadline).await;
    let worked = [Worked { messages: Vec::new(), passed, again: None }];
    meter.end(&worked);
    let [Worked { passed, .. }] = worked;
    if let Some(Outcome::Refused(why)) = passed.first().map(|passed| &passed.outcome) {
        return Err(diagnostic("Refused", why.to_string()));
    }
    let records: Vec<_> = passed.iter().take(MOST_RECORDS).map(|passed| &passed.record).collect();
    Ok(json!({"total": passed.len(), "records": records}))
}

/// Every message is worked on, those about the same role together; those with something left to do come back.
async fn batch<A: Authority>(
    setup: &Setup<A>,
    context: &Context,
    messages: Vec<Message>,
    deadline: Option<OffsetDateTime>,
    meter: Meter<'_, A>,
) -> BatchAnswer {
    let batch: Vec<_> = messages.iter().map(Message::as_given).collect();
    let worked = pass::handle_batch(&setup.adapters, context, &setup.instance, &batch, deadline).await;
    meter.end(&worked);
    let mut answer = BatchAnswer::default();
    let mut delayed = Vec::new();
    for (places, after) in worked.iter().filter_map(|worked| Some((&worked.messages, worked.again?))) {
        for message in places.iter().filter_map(|place| messages.get(*place)) {
            answer.again(message);
            delayed.extend(message.receipt.as_deref().map(|receipt| (receipt, after)));
        }
    }
    delay(setup, &delayed).await;
    answer
}

/// A delay that fails is no harm: the message comes back with the queue's own pause.
async fn delay<A: Authority>(setup: &Setup<A>, delayed: &[(&str, Duration)]) {
    if let Err(error) = setup.adapters.queues().delay(delayed).await {
        log::error(&format!("messages could not be delayed: {error}"));
    }
}

/// What an invocation comes to, in numbers.
struct Meter<'a, A: Authority> {
    setup: &'a Setup<A>,
    function: &'a str,
    calls: u64,
    throttles: u64,
}

impl<'a, A: Authority> Meter<'a, A> {
    fn begin(setup: &'a Setup<A>, function: &'a str) -> Self {
        let (calls, throttles) = (setup.adapters.iam_calls(), setup.adapters.throttles());
        Self { setup, function, calls, throttles }
    }

    fn end(self, worked: &[Worked]) {
        let Self { setup: Setup { adapters, .. }, function, calls, throttles } = self;
        let invocation = metrics::Invocation {
            iam_calls: adapters.iam_calls().saturating_sub(calls),
            throttles: adapters.throttles().saturating_sub(throttles),
            ..metrics::Invocation::of_batch(function, adapters.clock().now(), worked)
        };
        invocation.lines().into_iter().for_each(log::line);
    }
}

fn deadline(milliseconds: u64) -> Option<OffsetDateTime> {
    let seconds = i64::try_from(milliseconds / 1_000).ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()?.checked_sub(RESERVE.try_into().ok()?)
}

fn not_ready(error: &SetupError) -> Diagnostic {
    diagnostic("NotReady", error.to_string())
}

fn diagnostic(kind: &str, message: String) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: LogSentence::new(&message).to_string() }
}
