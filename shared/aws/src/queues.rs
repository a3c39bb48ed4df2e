//! The SQS queues: handing a role over to another function, and having a message delivered again later.

use std::sync::OnceLock;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_smithy_types::error::display::DisplayErrorContext;
use remediation::Function;
use remediation::decode::HandOverMessage;
use remediation::pass::Progress;
use remediation::ports::{HandOver, PortError};

use crate::client::Clients;

/// The longest time that SQS hides a message for (API reference, `ChangeMessageVisibility`): 12 hours.
const LONGEST_DELAY: Duration = Duration::from_secs(43_200);

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

    /// Hides a message of the function's own queue for this time, so that it is delivered again then rather
    /// than after the queue's own pause. Without it the message comes back all the same, only later.
    pub(crate) async fn delay(&self, receipt: &str, delay: Duration) -> Result<(), PortError> {
        let Some(queue) = &self.clients.environment().queue else { return Ok(()) };
        let seconds = delay.min(LONGEST_DELAY).as_secs().try_into().unwrap_or(i32::MAX);
        let call = self.client().change_message_visibility().queue_url(queue).receipt_handle(receipt);
        call.visibility_timeout(seconds)
            .send()
            .await
            .map(drop)
            .map_err(|e| PortError(format!("`ChangeMessageVisibility` failed: {}", DisplayErrorContext(e))))
    }
}

impl HandOver for Queues {
    fn reaches(&self, to: Function) -> bool {
        self.clients.environment().queues.contains_key(to.name())
    }

    async fn hand_over(&self, to: Function, message: &HandOverMessage) -> Result<(), PortError> {
        self.send(to, serde_json::to_string(message).map_err(|e| PortError(e.to_string()))?).await
    }

    async fn sweep(&self, from: Option<&Progress>) -> Result<(), PortError> {
        self.send(Function::Sweep, Progress::message(from).to_string()).await
    }
}

impl Queues {
    async fn send(&self, to: Function, body: String) -> Result<(), PortError> {
        let queue = self.clients.environment().queues.get(to.name());
        let queue = queue.ok_or_else(|| PortError(format!("`{to}` has no queue in this deployment")))?;
        let call = self.client().send_message().queue_url(queue).message_body(body);
        call.send()
            .await
            .map(drop)
            .map_err(|e| PortError(format!("`{to}` could not be told: {}", DisplayErrorContext(e))))
    }
}
