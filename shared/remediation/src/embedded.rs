//! An AWS account in memory, for the command line, for replays and for tests.
//!
//! It has two doors. The *API door*, which the ports go through, validates as IAM does: grammar, principals,
//! quotas, names, roles that only AWS may change. The *seeding door* takes anything that could be stored.
//! IAM's worse days come on demand: throttling, stale reads, calls without an answer, strangers who write
//! between two calls. Every call is counted.

mod api;
mod dump;
mod event;
mod faults;
mod stored;
mod validate;
pub mod world;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use guardrails::{Facet, NameError, PolicyArn, PolicyName, RoleArn, RoleId, RoleName};
use time::OffsetDateTime;

pub use faults::{Call, Fault};
pub use stored::Stored;

use faults::Traffic;
use stored::StoredRole;

/// The account. Clones share it.
#[derive(Clone, Debug)]
pub struct Embedded {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    stored: Stored,
    /// What was stored before the last change: what a stale read shows.
    was: Stored,
    traffic: Traffic,
}

impl Embedded {
    /// An account without roles.
    #[must_use]
    pub fn new(partition: &str, account: &str) -> Self {
        let stored = Stored::new(partition, account);
        let inner = Inner { was: stored.clone(), stored, traffic: Traffic::default() };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes what is stored, without validation and without counting a call: the seeding door.
    pub fn seed<T>(&self, change: impl FnOnce(&mut Stored) -> T) -> T {
        self.lock().change(change)
    }

    /// What nobody has shown of a role, although a pass over this facet would judge it; a sentence.
    #[must_use]
    pub fn unseen(&self, name: &RoleName, facet: Facet) -> Option<String> {
        self.lock().stored.role(name)?.missing(facet)
    }

    /// What is stored.
    #[must_use]
    pub fn stored(&self) -> Stored {
        self.lock().stored.clone()
    }
}

impl Inner {
    fn change<T>(&mut self, change: impl FnOnce(&mut Stored) -> T) -> T {
        self.was = self.stored.clone();
        change(&mut self.stored)
    }
}

impl Stored {
    /// Puts a role in, or replaces it under a new unique id. The path has a slash at both ends.
    ///
    /// # Errors
    /// Path and name do not make the ARN of a role.
    pub fn put_role(
        &mut self,
        path: &str,
        name: &str,
        trust: &str,
        created: OffsetDateTime,
    ) -> Result<(), NameError> {
        let arn = format!("arn:{}:iam::{}:role{path}{name}", self.partition, self.account);
        let id = self.new_id("AROA");
        self.put_role_as(RoleArn::parse(&arn)?, RoleId::parse(&id)?, trust, created);
        Ok(())
    }

    /// Puts a role in under this ARN and id.
    pub fn put_role_as(&mut self, arn: RoleArn, id: RoleId, trust: &str, created: OffsetDateTime) {
        let key = arn.name().as_str().to_lowercase();
        let ids = self.principals_of(trust);
        self.roles.insert(key, StoredRole::new(arn, id, trust, ids, created));
    }

    /// Takes a role away. Documents that name it show its id from now on.
    pub fn take_role(&mut self, name: &str) {
        self.roles.remove(&name.to_lowercase());
        self.gone.insert(name.to_lowercase());
    }

    /// Says that the account holds more than is told here. What nobody tells of is unseen then, not absent.
    pub fn know_a_part(&mut self) {
        self.is_partial = true;
    }

    /// A trust policy was put in, and nobody shows it.
    pub(crate) fn hide_trust(&mut self, name: &str) {
        self.with_role(name, |role| role.unseen.trust = true);
    }

    /// Nobody tells which policies the role has.
    pub(crate) fn hide_policies(&mut self, name: &str) {
        self.with_role(name, |role| role.unseen.lists = true);
    }

    /// An inline policy was put in, and nobody shows it.
    pub(crate) fn hide_inline(&mut self, name: &str, policy: PolicyName) {
        self.with_role(name, |role| {
            role.inline.retain(|inline| inline.name != policy);
            role.unseen.inline.insert(policy);
        });
    }

    /// Replaces a role's trust policy; `false` without such a role.
    pub fn put_trust(&mut self, name: &str, trust: &str) -> bool {
        let ids = self.principals_of(trust);
        self.with_role(name, |role| role.put_trust(trust, ids))
    }

    /// Puts an inline policy in; `false` without such a role.
    pub fn put_inline(&mut self, name: &str, policy: &PolicyName, text: &str) -> bool {
        self.with_role(name, |role| role.put_inline(policy, text))
    }

    /// Takes an inline policy away; `false` without such a role.
    pub fn take_inline(&mut self, name: &str, policy: &PolicyName) -> bool {
        self.with_role(name, |role| {
            role.inline.retain(|inline| inline.name != *policy);
            role.unseen.inline.remove(policy);
        })
    }

    /// Attaches a managed policy; `false` without such a role.
    pub fn attach(&mut self, name: &str, policy: &PolicyArn) -> bool {
        self.with_role(name, |role| {
            role.attached.insert(policy.clone());
        })
    }

    /// Detaches a managed policy; `false` without such a role.
    pub fn detach(&mut self, name: &str, policy: &PolicyArn) -> bool {
        self.with_role(name, |role| {
            role.attached.remove(policy);
        })
    }

    /// Sets or takes away the boundary; `false` without such a role.
    pub fn put_boundary(&mut self, name: &str, policy: Option<PolicyArn>) -> bool {
        self.with_role(name, |role| role.role.boundary = policy)
    }

    /// Puts a version of a managed policy in and makes it the default.
    pub fn put_policy(&mut self, arn: &PolicyArn, version: &str, text: &str) {
        let policy = self.policies.entry(arn.clone()).or_default();
        policy.versions.insert(version.to_owned(), text.to_owned());
        version.clone_into(&mut policy.default);
    }

    /// Makes a version of a managed policy the default. Its document may be one that nobody has shown.
    pub fn set_default(&mut self, arn: &PolicyArn, version: &str) {
        let policy = self.policies.entry(arn.clone()).or_default();
        version.clone_into(&mut policy.default);
    }

    /// Lets AWS raise, or lower, the quota of managed policies per role.
    pub fn set_policies_per_role(&mut self, quota: usize) {
        self.policies_per_role = quota;
    }

    /// Deletes a version of a managed policy.
    pub fn take_version(&mut self, arn: &PolicyArn, version: &str) {
        if let Some(policy) = self.policies.get_mut(arn) {
            policy.versions.remove(version);
        }
    }

    /// Lets a user, or a role or user of another account, exist.
    pub fn put_principal(&mut self, arn: &str) {
        if !self.ids.contains_key(arn) {
            let id = self.new_id(if arn.contains(":user/") { "AIDA" } else { "AROA" });
            self.ids.insert(arn.to_owned(), id);
        }
    }

    /// Deletes such a principal. Documents that name it show its id from now on.
    pub fn take_principal(&mut self, arn: &str) {
        self.ids.remove(arn);
    }

    fn with_role(&mut self, name: &str, change: impl FnOnce(&mut StoredRole)) -> bool {
        self.roles.get_mut(&name.to_lowercase()).map(change).is_some()
    }

    /// The trust policy of a role as it is shown.
    #[must_use]
    pub fn trust(&self, name: &RoleName) -> Option<String> {
        self.role(name).map(|role| self.shown(role).trust)
    }
}

#[cfg(test)]
mod tests;
