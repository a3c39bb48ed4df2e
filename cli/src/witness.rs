//! A witness as programs read it.

use std::collections::BTreeMap;

use policy::{Caller, Context};
use serde::Serialize;
use serde_json::Value;

/// The request that refutes a claim.
#[derive(Debug, Serialize)]
pub(crate) struct WitnessReport {
    /// Who asks; left out where the question is about the same caller on both sides.
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    action: String,
    resource: String,
    context: BTreeMap<String, Value>,
}

impl WitnessReport {
    /// With the caller: who can assume.
    pub(crate) fn with_caller(witness: &policy::analyse::Witness) -> Self {
        let principal = match &witness.request().principal {
            Caller::Anonymous => "anonymous".to_owned(),
            Caller::Known(principal) => principal.to_string(),
        };
        Self { principal: Some(principal), ..Self::new(witness) }
    }

    /// The request alone.
    pub(crate) fn new(witness: &policy::analyse::Witness) -> Self {
        let request = witness.request();
        Self {
            principal: None,
            action: request.action.clone(),
            resource: request.resource.clone(),
            context: context(&request.context),
        }
    }
}

/// One value as a string, several as a list.
fn context(context: &Context) -> BTreeMap<String, Value> {
    let plain = |values: &[Box<str>]| match values {
        [one] => Value::from(one.as_ref()),
        several => several.iter().map(|value| Value::from(value.as_ref())).collect(),
    };
    context.iter().map(|(key, values)| (key.to_string(), plain(values))).collect()
}
