//! What is replayed: events in files.

use anyhow::{Context as _, bail};
use remediation::Function;
use remediation::embedded::Embedded;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Place;
use crate::input;

/// One message, as a function would get it.
pub(super) struct Message {
    /// The file it came from.
    pub(super) name: String,
    pub(super) value: Value,
}

/// Reads the messages of a file: one or several JSON values, lists of them, or a batch of SQS.
pub(super) fn read(file: &str) -> anyhow::Result<Vec<Message>> {
    let text = input::read(file)?;
    let mut messages = Vec::new();
    for value in serde_json::Deserializer::from_str(&text.text).into_iter::<Value>() {
        let value = value.with_context(|| format!("`{}` is not JSON", text.name))?;
        unpack(value, &mut messages).with_context(|| format!("`{}`", text.name))?;
    }
    if messages.is_empty() {
        bail!("`{}` holds no event", text.name);
    }
    Ok(messages.into_iter().map(|value| Message { name: text.name.clone(), value }).collect())
}

fn unpack(value: Value, messages: &mut Vec<Value>) -> anyhow::Result<()> {
    let records = value.get("Records").and_then(Value::as_array);
    let bodies = records.and_then(|records| {
        records.iter().map(|record| record.get("body")?.as_str()).collect::<Option<Vec<&str>>>()
    });
    if let Some(bodies) = bodies {
        for body in bodies {
            messages.push(serde_json::from_str(body).context("the body of a record is not JSON")?);
        }
    } else if let Value::Array(values) = value {
        messages.extend(values);
    } else {
        messages.push(value);
    }
    Ok(())
}

impl Message {
    /// The account that the message belongs to: the one given, that of the dump, or what the event says.
    pub(super) fn place(&self, given: Option<&str>, dump: Option<&Embedded>) -> anyhow::Result<Place> {
        if let Some(dump) = dump {
            let stored = dump.stored();
            return Ok(Place {
                partition: stored.partition().to_owned(),
                account: stored.account().to_owned(),
            });
        }
        let told = self.value.get("account").and_then(Value::as_str);
        let account = given.or(told).with_context(|| {
            format!("`{}` does not say which account it is about: give `--account 111122223333`", self.name)
        })?;
        let region = self.value.get("region").and_then(Value::as_str).unwrap_or_default();
        let partition = match region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        Ok(Place { partition: partition.to_owned(), account: account.to_owned() })
    }

    /// The function that the template's rules send it to; for what none serves, one that looks at everything.
    pub(super) fn function(&self) -> Function {
        match self.call() {
            Some("CreateRole") => Function::CreateRole,
            Some("UpdateAssumeRolePolicy") => Function::UpdateAssumeRolePolicy,
            Some("PutRolePolicy" | "DeleteRolePolicy") => Function::PutRolePolicy,
            Some("AttachRolePolicy" | "DetachRolePolicy") => Function::AttachRolePolicy,
            Some("CreatePolicyVersion" | "SetDefaultPolicyVersion") => Function::ChangePolicyVersion,
            Some("PutRolePermissionsBoundary" | "DeleteRolePermissionsBoundary") => {
                Function::ChangePermissionsBoundary
            }
            Some("UpdateRole" | "UpdateRoleDescription" | "TagRole" | "UntagRole") => Function::UpdateRole,
            Some(_) | None => Function::Sweep,
        }
    }

    /// The call that the event reports.
    pub(super) fn call(&self) -> Option<&str> {
        self.value.pointer("/detail/eventName")?.as_str()
    }

    /// The role that the event names.
    pub(super) fn role(&self) -> Option<&str> {
        self.value.pointer("/detail/requestParameters/roleName")?.as_str()
    }

    /// When the call was made.
    pub(super) fn time(&self) -> Option<OffsetDateTime> {
        let time = self.value.pointer("/detail/eventTime").or_else(|| self.value.get("time"));
        OffsetDateTime::parse(time?.as_str()?, &Rfc3339).ok()
    }
}
