//! What the rules say, as facts for the analysis.

use policy::analyse::assume::{OidcTrust, Origin, TrustFacts, Vendor};
use policy::analyse::grants::GrantFacts;
use policy::{AccountId, Partition};

use crate::names::RoleArn;
use crate::rules::Rules;

impl Rules {
    /// The rules as facts for the analysis of a trust policy; `None` if the account or the partition is none
    /// that AWS has. Without a role, only vendors that may assume every role are admitted.
    #[must_use]
    pub fn trust_facts(&self, role: Option<&RoleArn>, origin: Origin) -> Option<TrustFacts> {
        trust_facts(self, role, origin)
    }

    /// Whether some vendor may assume certain roles only, so that the answer depends on the role's name.
    #[must_use]
    pub fn binds_vendors_to_roles(&self) -> bool {
        self.restrict.vendors.iter().any(|vendor| vendor.roles.is_some())
    }

    /// The rules as facts for the analysis of what a role may do; `None` as above.
    #[must_use]
    pub fn grant_facts(&self, role: Option<&RoleArn>) -> Option<GrantFacts> {
        let mut facts = GrantFacts::new(AccountId::parse(self.account.id.as_str())?);
        facts.partition = Partition::parse(&self.account.partition)?;
        facts.self_arn = role.map(ToString::to_string);
        facts.org_id = self.organization.as_ref().map(|organization| organization.id.clone());
        facts.safe_boundaries = self.lock_down.safe_boundaries.iter().map(ToString::to_string).collect();
        facts.safe_policies = self.lock_down.safe_policies.iter().map(ToString::to_string).collect();
        Some(facts)
    }
}

pub(crate) fn trust_facts(rules: &Rules, role: Option<&RoleArn>, origin: Origin) -> Option<TrustFacts> {
    let account = AccountId::parse(role.map_or(rules.account.id.as_str(), RoleArn::account))?;
    let partition = role.map_or(rules.account.partition.as_str(), RoleArn::partition);
    let restrict = &rules.restrict;
    let mut facts = TrustFacts::new(account);
    facts.partition = Partition::parse(partition)?;
    if let Some(organization) = &rules.organization {
        facts.org_id = Some(organization.id.clone());
        facts.trust_org = organization.trusted;
        facts.trusted_org_paths = (!organization.paths.is_empty()).then(|| organization.paths.clone());
    }
    facts.trusted_accounts =
        restrict.trusted_accounts.iter().filter_map(|id| AccountId::parse(id.as_str())).collect();
    facts.trusted_services.clone_from(&restrict.trusted_services);
    facts.source_bound_services.clone_from(&restrict.source_bound_services);
    facts.trusted_saml.clone_from(&restrict.trusted_saml_providers);
    facts.trusted_oidc = restrict
        .trusted_oidc_providers
        .iter()
        .map(|oidc| OidcTrust { issuer: oidc.issuer.clone(), claims: oidc.claims.clone() })
        .collect();
    facts.vendors = vendors(rules, role);
    facts.trusted_networks =
        restrict.trusted_networks.iter().map(|network| network.as_str().to_owned()).collect();
    facts.document_origin = origin;
    Some(facts)
}

/// The vendors that may assume this role, with an external id.
fn vendors(rules: &Rules, role: Option<&RoleArn>) -> Vec<Vendor> {
    rules
        .restrict
        .vendors
        .iter()
        .filter(|vendor| role.map_or(vendor.roles.is_none(), |role| vendor.is_for(role.name())))
        .filter_map(|vendor| Some(Vendor { account: AccountId::parse(vendor.account.as_str())? }))
        .collect()
}
