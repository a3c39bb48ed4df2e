//! A policy document, read, and what it breaks: found out once, however many roles hold the policy.
//!
//! Denies, boundaries and exceptions only take away from what a statement allows. So what a statement does not
//! break by itself it breaks in no role; and a request that shows that it does shows it in every role that
//! leaves this request allowed.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use policy::analyse::grants::Reach;
use policy::analyse::{Answer, Witness};
use policy::edit::Target;
use policy::{Context, Document, Effect, Element, Statement, Template};

use crate::repair::narrow;

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
    breaches: Vec<OnceLock<Arc<Breaches>>>,
    deciding: OnceLock<Option<Deciding>>,
}

/// The statements of a policy that decide whether it opens a way, and where they stand in it. Policies differ much
/// less in these than in all others.
#[derive(Debug)]
pub(super) struct Deciding {
    pub(super) policy: Arc<KnownPolicy>,
    pub(super) places: Vec<usize>,
}

impl KnownPolicy {
    pub(crate) fn new(document: Document, limits: usize) -> Self {
        let has_denies = document.statements.iter().any(|statement| statement.effect == Effect::Deny);
        Self {
            denies: if has_denies { narrow::denies(&document) } else { None },
            is_broad: may_allow(&document, &["unheardof:anything"], |_| true),
            may_rewrite: may_rewrite(&document, |_| true),
            reach: Reach::of(&document),
            deciding: OnceLock::new(),
            breaches: std::iter::repeat_with(OnceLock::new).take(limits).collect(),
            document,
        }
    }

    /// What it breaks of the limit by itself; looked for once.
    pub(super) fn breaches(&self, limit: usize, find: impl FnOnce() -> Breaches) -> Arc<Breaches> {
        match self.breaches.get(limit) {
            Some(known) if !looks_at_the_role(&self.document) => {
                Arc::clone(known.get_or_init(|| Arc::new(find())))
            }
            Some(_) | None => Arc::new(find()),
        }
    }

    /// What of it decides whether it opens a way, if it is not all.
    pub(super) fn deciding(&self) -> Option<&Deciding> {
        let find = || {
            let places = self.reach.deciding(&self.document);
            let all = 0..self.document.statements.len();
            let others: BTreeSet<Target> =
                all.filter(|at| !places.contains(at)).map(Target::Statement).collect();
            if others.is_empty() {
                return None;
            }
            let document = narrow::without(&self.document, &others)?;
            Some(Deciding { policy: Arc::new(Self::new(document, self.breaches.len())), places })
        };
        self.deciding.get_or_init(find).as_ref()
    }
}

/// Might the document make a difference between these two roles, as holders or as resources?
pub(super) fn tells_apart(document: &Document, one: &str, other: &str) -> bool {
    let nothing = Context::new();
    let mut resources = document
        .statements
        .iter()
        .filter_map(|statement| statement.resource.as_ref())
        .flat_map(Element::entries);
    looks_at_the_role(document)
        || resources.any(|entry| {
            entry.template.is_some()
                || entry.matches(one, &nothing) != entry.matches(other, &nothing)
                // Nobody knows whether a wildcard before the fifth colon crosses colons.
                || entry.glob.matches(one) != entry.glob.matches(other)
        })
}

/// Does it mean something else for each role? Only then does the role's own ARN count.
pub(super) fn looks_at_the_role(document: &Document) -> bool {
    let statements = &document.statements;
    let mut keys =
        statements.iter().flat_map(|statement| &statement.conditions).map(|condition| &condition.key);
    keys.any(|key| key.is("aws:PrincipalArn"))
        || statements
            .iter()
            .flat_map(templates)
            .any(|template| template.variables().any(|variable| variable.key.is("aws:PrincipalArn")))
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
