//! What is asked: who wants to do what, to which resource, in which circumstances.

use std::collections::BTreeMap;

use crate::{AccountId, Arn, ConditionKey, Principal};

/// One request for authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Caller,
    /// `service:Name`, in any case.
    pub action: String,
    /// An ARN, or `*` for actions without resources.
    pub resource: String,
    /// The account that owns the resource; absent, the one in its ARN.
    pub resource_account: Option<AccountId>,
    /// The values of condition keys. Nothing is implied that is not given.
    pub context: Context,
}

impl Request {
    /// A request without context.
    #[must_use]
    pub fn new(principal: Caller, action: impl Into<String>, resource: impl Into<String>) -> Self {
        let (action, resource) = (action.into(), resource.into());
        Self { principal, action, resource, resource_account: None, context: Context::default() }
    }

    /// The account that owns the resource, as far as the request says.
    #[must_use]
    pub fn resource_account(&self) -> Option<AccountId> {
        self.resource_account.or_else(|| Arn::parse(&self.resource)?.account_id())
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody in particular: an unsigned request.
    Anonymous,
    /// A root user ([`Principal::Account`]), user, role, session, federated user, service or token.
    Known(Principal),
}

/// A caller that is none of those who can ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no caller: give an ARN of a user, role, session or account root, a service such as `lambda.amazonaws.com`, or `anonymous`"
)]
pub struct UnknownCaller(String);

impl Caller {
    /// Reads `anonymous`, an ARN, twelve digits (the root user), or a service's name.
    ///
    /// # Errors
    /// If `text` is none of these.
    pub fn parse(text: &str) -> Result<Self, UnknownCaller> {
        if text == "anonymous" || text == "*" {
            return Ok(Self::Anonymous);
        }
        let kinds = ["AWS", "Federated", "Service"];
        let known = kinds.iter().find_map(|kind| Principal::recognise(kind, text));
        known.map(Self::Known).ok_or_else(|| UnknownCaller(text.to_owned()))
    }

    /// The service called `name`.
    ///
    /// # Errors
    /// If `name` is no service's name.
    pub fn service(name: &str) -> Result<Self, UnknownCaller> {
        Principal::recognise("Service", name).map(Self::Known).ok_or_else(|| UnknownCaller(name.to_owned()))
    }

    /// The holder of a token of this provider (its ARN, or one of the issuers that need none).
    ///
    /// # Errors
    /// If `provider` is neither.
    pub fn federated(provider: &str) -> Result<Self, UnknownCaller> {
        Principal::recognise("Federated", provider)
            .map(Self::Known)
            .ok_or_else(|| UnknownCaller(provider.to_owned()))
    }
}

/// The values of condition keys. A key that is present with no value counts as missing where AWS
/// says so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context(BTreeMap<ConditionKey, Box<[Box<str>]>>);

impl Context {
    /// No key at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key to one or several values; numbers and booleans are given as text.
    pub fn set<V: Into<Box<str>>>(&mut self, key: impl Into<Box<str>>, values: impl IntoIterator<Item = V>) {
        self.0.insert(ConditionKey::new(key), values.into_iter().map(Into::into).collect());
    }

    /// The same, for building.
    #[must_use]
    pub fn with<V: Into<Box<str>>>(
        mut self,
        key: impl Into<Box<str>>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.set(key, values);
        self
    }

    /// The values of a key: nothing if it is missing.
    #[must_use]
    pub fn get(&self, key: &ConditionKey) -> Option<&[Box<str>]> {
        self.0.get(key).map(|values| &**values)
    }

    /// The keys and their values, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&ConditionKey, &[Box<str>])> {
        self.0.iter().map(|(key, values)| (key, &**values))
    }
}
