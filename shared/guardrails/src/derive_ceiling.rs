//! "The same permissions as other users in the account", as one policy document.
//!
//! What a user may do is what its policies and those of its groups allow, less what they deny, within its
//! permissions boundary. The ceiling is the union of that over all users, as far as one policy document can
//! say it:
//!
//! - It never allows what no user may do. Each of its statements was proved to stay, under the denies of the
//!   ceiling, within what one user may do.
//! - A deny that every user has is a deny of the ceiling. Any other deny is worked into the statements of its
//!   user (`Action: *` without `iam:*` becomes `NotAction: iam:*`); where that cannot be said, the entries that
//!   it touches are left out.
//! - Whoever may still do more than the ceiling is named, with a request that shows it. If nobody is, the
//!   ceiling is exactly the union.
//!
//! Not looked at: what resource policies, service control policies and roles give to users.

mod grant;

use policy::analyse::Budget;
use policy::analyse::within::{Permissions, within};
use policy::{Document, Effect, MAX_BYTES};

use crate::words::objection;
use grant::{Grant, document};

/// More statements are not compared with each other any more; the ceiling is then longer than it need be.
const MOST_COMPARED: usize = 200;

/// A user: all documents that decide what it may do.
#[derive(Clone, Debug)]
pub struct User {
    /// Its name, for people.
    pub name: String,
    /// Inline and attached policies, of the user and of its groups.
    pub identity: Vec<Document>,
    /// The permissions boundary.
    pub boundary: Option<Document>,
}

/// A ceiling that was derived from users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DerivedCeiling {
    /// The policy document.
    pub text: String,
    /// Users who may do more.
    pub beyond: Vec<Beyond>,
    /// Users who may do everything: the ceiling of an account with such a user limits nothing.
    pub administrators: Vec<String>,
}

/// A user who may do more than the derived ceiling says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// The user.
    pub user: String,
    /// A request that shows it, or why it could not be decided.
    pub why: String,
}

/// Why there is no ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCeiling {
    /// There is nobody to derive it from.
    #[error("there is no user to derive a ceiling from; write one by hand")]
    NoUser,
    /// Nobody may do anything.
    #[error("none of the users may do anything that a policy can say, so there is no ceiling")]
    Nothing,
    /// More than a policy document may hold.
    #[error("the ceiling would be longer than {MAX_BYTES} bytes; derive it from fewer users")]
    TooLong,
}

/// The most that any of the users may do.
///
/// # Errors
/// There is no such document; see [`NoCeiling`].
pub fn derive_ceiling(users: &[User]) -> Result<DerivedCeiling, NoCeiling> {
    if users.is_empty() {
        return Err(NoCeiling::NoUser);
    }
    let mut ceiling = Ceiling { denies: common_denies(users), allows: Vec::new() };
    for user in users {
        if ceiling.exceeded_by(&user.may())?.is_some() {
            ceiling.raise_for(user)?;
        }
    }
    ceiling.leave_out_what_others_cover()?;
    if ceiling.allows.is_empty() {
        return Err(NoCeiling::Nothing);
    }
    let mut beyond = Vec::new();
    for user in users {
        let why = ceiling.exceeded_by(&user.may())?;
        beyond.extend(why.map(|why| Beyond { user: user.name.clone(), why }));
    }
    let administrators = users.iter().filter(|user| may_do_everything(user)).map(|user| user.name.clone());
    Ok(DerivedCeiling { text: ceiling.text(), beyond, administrators: administrators.collect() })
}

impl User {
    fn documents(&self) -> impl Iterator<Item = &Document> {
        self.identity.iter().chain(&self.boundary)
    }

    fn may(&self) -> Permissions<'_> {
        let permissions = Permissions::of(&self.identity);
        match &self.boundary {
            Some(boundary) => permissions.limited_by([boundary]),
            None => permissions,
        }
    }

    /// Statements that may be told in a ceiling.
    fn grants(&self, effect: Effect) -> Vec<Grant> {
        let statements = self
            .documents()
            .flat_map(|document| document.statements.iter().map(move |statement| (document, statement)));
        statements
            .filter(|(_, statement)| statement.effect == effect && statement.unreadable.is_empty())
            .filter_map(|(document, statement)| Grant::read(statement.span.of(&document.text)))
            .collect()
    }
}

/// The denies that hold for all users.
fn common_denies(users: &[User]) -> Vec<Grant> {
    let mut denies = users.iter().map(|user| user.grants(Effect::Deny));
    let Some(mut common) = denies.next() else { return Vec::new() };
    for others in denies {
        common.retain(|deny| others.contains(deny));
    }
    common.sort();
    common.dedup();
    common
}

fn may_do_everything(user: &User) -> bool {
    let everything = document(&[], &[Grant::everything()]).ok();
    everything.is_some_and(|all| is_within(&Permissions::of([&all]), &user.may()))
}

/// The ceiling as far as it is known.
struct Ceiling {
    denies: Vec<Grant>,
    allows: Vec<Grant>,
}

impl Ceiling {
    /// Adds all that the user may do and that can be said.
    fn raise_for(&mut self, user: &User) -> Result<(), NoCeiling> {
        let denies = user.grants(Effect::Deny);
        let own: Vec<&Grant> = denies.iter().filter(|deny| !self.denies.contains(deny)).collect();
        for grant in user.grants(Effect::Allow) {
            for variant in grant.without(&own) {
                let kept = variant.largest_part(&mut |part| {
                    let part = document(&self.denies, std::slice::from_ref(part)).ok();
                    part.is_some_and(|part| is_within(&Permissions::of([&part]), &user.may()))
                });
                for part in kept {
                    if !self.allows.contains(&part) {
                        self.allows.push(part);
                    }
                }
            }
        }
        self.merge();
        Ok(())
    }

    /// Statements that differ in their actions only become one.
    fn merge(&mut self) {
        let mut merged: Vec<Grant> = Vec::new();
        for grant in self.allows.drain(..) {
            if !merged.iter_mut().any(|known| known.absorb(&grant)) {
                merged.push(grant);
            }
        }
        merged.sort();
        self.allows = merged;
    }

    fn leave_out_what_others_cover(&mut self) -> Result<(), NoCeiling> {
        if self.allows.len() > MOST_COMPARED {
            return Ok(());
        }
        for index in (0..self.allows.len()).rev() {
            let mut others = self.allows.clone();
            let one = document(&self.denies, &[others.remove(index)])?;
            let rest = document(&self.denies, &others)?;
            if !others.is_empty() && is_within(&Permissions::of([&one]), &Permissions::of([&rest])) {
                self.allows = others;
            }
        }
        Ok(())
    }

    /// A request that shows that these permissions exceed the ceiling, or why that is undecided.
    fn exceeded_by(&self, permissions: &Permissions<'_>) -> Result<Option<String>, NoCeiling> {
        let ceiling = document(&self.denies, &self.allows)?;
        Ok(objection(within(permissions, &Permissions::of([&ceiling]), Budget::default()).answer))
    }

    fn text(&self) -> String {
        grant::text(&self.denies, &self.allows)
    }
}

fn is_within(permissions: &Permissions<'_>, ceiling: &Permissions<'_>) -> bool {
    within(permissions, ceiling, Budget::default()).answer.is_proved()
}

#[cfg(test)]
mod tests;
