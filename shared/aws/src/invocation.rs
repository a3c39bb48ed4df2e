//! What Lambda hands over: an SQS batch, or a single message that somebody sent by hand.

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use remediation::pass;
use serde::Serialize;
use serde_json::Value;

/// One invocation.
#[derive(Debug)]
pub(crate) enum Invocation {
    /// The messages of a batch; each succeeds or comes back on its own.
    Batch(Vec<Message>),
    /// An EventBridge event, a hand-over, or `{"role": "name"}`.
    Single(Value),
}

/// One message of a batch.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) receipt: Option<String>,
    pub(crate) body: String,
    /// How often it was delivered, this time included, as SQS counts.
    pub(crate) deliveries: u32,
}

/// The answer to a batch: the messages that must come back.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchAnswer {
    pub(crate) batch_item_failures: Vec<Failure>,
}

/// One message that must come back.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Failure {
    pub(crate) item_identifier: String,
}

impl Invocation {
    /// Tells the two apart. A batch that can't be read is an error, so that all of it comes back.
    pub(crate) fn read(payload: Value) -> Result<Self, serde_json::Error> {
        if payload.get("Records").is_none() {
            return Ok(Self::Single(payload));
        }
        let batch: SqsEvent = serde_json::from_value(payload)?;
        Ok(Self::Batch(batch.records.into_iter().map(Message::from).collect()))
    }
}

impl Message {
    /// What a pass needs of it.
    pub(crate) fn as_given(&self) -> pass::Message<'_> {
        pass::Message { body: &self.body, deliveries: self.deliveries }
    }
}

impl From<SqsMessage> for Message {
    fn from(record: SqsMessage) -> Self {
        let count = record.attributes.get("ApproximateReceiveCount");
        Self {
            id: record.message_id.unwrap_or_default(),
            receipt: record.receipt_handle,
            body: record.body.unwrap_or_default(),
            deliveries: count.and_then(|count| count.parse().ok()).unwrap_or(1),
        }
    }
}

impl BatchAnswer {
    pub(crate) fn again(&mut self, message: &Message) {
        self.batch_item_failures.push(Failure { item_identifier: message.id.clone() });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_batch_is_known_by_its_records() {
        let record = json!({"messageId": "m", "body": "{}", "attributes": {"ApproximateReceiveCount": "7"}});
        let batch = Invocation::read(json!({"Records": [record, {"messageId": "n"}]})).unwrap();
        let Invocation::Batch(messages) = batch else { panic!("a batch") };
        assert_eq!(messages.iter().map(|m| (&*m.id, m.deliveries)).collect::<Vec<_>>(), [("m", 7), ("n", 1)]);
        assert!(matches!(Invocation::read(json!({"role": "r"})).unwrap(), Invocation::Single(_)));
        assert!(Invocation::read(json!({"Records": "none"})).is_err());
    }

    #[test]
    fn the_answer_is_spelled_as_lambda_reads_it() {
        let mut answer = BatchAnswer::default();
        answer.again(&Message { id: "m".to_owned(), receipt: None, body: String::new(), deliveries: 1 });
        assert_eq!(
            serde_json::to_value(answer).unwrap(),
            json!({"batchItemFailures": [{"itemIdentifier": "m"}]})
        );
    }
}
