//! Amazon Resource Names, account ids and partitions.

use std::fmt;

/// An AWS account id: exactly twelve digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

impl AccountId {
    /// The account with this id, if `text` is exactly twelve digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if digits { text.parse().ok().map(Self) } else { None }
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

/// A closed group of regions with its own accounts; part of every identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// `aws`, the public regions.
    Aws,
    /// `aws-cn`.
    China,
    /// `aws-us-gov`.
    UsGov,
    /// Any other, such as `aws-iso` or `aws-eusc`.
    Other(Box<str>),
}

impl Partition {
    /// The partition of this name; nothing unless it is `aws` or begins with `aws-`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "aws" => Some(Self::Aws),
            "aws-cn" => Some(Self::China),
            "aws-us-gov" => Some(Self::UsGov),
            other => {
                let rest = other.strip_prefix("aws-")?;
                let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
                (!rest.is_empty() && rest.bytes().all(plain)).then(|| Self::Other(other.into()))
            }
        }
    }

    /// The name, as ARNs carry it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Aws => "aws",
            Self::China => "aws-cn",
            Self::UsGov => "aws-us-gov",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The six parts of an ARN, borrowed from its text. Parts may be empty; the last keeps its colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn` ...
    pub partition: &'a str,
    /// `iam`, `s3` ...
    pub service: &'a str,
    /// `eu-west-1`, or empty.
    pub region: &'a str,
    /// Twelve digits, `aws`, or empty.
    pub account: &'a str,
    /// All the rest: `role/path/name`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits `text`; nothing unless it starts with `arn:` and has six parts.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next() != Some("arn") {
            return None;
        }
        Some(Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }

    /// The account segment, if it is an account id.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        AccountId::parse(self.account)
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}
