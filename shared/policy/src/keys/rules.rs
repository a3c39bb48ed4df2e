//! What AWS documents of the keys of a request, one row a rule. A key of which no row speaks is free: any caller may
//! send it or leave it out, with any text, empty ones and those with stars included. Worlds are narrowed by these rows
//! and by nothing else, and each names the page that it rests on.

use std::fmt;

use super::{claims, service};
use crate::ConditionKey;

/// Who makes a request, as far as the keys of requests differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallerKind {
    /// A user, a role or the root user of some account that assumes a role.
    Principal,
    /// An AWS service that assumes a role.
    Service,
    /// The holder of a web identity token, whose request is not signed.
    WebIdentity,
    /// The holder of a SAML assertion, whose request is not signed.
    Saml,
    /// A role, known by its ARN, that uses its permissions.
    Role,
    /// An identity of the account, nobody knows which, that uses its permissions.
    Identity,
    /// Anybody: two policies are compared over every request there could be.
    Anybody,
}

/// Whether a request carries a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sent {
    /// Every request does.
    Always,
    /// One may, and another may not.
    Sometimes,
    /// None does.
    Never,
}

/// What the value of a key can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// Any text, the empty one too.
    Text,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A date with its time.
    Date,
    /// Seconds since 1970.
    Seconds,
    /// An IP address.
    Address,
    /// Six parts, the first of which is `arn`.
    Arn,
    /// Always this.
    Fixed(&'static str),
    /// The subject of a job of a repository: no `*` or `?` stands in the names of owners, repositories and branches,
    /// while those of environments and workflows may have any.
    SubjectOfRepository,
    /// A user's unique id, a role's with `:` and the session's name, or the account id of a root user.
    UniqueId,
    /// What follows from who calls and what is called.
    Fact(Fact),
}

/// What a value says of the caller, or of the owner of what is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// The account of the caller, as his ARN has it.
    CallersAccount,
    /// The caller's ARN; a session's is its role's.
    CallersArn,
    /// `anonymous`, or an account, but none that is the role's own or trusted: the caller belongs to none.
    OthersAccount,
    /// Any text but the id of the root user of such an account.
    OthersId,
    /// Any text without an account: the caller belongs to none.
    OthersArn,
    /// The id of the organization that the caller's account belongs to.
    CallersOrganization,
    /// The path of the caller's account in its organization, which begins with the organization's id.
    CallersPath,
    /// The name of the service that calls.
    ServicesName,
    /// The account that owns the role or resource.
    OwnersAccount,
    /// The organization of the account that owns the role or resource.
    OwnersOrganization,
}

/// Which keys a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Keys {
    /// This one.
    Named(&'static str),
    /// Those that begin so.
    Under(&'static str),
    /// This claim of the issuer whose token is shown.
    Claim(&'static str),
    /// This claim of this issuer.
    ClaimOf(&'static str, &'static str),
    /// Every claim of any other issuer; of any issuer at all, where no web identity token is shown.
    OtherClaims,
}

/// With which actions a key comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum With {
    /// With any.
    Any,
    /// With these; with others never.
    Only(&'static [&'static str]),
}

/// One thing that AWS documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Of which keys.
    pub keys: Keys,
    /// Of whose requests; nobody named means everybody's.
    pub callers: &'static [CallerKind],
    /// With which actions.
    pub with: With,
    /// Whether it is there.
    pub sent: Sent,
    /// What its value is.
    pub form: Form,
    /// Whether it can have several values.
    pub many: bool,
    /// The page that says so.
    pub page: &'static str,
}

const GLOBAL: &str = "IAM User Guide, AWS global condition context keys";
const STS: &str = "IAM User Guide, IAM and AWS STS condition context keys";
const UNSIGNED: &str = "IAM User Guide, VPC endpoint policies for AWS STS";
const PRINCIPALS: &str = "IAM User Guide, Variables and tags, principal key values";
const ACTIONS: &str = "Service Authorization Reference, AWS Identity and Access Management";
const TOKENS: &str = "IAM User Guide, Create an OpenID Connect identity provider";

const EVERYBODY: &[CallerKind] = &[];
const PRINCIPAL: &[CallerKind] = &[CallerKind::Principal];
const SERVICE: &[CallerKind] = &[CallerKind::Service];
const WEB_IDENTITY: &[CallerKind] = &[CallerKind::WebIdentity];
const UNSIGNED_CALLERS: &[CallerKind] = &[CallerKind::WebIdentity, CallerKind::Saml];
const SERVICE_AND_UNSIGNED: &[CallerKind] = &[CallerKind::Service, CallerKind::WebIdentity, CallerKind::Saml];
const ROLE: &[CallerKind] = &[CallerKind::Role];
const HOLDERS: &[CallerKind] = &[CallerKind::Role, CallerKind::Identity];
const SIGNED_BY_A_PRINCIPAL: &[CallerKind] = &[CallerKind::Principal, CallerKind::Role, CallerKind::Identity];
const NO_SERVICE: &[CallerKind] = &[
    CallerKind::Principal,
    CallerKind::WebIdentity,
    CallerKind::Saml,
    CallerKind::Role,
    CallerKind::Identity,
];
const ASSUMING: &[CallerKind] =
    &[CallerKind::Principal, CallerKind::Service, CallerKind::WebIdentity, CallerKind::Saml];
const SOMEBODY: &[CallerKind] = &[
    CallerKind::Principal,
    CallerKind::Service,
    CallerKind::WebIdentity,
    CallerKind::Saml,
    CallerKind::Role,
    CallerKind::Identity,
];

const WITH_BOUNDARY: &[&str] = &[
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
];
const WITH_POLICY: &[&str] = &[
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
];
const PASS_ROLE: &[&str] = &["iam:PassRole"];

/// Every rule. Of two that speak of the same key and caller the first counts.
#[rustfmt::skip]
pub const RULES: &[Rule] = &[
    // Who calls.
    one("aws:PrincipalAccount", SIGNED_BY_A_PRINCIPAL, Sent::Always, Form::Fact(Fact::CallersAccount), GLOBAL),
    one("aws:PrincipalArn", SIGNED_BY_A_PRINCIPAL, Sent::Always, Form::Fact(Fact::CallersArn), GLOBAL),
    one("aws:PrincipalAccount", SERVICE_AND_UNSIGNED, Sent::Sometimes, Form::Fact(Fact::OthersAccount), GLOBAL),
    one("aws:PrincipalArn", UNSIGNED_CALLERS, Sent::Never, Form::Text, UNSIGNED),
    one("aws:PrincipalArn", SERVICE, Sent::Sometimes, Form::Fact(Fact::OthersArn), GLOBAL),
    one("aws:PrincipalOrgID", SIGNED_BY_A_PRINCIPAL, Sent::Sometimes, Form::Fact(Fact::CallersOrganization), GLOBAL),
    one("aws:PrincipalOrgID", SERVICE_AND_UNSIGNED, Sent::Never, Form::Text, UNSIGNED),
    many("aws:PrincipalOrgPaths", PRINCIPAL, Sent::Sometimes, Form::Fact(Fact::CallersPath), GLOBAL),
    many("aws:PrincipalOrgPaths", SERVICE_AND_UNSIGNED, Sent::Never, Form::Text, UNSIGNED),
    many("aws:PrincipalOrgPaths", EVERYBODY, Sent::Sometimes, Form::Text, GLOBAL),
    one("aws:userid", PRINCIPAL, Sent::Always, Form::UniqueId, PRINCIPALS),
    one("aws:userid", SERVICE_AND_UNSIGNED, Sent::Sometimes, Form::Fact(Fact::OthersId), PRINCIPALS),
    one("aws:username", ROLE, Sent::Never, Form::Text, PRINCIPALS),
    one("aws:PrincipalType", ROLE, Sent::Always, Form::Fixed("AssumedRole"), PRINCIPALS),
    one("aws:PrincipalIsAWSService", SERVICE, Sent::Always, Form::Fixed("true"), GLOBAL),
    one("aws:PrincipalIsAWSService", SIGNED_BY_A_PRINCIPAL, Sent::Always, Form::Fixed("false"), GLOBAL),
    one("aws:PrincipalIsAWSService", UNSIGNED_CALLERS, Sent::Never, Form::Boolean, UNSIGNED),
    one("aws:PrincipalIsAWSService", EVERYBODY, Sent::Sometimes, Form::Boolean, GLOBAL),
    one("aws:PrincipalServiceName", SERVICE, Sent::Always, Form::Fact(Fact::ServicesName), GLOBAL),
    one("aws:PrincipalServiceName", NO_SERVICE, Sent::Never, Form::Text, GLOBAL),
    many("aws:PrincipalServiceNamesList", NO_SERVICE, Sent::Never, Form::Text, GLOBAL),
    many("aws:PrincipalServiceNamesList", EVERYBODY, Sent::Sometimes, Form::Text, GLOBAL),
    // For what a service calls.
    one("aws:SourceAccount", NO_SERVICE, Sent::Never, Form::Text, GLOBAL),
    one("aws:SourceArn", NO_SERVICE, Sent::Never, Form::Text, GLOBAL),
    one("aws:SourceArn", SERVICE, Sent::Sometimes, Form::Arn, GLOBAL),
    one("aws:SourceOrgID", NO_SERVICE, Sent::Never, Form::Text, GLOBAL),
    many("aws:SourceOrgPaths", NO_SERVICE, Sent::Never, Form::Text, GLOBAL),
    many("aws:SourceOrgPaths", EVERYBODY, Sent::Sometimes, Form::Text, GLOBAL),
    // What is called.
    one("aws:ResourceAccount", ASSUMING, Sent::Always, Form::Fact(Fact::OwnersAccount), GLOBAL),
    one("aws:ResourceOrgID", ASSUMING, Sent::Sometimes, Form::Fact(Fact::OwnersOrganization), GLOBAL),
    one("aws:ResourceAccount", HOLDERS, Sent::Always, Form::Fact(Fact::OwnersAccount), GLOBAL),
    one("aws:ResourceOrgID", HOLDERS, Sent::Sometimes, Form::Fact(Fact::OwnersOrganization), GLOBAL),
    many("aws:ResourceOrgPaths", EVERYBODY, Sent::Sometimes, Form::Text, GLOBAL),
    // How and when.
    one("aws:CurrentTime", SOMEBODY, Sent::Always, Form::Date, GLOBAL),
    one("aws:CurrentTime", EVERYBODY, Sent::Sometimes, Form::Date, GLOBAL),
    one("aws:EpochTime", SOMEBODY, Sent::Always, Form::Seconds, GLOBAL),
    one("aws:EpochTime", EVERYBODY, Sent::Sometimes, Form::Seconds, GLOBAL),
    one("aws:TokenIssueTime", EVERYBODY, Sent::Sometimes, Form::Date, GLOBAL),
    one("aws:MultiFactorAuthAge", EVERYBODY, Sent::Sometimes, Form::Number, GLOBAL),
    one("aws:MultiFactorAuthPresent", EVERYBODY, Sent::Sometimes, Form::Boolean, GLOBAL),
    one("aws:SecureTransport", SOMEBODY, Sent::Always, Form::Boolean, GLOBAL),
    one("aws:SecureTransport", EVERYBODY, Sent::Sometimes, Form::Boolean, GLOBAL),
    one("aws:SourceIp", EVERYBODY, Sent::Sometimes, Form::Address, GLOBAL),
    one("aws:VpcSourceIp", EVERYBODY, Sent::Sometimes, Form::Address, GLOBAL),
    one("aws:ViaAWSService", EVERYBODY, Sent::Sometimes, Form::Boolean, GLOBAL),
    many("aws:CalledVia", EVERYBODY, Sent::Sometimes, Form::Text, GLOBAL),
    many("aws:TagKeys", EVERYBODY, Sent::Sometimes, Form::Text, GLOBAL),
    many("aws:VpceOrgPaths", EVERYBODY, Sent::Sometimes, Form::Text, GLOBAL),
    // What tokens say.
    subject("token.actions.githubusercontent.com", "GitHub Docs, OpenID Connect reference; git-check-ref-format"),
    subject("gitlab.com", "GitLab Docs, OpenID Connect in AWS; git-check-ref-format"),
    claim("sub", Sent::Always, false),
    claim("aud", Sent::Always, false),
    claim("amr", Sent::Sometimes, true),
    Rule { keys: Keys::OtherClaims, callers: SERVICE_AND_UNSIGNED, with: With::Any, sent: Sent::Never, form: Form::Text, many: false, page: STS },
    Rule { keys: Keys::Under("saml:"), callers: WEB_IDENTITY, with: With::Any, sent: Sent::Never, form: Form::Text, many: false, page: STS },
    Rule { keys: Keys::Under("saml:"), callers: SERVICE, with: With::Any, sent: Sent::Never, form: Form::Text, many: false, page: STS },
    // What calls of IAM say.
    of_iam("iam:PermissionsBoundary", WITH_BOUNDARY, Sent::Sometimes),
    of_iam("iam:PolicyARN", WITH_POLICY, Sent::Always),
    of_iam("iam:PassedToService", PASS_ROLE, Sent::Always),
    of_iam("iam:AssociatedResourceArn", PASS_ROLE, Sent::Sometimes),
];

const fn one(
    key: &'static str,
    callers: &'static [CallerKind],
    sent: Sent,
    form: Form,
    page: &'static str,
) -> Rule {
    Rule { keys: Keys::Named(key), callers, with: With::Any, sent, form, many: false, page }
}

const fn many(
    key: &'static str,
    callers: &'static [CallerKind],
    sent: Sent,
    form: Form,
    page: &'static str,
) -> Rule {
    Rule { many: true, ..one(key, callers, sent, form, page) }
}

const fn claim(claim: &'static str, sent: Sent, many: bool) -> Rule {
    let callers = WEB_IDENTITY;
    let page = if many { STS } else { TOKENS };
    Rule { keys: Keys::Claim(claim), callers, with: With::Any, sent, form: Form::Text, many, page }
}

const fn subject(issuer: &'static str, page: &'static str) -> Rule {
    let keys = Keys::ClaimOf(issuer, "sub");
    Rule { keys, form: Form::SubjectOfRepository, page, ..claim("sub", Sent::Always, false) }
}

const fn of_iam(key: &'static str, actions: &'static [&'static str], sent: Sent) -> Rule {
    Rule { with: With::Only(actions), ..one(key, HOLDERS, sent, Form::Text, ACTIONS) }
}

impl Rule {
    fn is_of(&self, caller: CallerKind) -> bool {
        self.callers.is_empty() || self.callers.contains(&caller)
    }

    fn names(&self, key: &ConditionKey) -> bool {
        match self.keys {
            Keys::Named(name) => key.is(name),
            Keys::Under(start) => {
                key.as_str().get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start))
            }
            Keys::Claim(_) | Keys::ClaimOf(..) | Keys::OtherClaims => false,
        }
    }
}

#[cfg(not(test))]
fn rules() -> impl Iterator<Item = Rule> {
    RULES.iter().copied()
}

/// In tests one rule may be another one, so that it is seen whether anybody notices.
#[cfg(test)]
fn rules() -> impl Iterator<Item = Rule> {
    let altered = ALTERED.get();
    RULES.iter().copied().enumerate().filter_map(move |(at, rule)| match altered {
        Some((number, other)) if number == at => other,
        Some(_) | None => Some(rule),
    })
}

#[cfg(test)]
thread_local! {
    /// The number of a rule, and what stands in its place, if anything does.
    pub(crate) static ALTERED: std::cell::Cell<Option<(usize, Option<Rule>)>> = const { std::cell::Cell::new(None) };
}

/// What is documented of a key that is no claim of a token.
pub(crate) fn of(key: &ConditionKey, caller: CallerKind) -> Option<Rule> {
    if claims::is_claim(key) {
        return rules().find(|rule| rule.keys == Keys::OtherClaims && rule.is_of(caller));
    }
    if !is_ruled(key) {
        return None;
    }
    rules().find(|rule| rule.names(key) && rule.is_of(caller))
}

/// Whether some rule may name the key: all of these speak of keys that begin so.
fn is_ruled(key: &ConditionKey) -> bool {
    let starts =
        |start: &&str| key.as_str().get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    ["aws:", "iam:", "saml:"].iter().any(starts)
}

/// What is documented of a claim of the issuer whose token is shown.
pub(crate) fn of_claim(issuer: &str, claim: &str) -> Option<Rule> {
    rules().find(|rule| match rule.keys {
        Keys::ClaimOf(own, name) => claims::same_issuer(own, issuer) && name.eq_ignore_ascii_case(claim),
        Keys::Claim(name) => name.eq_ignore_ascii_case(claim),
        Keys::Named(_) | Keys::Under(_) | Keys::OtherClaims => false,
    })
}

/// Whether requests for this action carry the key.
pub(crate) fn comes_with(key: &str, action: &str) -> bool {
    let rule = rules().find(|rule| matches!(rule.keys, Keys::Named(name) if name == key));
    rule.is_none_or(|rule| match rule.with {
        With::Any => true,
        With::Only(actions) => actions.contains(&action),
    })
}

/// What is documented of a key, in one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Documented {
    pub(crate) sent: Sent,
    pub(crate) form: Form,
    /// Whether it can have several values; nothing if that is not known.
    pub(crate) several: Option<bool>,
}

/// What is documented of the key for this kind of caller; what is not, is open.
pub(crate) fn documented(key: &ConditionKey, caller: CallerKind) -> Documented {
    match of(key, caller) {
        Some(rule) => {
            let several = if matches!(rule.keys, Keys::Named(_)) { Some(rule.many) } else { several(key) };
            Documented { sent: rule.sent, form: rule.form, several }
        }
        None => {
            let form = match service::documented(key) {
                Some(service::Documented::One(form)) => form,
                Some(service::Documented::List) | None => Form::Text,
            };
            Documented { sent: Sent::Sometimes, form, several: several(key) }
        }
    }
}

/// Whether the key can have several values; nothing if that is not known.
pub(crate) fn several(key: &ConditionKey) -> Option<bool> {
    if claims::is_claim(key) {
        let claim = key.as_str().rsplit(':').next().unwrap_or_default();
        return Some(of_claim("", claim).is_some_and(|rule| rule.many));
    }
    let named = |rule: &Rule| rule.names(key) && matches!(rule.keys, Keys::Named(_));
    if is_ruled(key)
        && let Some(rule) = rules().find(named)
    {
        return Some(rule.many);
    }
    match service::documented(key) {
        Some(service::Documented::List) => Some(true),
        Some(service::Documented::One(_)) => Some(false),
        None => ["aws", "sts", "iam"]
            .iter()
            .any(|known| key.as_str().split(':').next().is_some_and(|own| own.eq_ignore_ascii_case(known)))
            .then_some(false),
    }
}

impl fmt::Display for CallerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Principal => "a principal of an account that assumes a role",
            Self::Service => "a service that assumes a role",
            Self::WebIdentity => "the holder of a web identity token",
            Self::Saml => "the holder of a SAML assertion",
            Self::Role => "a role that uses its permissions",
            Self::Identity => "an identity that uses its permissions",
            Self::Anybody => "anybody",
        })
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Always => "always",
            Self::Sometimes => "sometimes",
            Self::Never => "never",
        })
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "any text",
            Self::Boolean => "`true` or `false`",
            Self::Number => "a number",
            Self::Date => "a date",
            Self::Seconds => "seconds since 1970",
            Self::Address => "an IP address",
            Self::Arn => "an ARN",
            Self::Fixed(text) => return write!(f, "`{text}`"),
            Self::SubjectOfRepository => {
                "a text with `*` and `?` in the names of environments and workflows only"
            }
            Self::UniqueId => "the caller's unique id, of a session with its name",
            Self::Fact(fact) => return fact.fmt(f),
        })
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CallersAccount => "the caller's account",
            Self::CallersArn => "the caller's ARN, of a session its role's",
            Self::OthersAccount => "`anonymous`, or an account that is not one's own",
            Self::OthersId => "any text but the id of a root user of one's own",
            Self::OthersArn => "any text without an account",
            Self::CallersOrganization => "the organization of the caller's account",
            Self::CallersPath => "the path of the caller's account in its organization",
            Self::ServicesName => "the service's name",
            Self::OwnersAccount => "the account that owns the role or resource",
            Self::OwnersOrganization => "the organization of that account",
        })
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(key) => write!(f, "`{key}`"),
            Self::Under(start) => write!(f, "`{start}...`"),
            Self::Claim(claim) => write!(f, "`{claim}` of the token's issuer"),
            Self::ClaimOf(issuer, claim) => write!(f, "`{issuer}:{claim}`"),
            Self::OtherClaims => f.write_str("claims of other issuers"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CallerKind, Form, Keys, RULES, Sent, comes_with, documented, is_ruled, of, several};
    use crate::ConditionKey;

    fn sent(key: &str, caller: CallerKind) -> Option<Sent> {
        of(&ConditionKey::new(key), caller).map(|rule| rule.sent)
    }

    #[test]
    fn no_rule_is_hidden_by_an_earlier_one() {
        for (at, rule) in RULES.iter().enumerate() {
            assert!(!rule.page.is_empty());
            let earlier = RULES.iter().take(at).filter(|earlier| earlier.keys == rule.keys);
            for earlier in earlier {
                assert!(!earlier.callers.is_empty(), "{rule:?} is never read");
                assert!(
                    rule.callers.iter().all(|caller| !earlier.is_of(*caller)),
                    "{rule:?} beside {earlier:?}"
                );
            }
            if let Keys::Named(name) | Keys::Under(name) = rule.keys {
                assert!(is_ruled(&ConditionKey::new(name)), "{name} is never looked for");
            }
            let Keys::Named(name) = rule.keys else { continue };
            assert_eq!(
                several(&ConditionKey::new(name)),
                Some(rule.many),
                "{name} is of one kind for everybody"
            );
        }
    }

    #[test]
    fn what_no_page_speaks_of_is_free() {
        for key in ["aws:PrincipalTag/a.b:c", "aws:RequestTag/x", "foo:bar", "aws:Unheard", "sts:ExternalId"]
        {
            assert_eq!(sent(key, CallerKind::Principal), None, "{key}");
        }
        assert_eq!(sent("aws:PrincipalAccount", CallerKind::WebIdentity), Some(Sent::Sometimes));
        assert_eq!(sent("saml:sub", CallerKind::Principal), None);
        assert_eq!(sent("cognito-identity.amazonaws.com:aud", CallerKind::Principal), None);
    }

    #[test]
    fn what_a_page_speaks_of_is_as_it_says() {
        assert_eq!(sent("AWS:sourceaccount", CallerKind::Principal), Some(Sent::Never));
        assert_eq!(sent("aws:SourceAccount", CallerKind::Service), None);
        assert_eq!(sent("token.example:sub", CallerKind::Saml), Some(Sent::Never));
        assert_eq!(sent("saml:sub", CallerKind::WebIdentity), Some(Sent::Never));
        let form = |key: &str| documented(&ConditionKey::new(key), CallerKind::Role).form;
        assert_eq!((form("aws:sourceip"), form("ec2:Encrypted")), (Form::Address, Form::Boolean));
        assert_eq!(several(&ConditionKey::new("sts:RequestContextProviders")), Some(true));
        assert_eq!(several(&ConditionKey::new("x.example:AMR")), Some(true));
        assert_eq!(several(&ConditionKey::new("s3:prefix")), None);
        assert!(comes_with("iam:PassedToService", "iam:PassRole"));
        assert!(!comes_with("iam:PassedToService", "ec2:RunInstances"));
    }
}
