//! Requests that nobody can send, by the word of a page of AWS. Whatever no row names is possible.
//!
//! This table is the judge's own: it shares nothing with the worlds of the solver, so that both would have to be
//! wrong for a fault to stay hidden.

use rescind_policy::{AccountId, Caller, Instant, Partition, Principal, Request};

use crate::{
    facts::{value, values},
    keys::{self, Type},
};

/// Who asks for what, and what is known of the surroundings.
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request,
    /// The own account, its partition, and its organization if that is known.
    pub(crate) own: AccountId,
    pub(crate) partition: &'a Partition,
    pub(crate) org_id: Option<&'a str>,
    /// Whether a role is assumed: then the resource is of the own account.
    pub(crate) assumes: bool,
    /// Whom the documents name.
    pub(crate) named: &'a [&'a Principal],
    /// Whether the documents were stored: then unique ids in them are of entities that are gone.
    pub(crate) stored: bool,
}

/// A fact that makes some requests impossible.
pub(crate) struct Row {
    /// The page that says so, without `https://docs.aws.amazon.com/` if it is one of AWS.
    pub(crate) page: &'static str,
    pub(crate) fact: &'static str,
    breaks: fn(&Asked<'_>) -> bool,
}

const GLOBAL_KEYS: &str = "IAM/latest/UserGuide/reference_policies_condition-keys.html";
const VARIABLES: &str = "IAM/latest/UserGuide/reference_policies_variables.html";
const STS_KEYS: &str = "IAM/latest/UserGuide/reference_policies_iam-condition-keys.html";
const STS_ENDPOINTS: &str = "IAM/latest/UserGuide/reference_sts_vpc_endpoint_policies.html";

/// Why nobody can send the request.
pub(crate) fn why(asked: &Asked<'_>) -> Option<&'static Row> {
    ROWS.iter().find(|row| (row.breaks)(asked))
}

const ROWS: &[Row] = &[
    Row { page: GLOBAL_KEYS, fact: "a key has values of its type", breaks: mistyped },
    Row {
        page: "IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html",
        fact: "a single-valued key has one value",
        breaks: |asked| context(asked).any(|(key, values)| values.len() != 1 && keys::is_single_valued(key)),
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "the time is always sent, in both forms, and never lies in the past",
        breaks: |asked| {
            let instant = |key| get(asked, key).and_then(Instant::parse);
            let now = instant("aws:CurrentTime");
            now.is_none() || now != instant("aws:EpochTime") || now < Instant::parse("2026-12-01")
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "credentials were issued before they are used",
        breaks: |asked| {
            let instant = |key| get(asked, key).and_then(Instant::parse);
            instant("aws:TokenIssueTime") > instant("aws:CurrentTime")
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "the region, the agent, the transport are always there",
        breaks: |asked| {
            ["aws:RequestedRegion", "aws:SecureTransport"].iter().any(|key| get(asked, key).is_none())
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "the address is that of the requester or, through an endpoint, missing",
        breaks: |asked| {
            let through = ["aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"]
                .iter()
                .any(|key| get(asked, key).is_some());
            through && get(asked, "aws:SourceIp").is_some()
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "the resource of an assumed role is the role: its account and organization are the own",
        breaks: |asked| {
            let organization = get(asked, "aws:ResourceOrgID");
            asked.assumes
                && (get(asked, "aws:ResourceAccount") != Some(asked.own.to_string().as_str())
                    || asked.org_id.is_some_and(|id| organization != Some(id)))
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "paths of an organization begin with its id, and an account has one of them",
        breaks: |asked| {
            let pairs = [
                ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths"),
                ("aws:SourceOrgID", "aws:SourceOrgPaths"),
                ("aws:ResourceOrgID", "aws:ResourceOrgPaths"),
            ];
            pairs.iter().any(|(id, paths)| {
                let paths = values(&asked.request.context, paths);
                paths.len() > 1
                    || paths.iter().any(|path| !is_org_path(path) || path.split('/').next() != get(asked, id))
            })
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "a member of an organization sends both its id and its path, nobody else one of them",
        breaks: |asked| {
            get(asked, "aws:PrincipalOrgID").is_some()
                == values(&asked.request.context, "aws:PrincipalOrgPaths").is_empty()
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "an account is in one organization: the own one in the own",
        breaks: |asked| {
            let pairs = [
                (get(asked, "aws:PrincipalAccount"), "aws:PrincipalOrgID"),
                (get(asked, "aws:SourceAccount"), "aws:SourceOrgID"),
                (get(asked, "aws:ResourceAccount"), "aws:ResourceOrgID"),
            ];
            let own = asked.own.to_string();
            let strange = |account: &Option<&str>, key| {
                *account == Some(own.as_str())
                    && asked.org_id.is_some_and(|id| get(asked, key).is_some_and(|other| other != id))
            };
            pairs.iter().any(|(account, key)| strange(account, key))
        },
    },
    Row {
        page: "IAM/latest/UserGuide/reference_policies_elements_action.html",
        fact: "an action is a service and a name",
        breaks: |asked| {
            let plain = |text: &str, more: &str| {
                !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
            };
            !asked
                .request
                .action
                .split_once(':')
                .is_some_and(|(service, name)| plain(service, "-") && plain(name, ""))
        },
    },
    // Principals of accounts.
    Row {
        page: GLOBAL_KEYS,
        fact: "a principal of an account sends its account and its ARN, for a session that of the role",
        breaks: |asked| {
            principal(asked).is_some_and(|principal| {
                let account = principal.account().map(|account| account.to_string());
                get(asked, "aws:PrincipalAccount") != account.as_deref()
                    || !is_its_arn(principal, get(asked, "aws:PrincipalArn"))
            })
        },
    },
    Row {
        page: "IAM/latest/UserGuide/id_roles_providers_outbound_cross_partition.html",
        fact: "a role is not assumed across partitions",
        breaks: |asked| {
            principal(asked)
                .and_then(Principal::partition)
                .is_some_and(|partition| partition != asked.partition)
        },
    },
    Row {
        page: "IAM/latest/UserGuide/reference_iam-quotas.html",
        fact: "a role's name is unique in its account, so a named role has the path it is named with",
        breaks: |asked| {
            let arn = get(asked, "aws:PrincipalArn").and_then(Principal::from_arn);
            let Some(Principal::Role { partition, account, path, name }) = &arn else { return false };
            asked.named.iter().any(|named| match named {
                Principal::Role { partition: p, account: a, path: other, name: n } => {
                    (p, a, n) == (partition, account, name) && other != path
                }
                _ => false,
            })
        },
    },
    Row {
        page: "STS/latest/APIReference/API_GetFederationToken.html",
        fact: "a federated user calls nothing of STS but GetCallerIdentity, and nothing of IAM",
        breaks: |asked| asked.assumes && matches!(principal(asked), Some(Principal::FederatedUser { .. })),
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "a principal of the own account is in the own organization",
        breaks: |asked| {
            principal(asked).is_some_and(|principal| {
                principal.account() == Some(asked.own)
                    && asked.org_id.is_some_and(|id| get(asked, "aws:PrincipalOrgID") != Some(id))
            })
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "a signed request of a principal of an account says that it is no service",
        breaks: |asked| {
            principal(asked).is_some()
                && (get(asked, "aws:PrincipalIsAWSService") != Some("false")
                    || has(asked, "aws:PrincipalServiceName")
                    || has(asked, "aws:PrincipalServiceNamesList"))
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "the source keys are there only in calls made directly by a service principal",
        breaks: |asked| !is_service(asked) && SOURCE_KEYS.iter().any(|key| has(asked, key)),
    },
    Row {
        page: VARIABLES,
        fact: "the table of principals: user names of users only, ids and types by the kind of principal",
        breaks: |asked| principal(asked).is_some_and(|principal| !is_in_the_table(asked, principal)),
    },
    Row {
        page: "IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids",
        fact: "the id of a deleted entity is never used again",
        breaks: |asked| {
            let id = get(asked, "aws:userid").and_then(|id| id.split(':').next());
            let is_it =
                |named: &&Principal| matches!(named, Principal::UniqueId(gone) if id == Some(&**gone));
            asked.stored && asked.named.iter().any(is_it)
        },
    },
    Row {
        page: STS_KEYS,
        fact: "keys of federation come with sessions of a role, not with users and root users",
        breaks: |asked| {
            matches!(
                principal(asked),
                Some(Principal::Account { .. } | Principal::User { .. } | Principal::FederatedUser { .. })
            ) && context(asked).any(|(key, _)| keys::is_of_federation(key))
        },
    },
    // Services.
    Row {
        page: GLOBAL_KEYS,
        fact: "a service principal says that it is one, and which",
        breaks: |asked| {
            service(asked).is_some_and(|name| {
                get(asked, "aws:PrincipalIsAWSService") != Some("true")
                    || !get(asked, "aws:PrincipalServiceName")
                        .is_some_and(|own| own.eq_ignore_ascii_case(name))
                    || !values(&asked.request.context, "aws:PrincipalServiceNamesList").contains(&name)
            })
        },
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "a service principal is no member of an organization and no user",
        breaks: |asked| {
            is_service(asked)
                && ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:username"]
                    .iter()
                    .any(|key| has(asked, key))
        },
    },
    Row {
        page: "IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services",
        fact: "a service principal belongs to no account of a customer, and has none of its identities",
        breaks: |asked| is_service(asked) && !is_of_no_customer(asked),
    },
    Row {
        page: STS_KEYS,
        fact: "a service principal has no session of federation",
        breaks: |asked| is_service(asked) && context(asked).any(|(key, _)| keys::is_of_federation(key)),
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "the account of the source is that of its ARN",
        breaks: |asked| {
            let arn =
                get(asked, "aws:SourceArn").and_then(|arn| rescind_policy::Arn::parse(arn)?.account_id());
            let account = get(asked, "aws:SourceAccount").and_then(AccountId::parse);
            arn.is_some() && account.is_some() && arn != account
        },
    },
    // Unsigned calls.
    Row {
        page: STS_ENDPOINTS,
        fact: "callers with a token have no AWS identity: no ARN, no organization, neither a service nor none",
        breaks: |asked| is_token(asked) && UNSIGNED_LACK.iter().any(|key| has(asked, key)),
    },
    Row {
        page: GLOBAL_KEYS,
        fact: "the account and the id of an anonymous caller are `anonymous`, if they are sent",
        breaks: |asked| {
            is_token(asked)
                && ["aws:PrincipalAccount", "aws:userid"]
                    .iter()
                    .any(|key| has(asked, key) && get(asked, key) != Some("anonymous"))
                || is_token(asked) && get(asked, "aws:PrincipalType").is_some_and(|kind| kind != "Anonymous")
        },
    },
    Row {
        page: STS_KEYS,
        fact: "the claims of a token are those of its issuer",
        breaks: |asked| {
            is_token(asked)
                && context(asked)
                    .any(|(key, _)| keys::is_of_federation(key) && !is_claim_of_the_caller(asked, key))
        },
    },
    Row {
        page: STS_KEYS,
        fact: "a token has a subject and an audience; a pool's token the methods too; Amazon and Facebook an application",
        breaks: |asked| match &asked.request.principal {
            Caller::Known(Principal::Oidc { issuer, .. }) => {
                let always: &[&str] = match issuer.to_ascii_lowercase().as_str() {
                    "www.amazon.com" | "graph.facebook.com" => &["app_id"],
                    "cognito-identity.amazonaws.com" => &["sub", "aud", "amr"],
                    _ => &["sub", "aud"],
                };
                always.iter().any(|claim| !has(asked, &format!("{issuer}:{claim}")))
            }
            Caller::Known(_) | Caller::Anonymous => false,
        },
    },
    Row {
        page: "https://docs.github.com/en/actions/reference/security/oidc",
        fact: "names of owners, repositories and branches hold no stars; those of environments and workflows may",
        breaks: |asked| {
            ["token.actions.githubusercontent.com:sub", "gitlab.com:sub"].iter().any(|key| {
                let subject = get(asked, key).unwrap_or_default();
                let named = subject.split(":environment:").next().unwrap_or_default();
                let named = named.split("workflow").next().unwrap_or_default();
                is_token(asked) && named.contains(['*', '?'])
            })
        },
    },
    // What STS takes.
    Row {
        page: "STS/latest/APIReference/API_AssumeRole.html",
        fact: "external ids, names of sessions and source identities have their characters and lengths",
        breaks: |asked| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
            let is = |key: &str, most: usize, more: &str| {
                get(asked, key).is_none_or(|text| {
                    (2..=most).contains(&text.len()) && text.chars().all(|c| plain(c) || more.contains(c))
                })
            };
            !(is("sts:ExternalId", 1224, ":/")
                && is("sts:RoleSessionName", 64, "")
                && is("sts:SourceIdentity", 64, "")
                && is("aws:SourceIdentity", 64, ""))
        },
    },
    Row {
        page: "IAM/latest/UserGuide/id_tags.html",
        fact: "tags of principals hold letters, digits, spaces and _ . : / = + - @",
        breaks: |asked| {
            let fits =
                |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c));
            context(asked).any(|(key, values)| {
                tag_of_a_principal(key).is_some_and(|tag| {
                    tag.is_empty()
                        || !fits(tag)
                        || values.iter().any(|text| !fits(text) || text.chars().count() > 256)
                })
            })
        },
    },
];

const SOURCE_KEYS: [&str; 4] =
    ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"];
const UNSIGNED_LACK: [&str; 8] = [
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalIsAWSService",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:username",
    "aws:TokenIssueTime",
];

fn context<'a>(asked: &'a Asked<'_>) -> impl Iterator<Item = (&'a str, &'a [Box<str>])> {
    asked.request.context.iter().map(|(key, values)| (key.as_str(), values))
}

fn get<'a>(asked: &'a Asked<'_>, key: &str) -> Option<&'a str> {
    value(&asked.request.context, key)
}

fn has(asked: &Asked<'_>, key: &str) -> bool {
    !values(&asked.request.context, key).is_empty()
}

/// The caller, if it is a principal of an account.
fn principal<'a>(asked: &'a Asked<'_>) -> Option<&'a Principal> {
    match &asked.request.principal {
        Caller::Known(principal) if principal.is_in_account() => Some(principal),
        Caller::Known(_) | Caller::Anonymous => None,
    }
}

fn service<'a>(asked: &'a Asked<'_>) -> Option<&'a str> {
    match &asked.request.principal {
        Caller::Known(Principal::Service(name)) => Some(name),
        Caller::Known(_) | Caller::Anonymous => None,
    }
}

fn is_service(asked: &Asked<'_>) -> bool {
    service(asked).is_some()
}

/// Accounts that nobody's policies name.
const NOBODYS: [&str; 2] = ["888877776666", "000000000001"];

fn is_of_no_customer(asked: &Asked<'_>) -> bool {
    let account = get(asked, "aws:PrincipalAccount");
    let arn = get(asked, "aws:PrincipalArn").and_then(rescind_policy::Arn::parse);
    let id = get(asked, "aws:userid");
    let kind = get(asked, "aws:PrincipalType");
    account.is_none_or(|account| account == "anonymous" || NOBODYS.contains(&account))
        && arn.is_none_or(|arn| NOBODYS.contains(&arn.account))
        && id.is_none_or(|id| id == "anonymous" || id == "AIDAOFNOBODYOFNOBODY1")
        && kind.is_none_or(|kind| TYPES_OF_PRINCIPALS.contains(&kind))
}

/// What the table of principals lists (IAM User Guide, "Variables and tags").
const TYPES_OF_PRINCIPALS: [&str; 5] = ["Account", "User", "FederatedUser", "AssumedRole", "Anonymous"];

fn is_token(asked: &Asked<'_>) -> bool {
    matches!(&asked.request.principal, Caller::Known(Principal::Oidc { .. } | Principal::Saml { .. }))
}

fn is_claim_of_the_caller(asked: &Asked<'_>, key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    match &asked.request.principal {
        Caller::Known(Principal::Oidc { issuer, .. }) => {
            key.strip_prefix(&issuer.to_ascii_lowercase()).is_some_and(|rest| rest.starts_with(':'))
        }
        Caller::Known(Principal::Saml { .. }) => key.starts_with("saml:"),
        Caller::Known(_) | Caller::Anonymous => false,
    }
}

fn mistyped(asked: &Asked<'_>) -> bool {
    context(asked).any(|(key, values)| {
        keys::type_of(key).is_some_and(|typed: Type| values.iter().any(|value| !typed.holds(value)))
    })
}

fn is_org_path(path: &str) -> bool {
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let Some(path) = path.strip_suffix('/') else { return false };
    let mut parts = path.split('/');
    keys::is_org_id(parts.next().unwrap_or_default())
        && parts.next().and_then(|root| root.strip_prefix("r-")).is_some_and(plain)
        && parts.all(|unit| {
            unit.strip_prefix("ou-")
                .and_then(|unit| unit.split_once('-'))
                .is_some_and(|(a, b)| plain(a) && plain(b))
        })
}

/// Whether the ARN is the one that the principal's requests carry.
fn is_its_arn(principal: &Principal, arn: Option<&str>) -> bool {
    let Some(arn) = arn else { return false };
    match principal {
        Principal::Session { partition, account, role, .. } => match Principal::from_arn(arn) {
            Some(Principal::Role { partition: p, account: a, name, .. }) => {
                (&p, &a, &name) == (partition, account, role)
            }
            Some(_) | None => false,
        },
        _ => principal.to_string() == arn,
    }
}

/// Whether the caller's id, name and type are those of its kind.
fn is_in_the_table(asked: &Asked<'_>, principal: &Principal) -> bool {
    let id = get(asked, "aws:userid").unwrap_or_default();
    let (of_kind, session) = id.split_once(':').map_or((id, None), |(id, session)| (id, Some(session)));
    let unique = |prefix: &str| {
        of_kind.starts_with(prefix)
            && (16..=128).contains(&of_kind.len())
            && of_kind.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
    };
    let named = |session: Option<&str>| {
        session.is_some_and(|name| {
            (2..=64).contains(&name.len())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c))
        })
    };
    let account = principal.account().map(|account| account.to_string()).unwrap_or_default();
    let username = get(asked, "aws:username");
    let (kind, fits) = match principal {
        Principal::Account { .. } => ("Account", id == account && username.is_none()),
        Principal::User { name, .. } => {
            ("User", unique("AIDA") && session.is_none() && username == Some(name))
        }
        Principal::FederatedUser { name, .. } => {
            ("FederatedUser", of_kind == account && session == Some(name) && username.is_none())
        }
        Principal::Session { session: own, .. } => {
            ("AssumedRole", unique("AROA") && session == Some(own) && username.is_none())
        }
        _ => ("AssumedRole", unique("AROA") && named(session) && username.is_none()),
    };
    fits && get(asked, "aws:PrincipalType") == Some(kind)
}

/// The key of the tag, if the context key speaks of a tag of the principal or of its session.
fn tag_of_a_principal(key: &str) -> Option<&str> {
    let start = "aws:PrincipalTag/";
    let (before, tag) = key.split_at_checked(start.len())?;
    before.eq_ignore_ascii_case(start).then_some(tag)
}
