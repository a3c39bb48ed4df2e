//! The calls to DynamoDB.

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::error::display::DisplayErrorContext;
use guardrails::RoleId;
use remediation::ports::PortError;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::item::{self, Attributes, MOST, as_number, bytes, keyed, number, text};
use super::key::Key;
use crate::client::Clients;
use crate::environment::{Environment, EnvironmentError};

/// A history in a DynamoDB table. Its client is made when it is first asked for.
#[derive(Debug)]
pub struct Table {
    clients: Clients,
    name: String,
    client: OnceLock<Client>,
    /// The head that a pass has read, until its record is appended: one read serves all of it.
    head: Mutex<Option<(RoleId, Option<Attributes>)>>,
}

/// A condition on a write, with the values that it names.
pub(super) struct Condition {
    pub(super) expression: &'static str,
    pub(super) values: Vec<(&'static str, AttributeValue)>,
}

impl Condition {
    /// There is no such item yet.
    pub(super) fn is_new() -> Self {
        Self { expression: "attribute_not_exists(pk)", values: Vec::new() }
    }
}

/// What becomes of the attributes of an item.
#[derive(Default)]
pub(super) struct Update {
    /// They get these values.
    pub(super) set: Attributes,
    /// These sets have these elements too.
    pub(super) add: Attributes,
    /// It goes.
    pub(super) remove: Option<String>,
}

/// Which items of a partition, and in which order.
pub(super) struct Range {
    pub(super) partition: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) newest_first: bool,
    /// The most items to read; 0 for all.
    pub(super) most: usize,
}

impl Range {
    /// All items whose sort key begins so, in the order of their keys.
    pub(super) fn of(partition: String, prefix: &str) -> Self {
        // A key is never empty, and `~` comes after every character of one.
        let from = if prefix.is_empty() { " " } else { prefix };
        let (from, to) = (from.to_owned(), format!("{prefix}~"));
        Self { partition, from, to, newest_first: false, most: 0 }
    }
}

impl Table {
    /// The table of this name, where the environment's credentials lead.
    ///
    /// # Errors
    /// Region or credentials are missing.
    pub fn from_environment(name: &str) -> Result<Self, EnvironmentError> {
        Ok(Self::new(Clients::new(Environment::read_for_people()?.into()), name.to_owned()))
    }

    pub(crate) fn new(clients: Clients, name: String) -> Self {
        Self { clients, name, client: OnceLock::new(), head: Mutex::default() }
    }

    fn client(&self) -> &Client {
        self.client.get_or_init(|| self.clients.dynamo_db())
    }

    fn failed<E: std::error::Error>(&self, call: &str, error: E) -> PortError {
        let why = DisplayErrorContext(error);
        PortError(format!("`{call}` on the table `{}` failed: {why}", self.name))
    }

    pub(super) async fn get(&self, key: &Key) -> Result<Option<Attributes>, PortError> {
        let call = self.client().get_item().table_name(&self.name).consistent_read(true);
        let call = call.key("pk", text(&key.partition)).key("sk", text(&key.sort));
        let answer = call.send().await.map_err(|error| self.failed("GetItem", error))?;
        Ok(answer.item.map(Attributes::from_iter))
    }

    /// The head of a role, for the pass that is under way.
    pub(super) async fn head(&self, role: &RoleId) -> Result<Option<Attributes>, PortError> {
        let head = self.get(&Key::head(role)).await?;
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = Some((role.clone(), head.clone()));
        Ok(head)
    }

    /// The head that this pass has read, or a fresh one.
    pub(super) async fn last_head(&self, role: &RoleId) -> Result<Option<Attributes>, PortError> {
        let read = self.head.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match read {
            Some((of, head)) if of == *role => Ok(head),
            Some(_) | None => self.get(&Key::head(role)).await,
        }
    }

    /// The pass is over.
    pub(super) fn forget_head(&self) {
        *self.head.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Puts an item; `false` if the condition does not hold.
    pub(super) async fn put(&self, item: Attributes, when: Option<Condition>) -> Result<bool, PortError> {
        let mut call =
            self.client().put_item().table_name(&self.name).set_item(Some(item.into_iter().collect()));
        if let Some(Condition { expression, values }) = when {
            call = call.condition_expression(expression);
            for (name, value) in values {
                call = call.expression_attribute_values(name, value);
            }
        }
        match call.send().await {
            Ok(_) => Ok(true),
            Err(error) if is_condition(&error) => Ok(false),
            Err(error) => Err(self.failed("PutItem", error)),
        }
    }

    /// Sets attributes of an item, whether there is one or not.
    pub(super) async fn set(&self, key: &Key, attributes: Attributes) -> Result<(), PortError> {
        self.update(key, Update { set: attributes, ..Update::default() }).await
    }

    /// Changes attributes of an item, whether there is one or not.
    pub(super) async fn update(&self, key: &Key, update: Update) -> Result<(), PortError> {
        let mut call = self.client().update_item().table_name(&self.name);
        call = call.key("pk", text(&key.partition)).key("sk", text(&key.sort));
        let mut clauses = Vec::new();
        let with_values = [("SET", " =", update.set), ("ADD", "", update.add)];
        for (index, (clause, is, attributes)) in with_values.into_iter().enumerate() {
            let mut terms = Vec::new();
            for (number, (name, value)) in attributes.into_iter().enumerate() {
                let place = format!("{index}_{number}");
                call = call.expression_attribute_names(format!("#{place}"), name);
                call = call.expression_attribute_values(format!(":{place}"), value);
                terms.push(format!("#{place}{is} :{place}"));
            }
            clauses.push((clause, terms));
        }
        if let Some(name) = update.remove {
            call = call.expression_attribute_names("#gone", name);
            clauses.push(("REMOVE", vec!["#gone".to_owned()]));
        }
        clauses.retain(|(_, terms)| !terms.is_empty());
        let clauses = clauses.into_iter().map(|(clause, terms)| format!("{clause} {}", terms.join(", ")));
        let call = call.update_expression(clauses.collect::<Vec<_>>().join(" "));
        call.send().await.map(|_| ()).map_err(|error| self.failed("UpdateItem", error))
    }

    pub(super) async fn query(&self, range: &Range) -> Result<Vec<Attributes>, PortError> {
        let mut items: Vec<Attributes> = Vec::new();
        let mut start = None;
        loop {
            let call = self.client().query().table_name(&self.name).consistent_read(true);
            let call = call
                .key_condition_expression("pk = :partition AND sk BETWEEN :from AND :to")
                .expression_attribute_values(":partition", text(&range.partition))
                .expression_attribute_values(":from", text(&range.from))
                .expression_attribute_values(":to", text(&range.to))
                .scan_index_forward(!range.newest_first)
                .set_limit(i32::try_from(range.most).ok().filter(|most| *most > 0))
                .set_exclusive_start_key(start);
            let answer = call.send().await.map_err(|error| self.failed("Query", error))?;
            items.extend(answer.items.unwrap_or_default().into_iter().map(Attributes::from_iter));
            start = answer.last_evaluated_key.filter(|_| range.most == 0 || items.len() < range.most);
            if start.is_none() {
                return Ok(items);
            }
        }
    }

    /// Puts a value with its attributes. What is too large for one item is cut into parts, which are written
    /// first: the item itself is what counts.
    pub(super) async fn put_value(
        &self,
        key: &Key,
        value: &impl Serialize,
        attributes: Attributes,
        when: Option<Condition>,
    ) -> Result<bool, PortError> {
        let body = item::pack(value)?;
        let mut whole = keyed(key);
        let expires = attributes.get("expires").cloned();
        whole.extend(attributes);
        if body.len() <= MOST {
            whole.insert("body".to_owned(), bytes(body));
            return self.put(whole, when).await;
        }
        let parts = body.chunks(MOST);
        whole.insert("parts".to_owned(), number(i128::try_from(parts.len()).unwrap_or_default()));
        for (index, part) in parts.enumerate() {
            let mut item = keyed(&key.part(index));
            item.insert("body".to_owned(), bytes(part.to_vec()));
            item.extend(expires.clone().map(|at| ("expires".to_owned(), at)));
            self.put(item, None).await?;
        }
        self.put(whole, when).await
    }

    /// The value of an item, its parts put together.
    pub(super) async fn value<T: DeserializeOwned>(&self, item: &Attributes) -> Result<T, PortError> {
        let Some(parts) = as_number::<usize>(item, "parts") else { return item::unpack(&body(item)) };
        let word = |name| item::as_text(item, name).unwrap_or_default().to_owned();
        let key = Key { partition: word("pk"), sort: word("sk") };
        let found = self.query(&Range::of(key.partition.clone(), &key.parts())).await?;
        if found.len() < parts {
            return Err(PortError(format!("`{}` has {} of its {parts} parts only", key.sort, found.len())));
        }
        item::unpack(&found.iter().take(parts).flat_map(body).collect::<Vec<u8>>())
    }

    pub(super) async fn values<T: DeserializeOwned>(
        &self,
        items: &[Attributes],
    ) -> Result<Vec<T>, PortError> {
        let mut values = Vec::new();
        for item in items {
            values.push(self.value(item).await?);
        }
        Ok(values)
    }
}

fn body(item: &BTreeMap<String, AttributeValue>) -> Vec<u8> {
    item.get("body").and_then(|body| body.as_b().ok()).map(|body| body.as_ref().to_vec()).unwrap_or_default()
}

fn is_condition<R>(error: &SdkError<PutItemError, R>) -> bool {
    error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception)
}
