//! The surroundings in which policies are judged, and who of them is allowed: judged here from the
//! facts alone, without the solver's boxes.

use rescind_policy::{
    AccountId, Arn, Caller, ConditionKey, Context, Document, Element, Glob, Network, Partition, Principal,
    Request,
    analyse::{
        assume::{OidcTrust, Origin, Reach, TrustFacts, Vendor},
        grants::GrantFacts,
    },
};

use crate::dice::Dice;

pub(crate) const OWN: &str = "111122223333";
pub(crate) const TRUSTED: &str = "444455556666";
pub(crate) const VENDOR: &str = "777766665555";
pub(crate) const NAMED: &str = "999988887777";
pub(crate) const UNNAMED: &str = "888877776666";
pub(crate) const ORG: &str = "o-exampleorg1";
pub(crate) const SELF: &str = "arn:aws:iam::111122223333:role/service/app";
pub(crate) const GITHUB: &str = "token.actions.githubusercontent.com";

pub(crate) fn account(text: &str) -> AccountId {
    AccountId::parse(text).unwrap()
}

/// Surroundings drawn at random: more and less is trusted.
pub(crate) fn trust_facts(dice: &mut Dice<'_>) -> TrustFacts {
    let mut facts = TrustFacts::new(account(OWN));
    if dice.chance(85) {
        facts.org_id = Some(ORG.to_owned());
        facts.trust_org = dice.chance(60);
        if dice.chance(10) {
            facts.trusted_org_paths = Some(vec![format!("{ORG}/r-ab12/ou-ab12-11111111/*")]);
        }
    }
    if dice.chance(80) {
        facts.trusted_accounts = vec![account(TRUSTED)];
    }
    facts.trusted_services = vec!["lambda.amazonaws.com".to_owned()];
    facts.source_bound_services = vec!["scheduler.amazonaws.com".to_owned()];
    if dice.chance(50) {
        facts.trusted_saml = vec![format!("arn:aws:iam::{OWN}:saml-provider/Corp")];
    }
    if dice.chance(80) {
        let claim = |claim: &str, globs: &[&str]| {
            (claim.to_owned(), globs.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>())
        };
        facts.trusted_oidc = vec![
            OidcTrust { issuer: GITHUB.to_owned(), claims: [claim("sub", &["repo:example-org/*"])].into() },
            OidcTrust { issuer: "idp.example/acme".to_owned(), claims: [].into() },
            OidcTrust {
                issuer: "cognito-identity.amazonaws.com".to_owned(),
                claims: [claim("aud", &["eu-west-1:pool"]), claim("amr", &["authenticated"])].into(),
            },
        ];
    }
    if dice.chance(15) {
        facts.vendors = vec![Vendor { account: account(VENDOR) }];
    }
    if dice.chance(10) {
        facts.trusted_networks =
            vec!["203.0.113.0/24".to_owned(), "vpce-0a1b".to_owned(), "vpc-9".to_owned()];
    }
    facts.document_origin = if dice.chance(50) { Origin::Stored } else { Origin::Request };
    facts
}

/// The same surroundings in another partition.
pub(crate) fn moved(mut facts: TrustFacts) -> TrustFacts {
    facts.partition = Partition::China;
    for provider in &mut facts.trusted_saml {
        *provider = provider.replace("arn:aws:", "arn:aws-cn:");
    }
    facts
}

pub(crate) fn grant_facts(dice: &mut Dice<'_>) -> GrantFacts {
    let mut facts = GrantFacts::new(account(OWN));
    facts.self_arn = dice.chance(75).then(|| SELF.to_owned());
    facts.org_id = dice.chance(75).then(|| ORG.to_owned());
    facts
}

/// The one value of a key, if it has one.
pub(crate) fn value<'a>(context: &'a Context, key: &str) -> Option<&'a str> {
    match context.get(&ConditionKey::new(key)) {
        Some([one]) => Some(one),
        Some(_) | None => None,
    }
}

pub(crate) fn values<'a>(context: &'a Context, key: &str) -> Vec<&'a str> {
    context.get(&ConditionKey::new(key)).unwrap_or_default().iter().map(|value| &**value).collect()
}

/// Whether the caller stands in the allowed set, in these circumstances.
pub(crate) fn is_allowed(request: &Request, facts: &TrustFacts, documents: &[&Document]) -> bool {
    if from_a_trusted_network(&request.context, facts) {
        return true;
    }
    let Caller::Known(principal) = &request.principal else { return false };
    match principal {
        Principal::Service(name) => is_allowed_service(name, &request.context, facts, documents),
        Principal::Oidc { provider, issuer } => {
            let own = provider.as_ref().is_none_or(|(p, a)| (p, a) == (&facts.partition, &facts.account));
            own && facts.trusted_oidc.iter().any(|trust| binds(trust, issuer, &request.context))
        }
        Principal::Saml { .. } => facts.trusted_saml.contains(&principal.to_string()),
        Principal::Account { .. }
        | Principal::Role { .. }
        | Principal::User { .. }
        | Principal::Session { .. }
        | Principal::FederatedUser { .. } => is_allowed_account(principal, request, facts, documents),
        Principal::Anyone(_)
        | Principal::Canonical(_)
        | Principal::UniqueId(_)
        | Principal::Unrecognised(_) => false,
    }
}

/// The narrowest reach that a policy has that admits the caller.
pub(crate) fn reach(request: &Request, facts: &TrustFacts, trust: &Document) -> Reach {
    let Caller::Known(principal) = &request.principal else { return Reach::Public };
    let Some(account) = principal.account().filter(|_| principal.is_in_account()) else {
        return match principal {
            Principal::Service(_) => Reach::Service,
            _ => Reach::Federated,
        };
    };
    let own = principal.partition().is_none_or(|partition| *partition == facts.partition);
    let of_the_organization = own && facts.org_id.as_deref() == value(&request.context, "aws:PrincipalOrgID");
    let organization = value(&request.context, "aws:PrincipalOrgID");
    let id = value(&request.context, "aws:userid").and_then(|id| id.split(':').next());
    let is_named = [Some(account.to_string().as_str()), organization, id]
        .into_iter()
        .flatten()
        .any(|name| trust.text.contains(name));
    if own && account == facts.account {
        Reach::SameAccount
    } else if own && facts.trusted_accounts.contains(&account) {
        Reach::TrustedAccount
    } else if facts.org_id.is_some() && of_the_organization {
        Reach::Organization
    } else if facts.vendors.iter().any(|vendor| vendor.account == account) {
        Reach::TrustedAccount
    } else if is_named || !own {
        Reach::ExternalAccount
    } else {
        Reach::Public
    }
}

fn is_allowed_account(
    principal: &Principal,
    request: &Request,
    facts: &TrustFacts,
    documents: &[&Document],
) -> bool {
    let (Some(account), true) =
        (principal.account(), principal.partition().unwrap_or(&facts.partition) == &facts.partition)
    else {
        return false;
    };
    if account == facts.account || facts.trusted_accounts.contains(&account) {
        return true;
    }
    let member =
        facts.org_id.as_deref().is_some_and(|id| value(&request.context, "aws:PrincipalOrgID") == Some(id));
    let paths = values(&request.context, "aws:PrincipalOrgPaths");
    let on_a_path = |globs: &Vec<String>| {
        globs.iter().any(|glob| paths.iter().any(|path| Glob::new(glob.as_str()).matches(path)))
    };
    if facts.trust_org && member && facts.trusted_org_paths.as_ref().is_none_or(on_a_path) {
        return true;
    }
    // A vendor counts with an external id that the policy writes out.
    let written = |id: &str| {
        let conditions = documents.iter().flat_map(|d| &d.statements).flat_map(|s| &s.conditions);
        conditions.filter(|c| c.key.is("sts:ExternalId")).flat_map(|c| &c.values).any(|v| &*v.text == id)
    };
    facts.vendors.iter().any(|vendor| vendor.account == account)
        && value(&request.context, "sts:ExternalId").is_some_and(written)
}

/// A service that is named and not listed is nobody's; one that only `"*"` lets in could not be listed, and is
/// allowed as far as it acts for an allowed source.
fn is_allowed_service(name: &str, context: &Context, facts: &TrustFacts, documents: &[&Document]) -> bool {
    let listed = |list: &[String]| list.iter().any(|one| one.eq_ignore_ascii_case(name));
    if listed(&facts.trusted_services) {
        return true;
    }
    let entries = documents.iter().flat_map(|d| &d.statements).filter_map(|s| s.principal.as_ref());
    let is_named = entries.flat_map(Element::entries).any(|entry| entry.text.eq_ignore_ascii_case(name));
    if is_named && !listed(&facts.source_bound_services) {
        return false;
    }
    let own = |id: AccountId| id == facts.account || facts.trusted_accounts.contains(&id);
    let by_account = value(context, "aws:SourceAccount").and_then(AccountId::parse);
    let by_arn = value(context, "aws:SourceArn").and_then(|arn| Arn::parse(arn)?.account_id());
    if by_account.is_some_and(own) || by_arn.is_some_and(own) {
        return true;
    }
    let Some(id) = facts.org_id.as_deref().filter(|_| facts.trust_org) else { return false };
    let paths = values(context, "aws:SourceOrgPaths");
    match &facts.trusted_org_paths {
        Some(globs) => {
            globs.iter().any(|glob| paths.iter().any(|path| Glob::new(glob.as_str()).matches(path)))
        }
        None => {
            value(context, "aws:SourceOrgID") == Some(id)
                || paths.iter().any(|path| path.strip_prefix(id).is_some_and(|rest| rest.starts_with('/')))
        }
    }
}

/// Whether the token is one of the allowed: of this issuer, every claim within its globs. A host has no letter
/// case, a path has.
fn binds(trust: &OidcTrust, issuer: &str, context: &Context) -> bool {
    let parts = |text: &str| {
        let (host, path) = text.split_once('/').unwrap_or((text, ""));
        (host.to_ascii_lowercase(), path.to_owned())
    };
    parts(&trust.issuer) == parts(issuer)
        && trust.claims.iter().all(|(claim, globs)| {
            let have = values(context, &format!("{issuer}:{claim}"));
            globs.iter().any(|glob| have.iter().any(|value| Glob::new(glob.as_str()).matches(value)))
        })
}

fn from_a_trusted_network(context: &Context, facts: &TrustFacts) -> bool {
    facts.trusted_networks.iter().any(|network| match Network::parse(network) {
        Some(range) => value(context, "aws:SourceIp")
            .and_then(|address| address.parse().ok())
            .is_some_and(|address| range.contains(address)),
        None => {
            let key = if network.starts_with("vpce-") { "aws:SourceVpce" } else { "aws:SourceVpc" };
            value(context, key) == Some(network)
        }
    })
}
