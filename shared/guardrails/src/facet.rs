//! The part of a role that a pass reads, checks and repairs.

use serde::{Deserialize, Serialize};

/// A pass reads and checks only its facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facet {
    /// Who may assume the role: its trust policy. One `GetRole` shows it.
    Trust,
    /// What the role may do: inline policies, attached policies and the boundary, judged together.
    Permissions,
    /// Both.
    All,
}

impl Facet {
    /// The word that records and keys use, as it is serialised.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Permissions => "permissions",
            Self::All => "all",
        }
    }

    /// Does a pass over this facet judge the trust policy?
    #[must_use]
    pub fn has_trust(self) -> bool {
        match self {
            Self::Trust | Self::All => true,
            Self::Permissions => false,
        }
    }

    /// Does a pass over this facet judge the permissions?
    #[must_use]
    pub fn has_permissions(self) -> bool {
        match self {
            Self::Permissions | Self::All => true,
            Self::Trust => false,
        }
    }
}
