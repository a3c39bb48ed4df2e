//! How far a trust policy reaches.

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
