//! The SQS queues: handing a role over to another function, and having a message delivered again later.

use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry, SendMessageBatchRequestEntry,
};
use aws_smithy_types::error::display::DisplayErrorContext;
use remediation::Function;
use remediation::decode::{HandOverMessage, PolicyUserMessage, SweepUnderWay};
use remediation::ports::{HandOver, PortError};

use crate::client::Clients;

/// The longest time that SQS hides a message for (API reference, `ChangeMessageVisibility`): 12 hours.
const LONGEST_DELAY: Duration = Duration::from_secs(43_200);

/// The most messages that SQS takes at once (API reference, `SendMessageBatch`, `ChangeMessageVisibilityBatch`).
const LARGEST_BATCH: usize = 10;

/// The queues a function may write to. Their client is made when it is first needed.
#[derive(Debug)]
pub(crate) struct Queues {
    clients: Clients,
    client: OnceLock<Client>,
}

impl Queues {
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients, client: OnceLock::new() }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| self.clients.sqs())
    }

    /// Hides messages of the function's own queue for these times, so that they are delivered again then rather
    /// than after the queue's own pause. Without it they come back all the same, only later.
    pub(crate) async fn delay(&self, delayed: &[(&str, Duration)]) -> Result<(), PortError> {
        let Some(queue) = &self.clients.environment().queue else { return Ok(()) };
        let mut failed = Ok(());
        for some in delayed.chunks(LARGEST_BATCH) {
            let entries = some.iter().enumerate().map(|(place, delay)| entry(place, delay));
            let entries: Result<Vec<_>, BuildError> = entries.collect();
            let entries = entries.map_err(|error| not_delayed(&error.to_string()))?;
            let call = self.client().change_message_visibility_batch().queue_url(queue);
            failed = match call.set_entries(Some(entries)).send().await {
                Ok(answer) => refused(answer.failed()).and(failed),
                Err(error) => Err(not_delayed(&DisplayErrorContext(error).to_string())),
            };
        }
        failed
    }
}

fn entry(
    place: usize,
    (receipt, delay): &(&str, Duration),
) -> Result<ChangeMessageVisibilityBatchRequestEntry, BuildError> {
    let seconds = delay.min(&LONGEST_DELAY).as_secs().try_into().unwrap_or(i32::MAX);
    let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(place.to_string());
    entry.receipt_handle(*receipt).visibility_timeout(seconds).build()
}

fn refused(failed: &[BatchResultErrorEntry]) -> Result<(), PortError> {
    failed.first().map_or(Ok(()), |one| Err(not_delayed(one.message().unwrap_or_else(|| one.code()))))
}

fn not_delayed(why: &str) -> PortError {
    PortError(format!("`ChangeMessageVisibilityBatch` failed: {why}"))
}

impl HandOver for Queues {
    /// Where a sweep stands is kept in the table; without one there is none to hand over to.
    fn reaches(&self, to: Function) -> bool {
        let environment = self.clients.environment();
        environment.queues.contains_key(to.name()) && (to != Function::Sweep || environment.table.is_some())
    }

    async fn hand_over(&self, to: Function, message: &HandOverMessage) -> Result<(), PortError> {
        let body = serde_json::to_string(message).map_err(|e| PortError(e.to_string()))?;
        self.send(to, body, Duration::ZERO).await
    }

    async fn policy_users(&self, messages: &[PolicyUserMessage]) -> Result<(), PortError> {
        let to = Function::ChangePolicyVersion;
        for batch in messages.chunks(LARGEST_BATCH) {
            let bodies: Result<Vec<String>, _> = batch.iter().map(serde_json::to_string).collect();
            self.send_batch(to, bodies.map_err(|e| PortError(e.to_string()))?).await?;
        }
        Ok(())
    }

    async fn sweep(&self, under_way: Option<&SweepUnderWay>, after: Duration) -> Result<(), PortError> {
        self.send(Function::Sweep, SweepUnderWay::message(under_way).to_string(), after).await
    }
}

impl Queues {
    fn queue(&self, to: Function) -> Result<&String, PortError> {
        let queue = self.clients.environment().queues.get(to.name());
        queue.ok_or_else(|| PortError(format!("`{to}` has no queue in this deployment")))
    }

    async fn send(&self, to: Function, body: String, after: Duration) -> Result<(), PortError> {
        let call = self.client().send_message().queue_url(self.queue(to)?).message_body(body);
        let seconds = i32::try_from(after.as_secs()).ok().filter(|seconds| *seconds > 0);
        let sent = call.set_delay_seconds(seconds).send().await;
        sent.map(drop).map_err(|e| PortError(format!("`{to}` could not be told: {}", DisplayErrorContext(e))))
    }

    async fn send_batch(&self, to: Function, bodies: Vec<String>) -> Result<(), PortError> {
        let failed = |why: String| PortError(format!("`{to}` could not be told: {why}"));
        let mut call = self.client().send_message_batch().queue_url(self.queue(to)?);
        for (index, body) in bodies.into_iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body);
            call = call.entries(entry.build().map_err(|e| failed(e.to_string()))?);
        }
        let answer = call.send().await.map_err(|e| failed(DisplayErrorContext(e).to_string()))?;
        // SQS answers with success even where it did not take an entry.
        match answer.failed().first() {
            None => Ok(()),
            Some(entry) => Err(failed(entry.message().unwrap_or(entry.code()).to_owned())),
        }
    }
}
