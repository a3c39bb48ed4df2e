//! What is known of the role's surroundings, and whom one trusts.

use std::collections::BTreeMap;

use crate::{AccountId, Partition};

/// The role's surroundings and the allowed set of callers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustFacts {
    /// The account of the role. Its own principals are always allowed.
    pub account: AccountId,
    /// The partition of the role.
    pub partition: Partition,
    /// The id of the own organization, if known.
    pub org_id: Option<String>,
    /// Whether the members of that organization are allowed.
    pub trust_org: bool,
    /// If present, of the organization only these paths (globs, as in `aws:PrincipalOrgPaths`).
    pub trusted_org_paths: Option<Vec<String>>,
    /// Other accounts that are allowed.
    pub trusted_accounts: Vec<AccountId>,
    /// Services that are allowed whatever their source.
    pub trusted_services: Vec<String>,
    /// Services that are allowed only for a source in an allowed account or organization.
    pub source_bound_services: Vec<String>,
    /// ARNs of the SAML providers that are allowed.
    pub trusted_saml: Vec<String>,
    /// OpenID Connect issuers that are allowed, and the claims that must be bound.
    pub trusted_oidc: Vec<OidcTrust>,
    /// Accounts that are allowed only with an `sts:ExternalId` that the policy writes out.
    pub vendors: Vec<Vendor>,
    /// Networks from which anybody is allowed: address ranges, `vpc-...` or `vpce-...` ids.
    pub trusted_networks: Vec<String>,
    /// Where the document comes from.
    pub document_origin: Origin,
}

impl TrustFacts {
    /// Facts that allow the role's own account and nobody else.
    #[must_use]
    pub const fn new(account: AccountId) -> Self {
        Self {
            account,
            partition: Partition::Aws,
            org_id: None,
            trust_org: false,
            trusted_org_paths: None,
            trusted_accounts: Vec::new(),
            trusted_services: Vec::new(),
            source_bound_services: Vec::new(),
            trusted_saml: Vec::new(),
            trusted_oidc: Vec::new(),
            vendors: Vec::new(),
            trusted_networks: Vec::new(),
            document_origin: Origin::Request,
        }
    }
}

/// An OpenID Connect issuer whose tokens are allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcTrust {
    /// Host and path, without `https://`.
    pub issuer: String,
    /// For each claim that has to be bound, globs it has to stay within. None: the whole issuer.
    pub claims: BTreeMap<String, Vec<String>>,
}

/// An account that is allowed only with an external id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vendor {
    /// The account.
    pub account: AccountId,
}

/// Where a document comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Read from IAM: a bare unique id is a principal that was deleted, for ever.
    Stored,
    /// Sent to IAM: a bare unique id belongs to somebody.
    Request,
}
