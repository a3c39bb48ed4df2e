//! Principals: who a statement speaks of.

mod relation;

use std::fmt;

use crate::{AccountId, Arn, Partition, Span};

pub(crate) use relation::covers;
pub use relation::{Covered, relation};

/// One entry of `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalEntry {
    /// Who.
    pub principal: Principal,
    /// The value as written, without the member it stands under.
    pub text: Box<str>,
    /// The JSON string.
    pub span: Span,
}

/// How "everyone" is written; IAM refuses the bare form for roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnyoneForm {
    /// `"Principal": "*"`
    Bare,
    /// `"Principal": {"AWS": "*"}`
    Aws,
}

/// Somebody a policy can name, or somebody who asks. The partition is part of the identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// Everyone, anonymous callers and services included.
    Anyone(AnyoneForm),
    /// An account: all its principals, as far as its own policies let them. As a caller, the root user.
    Account {
        /// Absent if only the twelve digits are written: then the policy's own partition is meant.
        partition: Option<Partition>,
        /// The account.
        account: AccountId,
    },
    /// `arn:aws:iam::A:role/path/name`: the role and all its sessions.
    Role {
        /// The partition.
        partition: Partition,
        /// The account.
        account: AccountId,
        /// From `/` to `/`.
        path: Box<str>,
        /// Unique in the account, whatever the path.
        name: Box<str>,
    },
    /// `arn:aws:iam::A:user/path/name`.
    User {
        /// The partition.
        partition: Partition,
        /// The account.
        account: AccountId,
        /// From `/` to `/`.
        path: Box<str>,
        /// Unique in the account, whatever the path.
        name: Box<str>,
    },
    /// `arn:aws:sts::A:assumed-role/role/session`: one session of a role.
    Session {
        /// The partition.
        partition: Partition,
        /// The account.
        account: AccountId,
        /// The role's name, without its path.
        role: Box<str>,
        /// The session's name.
        session: Box<str>,
    },
    /// `arn:aws:sts::A:federated-user/name`.
    FederatedUser {
        /// The partition.
        partition: Partition,
        /// The account.
        account: AccountId,
        /// The name.
        name: Box<str>,
    },
    /// A service, such as `lambda.amazonaws.com`.
    Service(Box<str>),
    /// `arn:aws:iam::A:saml-provider/name`.
    Saml {
        /// The partition.
        partition: Partition,
        /// The account.
        account: AccountId,
        /// The provider's name.
        name: Box<str>,
    },
    /// An OpenID Connect issuer: a provider of an account, or one that AWS knows itself.
    Oidc {
        /// Where the provider lives; absent for the four issuers that need none (Cognito, Google,
        /// Amazon, Facebook).
        provider: Option<(Partition, AccountId)>,
        /// Host and path, without `https://`.
        issuer: Box<str>,
    },
    /// A canonical user id of S3.
    Canonical(Box<str>),
    /// `AROA...`, `AIDA...`: the id of an entity; in a stored document, of a deleted one.
    UniqueId(Box<str>),
    /// Nothing that IAM names so.
    Unrecognised(Box<str>),
}

/// The issuers that are principals without a provider in an account.
const SOCIAL_ISSUERS: [&str; 4] =
    ["cognito-identity.amazonaws.com", "accounts.google.com", "www.amazon.com", "graph.facebook.com"];

impl Principal {
    /// What `text` means under the member `kind` (`AWS`, `Service`, `Federated`, `CanonicalUser`).
    #[must_use]
    pub fn parse(kind: &str, text: &str) -> Self {
        Self::recognise(kind, text).unwrap_or_else(|| Self::Unrecognised(text.into()))
    }

    /// The same, or nothing if IAM would not recognise it.
    #[must_use]
    pub fn recognise(kind: &str, text: &str) -> Option<Self> {
        match kind {
            "AWS" => Self::aws(text),
            "Service" => Self::service(text),
            "Federated" => Self::federated(text),
            "CanonicalUser" => Self::canonical(text),
            _ => None,
        }
    }

    /// The account that the principal belongs to, if it belongs to one.
    #[must_use]
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Account { account, .. }
            | Self::Role { account, .. }
            | Self::User { account, .. }
            | Self::Session { account, .. }
            | Self::FederatedUser { account, .. }
            | Self::Saml { account, .. }
            | Self::Oidc { provider: Some((_, account)), .. } => Some(*account),
            Self::Anyone(_)
            | Self::Service(_)
            | Self::Oidc { provider: None, .. }
            | Self::Canonical(_)
            | Self::UniqueId(_)
            | Self::Unrecognised(_) => None,
        }
    }

    /// The partition that the principal belongs to, if it says one.
    #[must_use]
    pub const fn partition(&self) -> Option<&Partition> {
        match self {
            Self::Account { partition, .. } => partition.as_ref(),
            Self::Role { partition, .. }
            | Self::User { partition, .. }
            | Self::Session { partition, .. }
            | Self::FederatedUser { partition, .. }
            | Self::Saml { partition, .. }
            | Self::Oidc { provider: Some((partition, _)), .. } => Some(partition),
            Self::Anyone(_)
            | Self::Service(_)
            | Self::Oidc { provider: None, .. }
            | Self::Canonical(_)
            | Self::UniqueId(_)
            | Self::Unrecognised(_) => None,
        }
    }

    /// Whether this is somebody whom an account's own policies govern: its root user, users, roles and
    /// their sessions, also if only the unique id is known.
    #[must_use]
    pub const fn is_in_account(&self) -> bool {
        match self {
            Self::Account { .. }
            | Self::Role { .. }
            | Self::User { .. }
            | Self::Session { .. }
            | Self::FederatedUser { .. }
            | Self::UniqueId(_) => true,
            Self::Anyone(_)
            | Self::Service(_)
            | Self::Saml { .. }
            | Self::Oidc { .. }
            | Self::Canonical(_)
            | Self::Unrecognised(_) => false,
        }
    }

    fn aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Anyone(AnyoneForm::Aws));
        }
        if let Some(account) = AccountId::parse(text) {
            return Some(Self::Account { partition: None, account });
        }
        if is_unique_id(text) {
            return Some(Self::UniqueId(text.into()));
        }
        Self::from_arn(text).filter(|found| !matches!(found, Self::Saml { .. } | Self::Oidc { .. }))
    }

    fn service(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        (text.contains('.') && text.bytes().all(plain)).then(|| Self::Service(text.into()))
    }

    fn federated(text: &str) -> Option<Self> {
        if SOCIAL_ISSUERS.contains(&text) {
            return Some(Self::Oidc { provider: None, issuer: text.into() });
        }
        Self::from_arn(text).filter(|found| matches!(found, Self::Saml { .. } | Self::Oidc { .. }))
    }

    fn canonical(text: &str) -> Option<Self> {
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .then(|| Self::Canonical(text.into()))
    }

    /// The principal with this ARN. Wildcards have no meaning in a principal's ARN and are refused.
    #[must_use]
    pub fn from_arn(text: &str) -> Option<Self> {
        let arn = Arn::parse(text)?;
        let partition = Partition::parse(arn.partition)?;
        let account = arn.account_id()?;
        if !arn.region.is_empty() || arn.resource.contains(['*', '?']) {
            return None;
        }
        if (arn.service, arn.resource) == ("iam", "root") {
            return Some(Self::Account { partition: Some(partition), account });
        }
        let (kind, name) = arn.resource.split_once('/')?;
        match (arn.service, kind) {
            ("iam", "role") => {
                let (path, name) = path_and_name(name)?;
                Some(Self::Role { partition, account, path, name })
            }
            ("iam", "user") => {
                let (path, name) = path_and_name(name)?;
                Some(Self::User { partition, account, path, name })
            }
            ("iam", "saml-provider") if !name.is_empty() => {
                Some(Self::Saml { partition, account, name: name.into() })
            }
            ("iam", "oidc-provider") if !name.is_empty() => {
                Some(Self::Oidc { provider: Some((partition, account)), issuer: name.into() })
            }
            ("sts", "assumed-role") => {
                // A path before the role's name is tolerated; the session is what follows the last slash.
                let (role, session) = name.rsplit_once('/')?;
                let role = role.rsplit('/').next().unwrap_or(role);
                let named = !role.is_empty() && !session.is_empty();
                named.then(|| Self::Session {
                    partition,
                    account,
                    role: role.into(),
                    session: session.into(),
                })
            }
            ("sts", "federated-user") if !name.is_empty() => {
                Some(Self::FederatedUser { partition, account, name: name.into() })
            }
            _ => None,
        }
    }
}

/// `service/app` is the path `/service/` and the name `app`.
fn path_and_name(text: &str) -> Option<(Box<str>, Box<str>)> {
    let (path, name) = match text.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/").into(), name),
        None => ("/".into(), text),
    };
    (!name.is_empty()).then(|| (path, name.into()))
}

/// `AROA`, `AIDA` and their like with the rest of an IAM identifier.
fn is_unique_id(text: &str) -> bool {
    let known =
        ["AROA", "AIDA", "AGPA", "AIPA", "ANPA", "ANVA", "ASIA", "AKIA", "APKA", "ASCA", "ACCA", "ABIA"];
    (16..=128).contains(&text.len())
        && text.get(..4).is_some_and(|prefix| known.contains(&prefix))
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anyone(_) => f.write_str("*"),
            Self::Account { partition: None, account } => write!(f, "{account}"),
            Self::Account { partition: Some(partition), account } => {
                write!(f, "arn:{partition}:iam::{account}:root")
            }
            Self::Role { partition, account, path, name } => {
                write!(f, "arn:{partition}:iam::{account}:role{path}{name}")
            }
            Self::User { partition, account, path, name } => {
                write!(f, "arn:{partition}:iam::{account}:user{path}{name}")
            }
            Self::Session { partition, account, role, session } => {
                write!(f, "arn:{partition}:sts::{account}:assumed-role/{role}/{session}")
            }
            Self::FederatedUser { partition, account, name } => {
                write!(f, "arn:{partition}:sts::{account}:federated-user/{name}")
            }
            Self::Saml { partition, account, name } => {
                write!(f, "arn:{partition}:iam::{account}:saml-provider/{name}")
            }
            Self::Oidc { provider: Some((partition, account)), issuer } => {
                write!(f, "arn:{partition}:iam::{account}:oidc-provider/{issuer}")
            }
            Self::Service(text)
            | Self::Oidc { provider: None, issuer: text }
            | Self::Canonical(text)
            | Self::UniqueId(text)
            | Self::Unrecognised(text) => f.write_str(text),
        }
    }
}
