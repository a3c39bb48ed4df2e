//! How a caller stands to a principal that a policy names.

use super::{Principal, PrincipalEntry};
use crate::{Caller, ConditionKey, Context, Effect, Element, Partition, Truth};

/// In which way a statement's principals cover the caller. More than one way may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// The caller itself: its user, session, service or token is named, or everyone is.
    pub directly: Truth,
    /// The role is named of which the caller is a session.
    pub by_role: Truth,
    /// The account is named: it may hand the permission on by its own policies.
    pub by_account: Truth,
}

impl Covered {
    pub(crate) const NOT: Self =
        Self { directly: Truth::False, by_role: Truth::False, by_account: Truth::False };
    pub(crate) const DIRECTLY: Self = Self { directly: Truth::True, ..Self::NOT };

    /// Whether the caller is covered in any way.
    #[must_use]
    pub fn at_all(self) -> Truth {
        self.directly | self.by_role | self.by_account
    }

    pub(crate) fn and(self, truth: Truth) -> Self {
        Self {
            directly: self.directly & truth,
            by_role: self.by_role & truth,
            by_account: self.by_account & truth,
        }
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            directly: self.directly | other.directly,
            by_role: self.by_role | other.by_role,
            by_account: self.by_account | other.by_account,
        }
    }
}

/// How the `Principal` or `NotPrincipal` of a statement covers the caller.
///
/// `NotPrincipal` exempts from an Allow whoever is covered by an entry in any way; from a Deny only who
/// is itself named: an account in the list does not exempt its users, nor a role its sessions (IAM User
/// Guide, "NotPrincipal with Deny").
pub(crate) fn covers(
    element: &Element<PrincipalEntry>,
    effect: Effect,
    caller: &Caller,
    context: &Context,
) -> Covered {
    let named = element.entries().iter().map(|entry| relation(&entry.principal, caller, context));
    let named = named.fold(Covered::NOT, Covered::or);
    match element {
        Element::Only(_) => named,
        Element::AllBut(_) => {
            let exempt = match effect {
                Effect::Deny => named.directly | leaf_role(named, caller),
                Effect::Allow | Effect::Unreadable => named.at_all(),
            };
            Covered { directly: !exempt, ..Covered::NOT }
        }
    }
}

/// A caller given as a role, not as a session of it, is itself named by the role's ARN.
fn leaf_role(named: Covered, caller: &Caller) -> Truth {
    match caller {
        Caller::Known(Principal::Role { .. }) => named.by_role,
        Caller::Known(_) | Caller::Anonymous => Truth::False,
    }
}

/// How one named principal covers the caller.
#[must_use]
pub fn relation(named: &Principal, caller: &Caller, context: &Context) -> Covered {
    if let Principal::Anyone(_) = named {
        return Covered::DIRECTLY;
    }
    let Caller::Known(caller) = caller else { return Covered::NOT };
    let directly = |truth: bool| Covered { directly: truth.into(), ..Covered::NOT };
    let by_role = |truth: bool| Covered { by_role: truth.into(), ..Covered::NOT };
    match named {
        Principal::Anyone(_) => Covered::DIRECTLY,
        Principal::Account { partition, account } => {
            let same =
                caller.account() == Some(*account) && same_partition(partition.as_ref(), caller.partition());
            if let Principal::Account { .. } = caller {
                return directly(same);
            }
            Covered { by_account: (same && caller.is_in_account()).into(), ..Covered::NOT }
        }
        Principal::Role { partition, account, name, .. } => by_role(
            named == caller
                || matches!(caller, Principal::Session { partition: p, account: a, role, .. }
                    if (partition, account, name) == (p, a, role)),
        ),
        Principal::UniqueId(id) => unique_id(id, caller, context),
        Principal::Canonical(_) if caller.is_in_account() => {
            Covered { directly: Truth::Unknown, ..Covered::NOT }
        }
        Principal::Unrecognised(text) if text.contains(":group/") => Covered::NOT,
        Principal::Unrecognised(_) => Covered { directly: Truth::Unknown, ..Covered::NOT },
        Principal::User { .. }
        | Principal::Session { .. }
        | Principal::FederatedUser { .. }
        | Principal::Service(_)
        | Principal::Saml { .. }
        | Principal::Oidc { .. }
        | Principal::Canonical(_) => directly(named == caller),
    }
}

/// An id written without a partition belongs to the policy's own.
fn same_partition(named: Option<&Partition>, caller: Option<&Partition>) -> bool {
    named.is_none() || caller.is_none() || named == caller
}

/// Ids are never used again, and a stored policy shows one only when its entity is gone: it covers
/// nobody but a caller whose `aws:userid` shows it.
fn unique_id(id: &str, caller: &Principal, context: &Context) -> Covered {
    if let Principal::UniqueId(own) = caller {
        return Covered { directly: (**own == *id).into(), ..Covered::NOT };
    }
    let Some([userid]) = context.get(&ConditionKey::new("aws:userid")) else { return Covered::NOT };
    let session = userid.split_once(':').is_some_and(|(role, _)| role == id);
    Covered { directly: (**userid == *id).into(), by_role: session.into(), ..Covered::NOT }
}
