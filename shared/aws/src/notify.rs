//! What people must know, as one event on an EventBridge bus. A rule of the template carries it on.

use std::sync::OnceLock;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use aws_smithy_types::error::display::DisplayErrorContext;
use remediation::Notification;
use remediation::log_text::json_line;
use remediation::ports::{Notify, PortError};

use crate::client::Clients;

/// The source of our events; nobody may use one that begins with `aws.`.
pub(crate) const SOURCE: &str = "rescind";

/// An event bus. Its client is made when the first event is published: a compliant role needs none.
#[derive(Debug)]
pub(crate) struct Bus {
    clients: Clients,
    client: OnceLock<Client>,
}

impl Bus {
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients, client: OnceLock::new() }
    }

    async fn publish(&self, bus: &str, kind: &str, detail: String) -> Result<(), PortError> {
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(bus)
            .source(SOURCE)
            .detail_type(kind)
            .detail(detail)
            .build();
        let client = self.client.get_or_init(|| self.clients.event_bridge());
        let answer = client.put_events().entries(entry).send().await;
        let answer =
            answer.map_err(|e| PortError(format!("`PutEvents` failed: {}", DisplayErrorContext(e))))?;
        match answer.failed_entry_count() {
            0 => Ok(()),
            _ => Err(refused(bus, answer.entries())),
        }
    }
}

impl Notify for Bus {
    async fn notify(&self, notification: &Notification) -> Result<(), PortError> {
        let Some(bus) = self.clients.environment().bus.clone() else { return Ok(()) };
        let detail = json_line(notification).map_err(|e| PortError(e.to_string()))?;
        self.publish(&bus, notification.detail_type(), detail).await
    }
}

/// `PutEvents` answers with success even where it did not take an entry.
fn refused(bus: &str, entries: &[aws_sdk_eventbridge::types::PutEventsResultEntry]) -> PortError {
    let entry = entries.first();
    let code = entry.and_then(|e| e.error_code()).unwrap_or("no code");
    let message = entry.and_then(|e| e.error_message()).unwrap_or("no message");
    PortError(format!("the bus `{bus}` did not take the event: {code}: {message}"))
}
