//! Policy documents that are read once, and what they break by themselves: found out once, however many roles
//! hold the policy.
//!
//! Denies, boundaries and exceptions only take away from what a statement allows. So what a statement does not
//! break by itself it breaks in no role; and a request that shows that it does shows it in every role that
//! leaves this request allowed.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use policy::analyse::grants::Reach;
use policy::analyse::{Answer, Witness};
use policy::{Context, Document, Effect, Element, Statement, Template};

use super::limit::Limit;
use super::verdict::Alone;
use crate::names::PolicyArn;
use crate::repair::narrow;
use crate::role::AttachedPolicy;

/// The Allow statements of a document that break a limit, or may, each with what shows it.
pub(crate) type Breaches = Vec<(usize, Answer<Witness>)>;

/// A policy document, read.
#[derive(Debug)]
pub(crate) struct KnownPolicy {
    pub(crate) document: Document,
    /// The document without whatever allows: it limits the other policies.
    pub(crate) denies: Option<Document>,
    /// Might it allow everything? Told from the actions alone.
    pub(super) is_broad: bool,
    /// Might it allow to rewrite the policies of a role?
    pub(super) may_rewrite: bool,
    /// Which ways to more permissions it may be part of.
    pub(super) reach: Reach,
    /// What it breaks by itself, by the number of the limit.
    breaches: Vec<OnceLock<Breaches>>,
    administrator: OnceLock<Alone>,
    escalation: OnceLock<Alone>,
}

impl KnownPolicy {
    pub(crate) fn new(document: Document, limits: usize) -> Self {
        let has_denies = document.statements.iter().any(|statement| statement.effect == Effect::Deny);
        Self {
            denies: if has_denies { narrow::denies(&document) } else { None },
            is_broad: may_allow(&document, &["unheardof:anything"], |_| true),
            may_rewrite: may_rewrite(&document, |_| true),
            reach: Reach::of(&document),
            administrator: OnceLock::new(),
            escalation: OnceLock::new(),
            breaches: std::iter::repeat_with(OnceLock::new).take(limits).collect(),
            document,
        }
    }

    /// What it breaks of the limit by itself; looked for once.
    pub(super) fn breaches(&self, limit: usize, find: impl FnOnce() -> Breaches) -> Breaches {
        match self.breaches.get(limit) {
            Some(known) if !self.looks_at_the_role() => known.get_or_init(find).clone(),
            Some(_) | None => find(),
        }
    }

    /// Whether it opens a way by itself; looked for once.
    pub(super) fn ways(&self, limit: &Limit<'_>, find: impl FnOnce() -> Alone) -> Alone {
        match limit {
            Limit::Administrator => self.administrator.get_or_init(find).clone(),
            Limit::Escalation => self.escalation.get_or_init(find).clone(),
            Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => find(),
        }
    }

    /// Might it make a difference between these two roles, as holders or as resources?
    pub(super) fn tells_apart(&self, one: &str, other: &str) -> bool {
        let nothing = Context::new();
        let mut resources = self
            .document
            .statements
            .iter()
            .filter_map(|statement| statement.resource.as_ref())
            .flat_map(Element::entries);
        self.looks_at_the_role()
            || resources.any(|entry| {
                entry.template.is_some() || entry.matches(one, &nothing) != entry.matches(other, &nothing)
            })
    }

    /// Does it mean something else for each role? Only then does the role's own ARN count.
    fn looks_at_the_role(&self) -> bool {
        let statements = &self.document.statements;
        let mut keys =
            statements.iter().flat_map(|statement| &statement.conditions).map(|condition| &condition.key);
        keys.any(|key| key.is("aws:PrincipalArn"))
            || statements
                .iter()
                .flat_map(templates)
                .any(|template| template.variables().any(|variable| variable.key.is("aws:PrincipalArn")))
    }
}

fn templates(statement: &Statement) -> impl Iterator<Item = &Template> {
    let resources = statement.resource.iter().flat_map(|resource| resource.entries());
    let values = statement.conditions.iter().flat_map(|condition| &condition.values);
    resources
        .filter_map(|entry| entry.template.as_ref())
        .chain(values.filter_map(|value| value.template.as_ref()))
}

/// Do these documents decide by action and resource alone?
pub(super) fn is_plain(document: &Document) -> bool {
    document.diagnostics.is_empty()
        && document
            .statements
            .iter()
            .all(|statement| statement.conditions.is_empty() && templates(statement).next().is_none())
}

/// Might it allow one of these actions?
fn may_allow(document: &Document, actions: &[&str], counts: impl Fn(usize) -> bool) -> bool {
    let allows = narrow::allowing(document).filter(|statement| counts(*statement));
    let mut allows = allows.filter_map(|statement| document.statements.get(statement));
    allows.any(|statement| actions.iter().any(|action| statement.covers_action(action)))
}

/// Might one of these statements allow to rewrite the policies of a role? Told from the actions alone.
pub(super) fn may_rewrite(document: &Document, counts: impl Fn(usize) -> bool) -> bool {
    may_allow(document, &["iam:PutRolePolicy", "iam:AttachRolePolicy"], counts)
}

/// Managed policies that many roles may hold. Each is read when it is first asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownPolicies(Arc<BTreeMap<PolicyArn, Entry>>);

#[derive(Debug)]
struct Entry {
    text: String,
    read: OnceLock<Result<Arc<KnownPolicy>, String>>,
}

impl KnownPolicies {
    pub(crate) fn new(policies: impl IntoIterator<Item = AttachedPolicy>) -> Self {
        let entry = |policy: AttachedPolicy| (policy.arn, Entry { text: policy.text, read: OnceLock::new() });
        Self(Arc::new(policies.into_iter().map(entry).collect()))
    }

    /// The policy, if it is known in just this version.
    pub(super) fn read(&self, policy: &AttachedPolicy, limits: usize) -> Result<Arc<KnownPolicy>, String> {
        match self.0.get(&policy.arn).filter(|entry| entry.text == policy.text) {
            Some(entry) => entry.read.get_or_init(|| read(&policy.text, limits)).clone(),
            None => read(&policy.text, limits),
        }
    }
}

pub(super) fn read(text: &str, limits: usize) -> Result<Arc<KnownPolicy>, String> {
    match Document::read(text) {
        Ok(document) => Ok(Arc::new(KnownPolicy::new(document, limits))),
        Err(error) => Err(error.to_string()),
    }
}
