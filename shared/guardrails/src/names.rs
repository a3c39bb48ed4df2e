//! Names and identifiers of IAM, parsed once so that nothing downstream has to doubt them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A text that is not the name or ARN it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not {expected}")]
pub struct NameError {
    given: String,
    expected: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $valid:path, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses the text.
            ///
            /// # Errors
            /// The text, and what it should have been.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                if $valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(NameError { given: text.chars().take(200).collect(), expected: $expected })
                }
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// The name of a role: 1 to 64 of `[A-Za-z0-9+=,.@_-]` (IAM API reference, `CreateRole`).
    RoleName,
    is_role_name,
    "a role name (1 to 64 letters, digits or `+=,.@_-`)"
);
name!(
    /// The unique id of a role, such as `AROA3AEW23DC76AD3735E`. A role that is deleted and created again
    /// under the same name has another id.
    RoleId,
    is_role_id,
    "a role id (`AROA` and more capital letters or digits)"
);
name!(
    /// The name of an inline policy. IAM's quota page and API model differ in what they admit, so any text
    /// of 1 to 128 characters is taken.
    PolicyName,
    is_policy_name,
    "a policy name (1 to 128 characters)"
);
name!(
    /// The ARN of a managed policy.
    PolicyArn,
    is_policy_arn,
    "the ARN of a managed policy"
);

impl PolicyName {
    /// The policies that revoke sessions are named so.
    pub(crate) const REVOCATION: &str = "rescind-revoke-";

    /// The name of the policy that revokes sessions for this repair.
    ///
    /// # Errors
    /// An id that makes no name.
    pub fn of_revocation(repair: &str) -> Result<Self, NameError> {
        Self::parse(&format!("{}{repair}", Self::REVOCATION))
    }

    /// The name with a number, for one that is taken.
    pub(crate) fn numbered(&self, number: usize) -> Self {
        let start: String = self.0.chars().take(100).collect();
        Self(format!("{start}-{number}"))
    }
}

impl PolicyArn {
    /// Is it a policy that AWS keeps?
    #[must_use]
    pub fn is_owned_by_aws(&self) -> bool {
        self.0.split(':').nth(4) == Some("aws")
    }
}

name!(
    /// An account, 12 digits.
    AccountId,
    is_account,
    "an account id (12 digits)"
);

/// The ARN of a role, taken apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleArn {
    text: String,
    partition: String,
    account: String,
    path: String,
    name: RoleName,
}

impl RoleArn {
    /// Parses `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`. A path may hold any visible ASCII character,
    /// `*` and `:` included, so only the last `/` ends it.
    ///
    /// # Errors
    /// The text, when it is not the ARN of a role.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Self::take_apart(text).ok_or_else(|| NameError {
            given: text.chars().take(200).collect(),
            expected: "the ARN of a role",
        })
    }

    fn take_apart(text: &str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (scheme, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let (path, name) = resource.strip_prefix("role")?.rsplit_once('/')?;
        let well_formed = scheme == "arn" && service == "iam" && region.is_empty() && is_account(account);
        let path_starts = path.is_empty() || path.starts_with('/');
        (well_formed && path_starts && !partition.is_empty()).then_some(())?;
        Some(Self {
            text: text.to_owned(),
            partition: partition.to_owned(),
            account: account.to_owned(),
            path: format!("{path}/"),
            name: RoleName::parse(name).ok()?,
        })
    }

    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition: `aws`, `aws-us-gov`, `aws-cn` ...
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// The account, 12 digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The path, with a slash at both ends; `/` when there is none.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name after the path.
    #[must_use]
    pub fn name(&self) -> &RoleName {
        &self.name
    }

    /// Is the path one that only AWS can use? No `CreateRole` can give it.
    #[must_use]
    pub fn is_owned_by_aws(&self) -> bool {
        ["/aws-service-role/", "/aws-reserved/"].iter().any(|path| self.path.starts_with(path))
    }
}

impl TryFrom<String> for RoleArn {
    type Error = NameError;
    fn try_from(text: String) -> Result<Self, NameError> {
        Self::parse(&text)
    }
}

impl From<RoleArn> for String {
    fn from(arn: RoleArn) -> Self {
        arn.text
    }
}

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_role_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-".contains(&b))
}

fn is_role_id(text: &str) -> bool {
    (16..=128).contains(&text.len())
        && text.starts_with("AROA")
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn is_policy_name(text: &str) -> bool {
    (1..=128).contains(&text.chars().count())
}

fn is_policy_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    parts.next() == Some("arn")
        && parts.next().is_some_and(|partition| !partition.is_empty())
        && parts.next() == Some("iam")
        && parts.next() == Some("")
        && parts.next().is_some_and(|account| account == "aws" || is_account(account))
        && parts.next().is_some_and(|resource| resource.starts_with("policy/") && !resource.ends_with('/'))
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_arn_is_cut_at_its_last_slash_only() {
        let arn = RoleArn::parse("arn:aws-us-gov:iam::111122223333:role/a:b/*/app").unwrap();
        assert_eq!(
            (arn.partition(), arn.account(), arn.path(), arn.name().as_str()),
            ("aws-us-gov", "111122223333", "/a:b/*/", "app")
        );
        assert_eq!(RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap().path(), "/");
    }

    #[test]
    fn what_is_not_a_role_arn_is_refused() {
        for text in [
            "",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role",
            "arn:aws:iam::11112222333:role/app",
            "arn:aws:iam:us-east-1:111122223333:role/app",
            "arn:aws:iam::111122223333:rolex/app",
            "arn:aws:iam::111122223333:user/app",
            "arn:aws:sts::111122223333:assumed-role/app/session",
        ] {
            assert!(RoleArn::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_keep_to_what_iam_admits() {
        assert!(RoleName::parse("order-worker+v2=a,b.c@d_e").is_ok());
        assert!(RoleName::parse("order worker").is_err());
        assert!(RoleName::parse(&"r".repeat(65)).is_err());
        assert!(RoleId::parse("AROA3AEW23DC76AD3735E").is_ok());
        assert!(RoleId::parse("AIDA3AEW23DC76AD3735E").is_err());
        assert!(PolicyArn::parse("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess").is_ok());
        assert!(PolicyArn::parse("arn:aws:iam::111122223333:role/x").is_err());
    }
}
