//! What an action has to be allowed on to give its holder more.

use super::GrantFacts;
use crate::analyse::words::{Class, Pattern, Token};

/// The type of resource that an action works on. Actions of one target differ in nothing but their name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target<'a> {
    /// A role other than the holder's own, to pass or to assume.
    OtherRole,
    Role,
    User,
    Group,
    Policy,
    InstanceProfile,
    SamlProvider,
    /// The root user of an account of the organization.
    RootUser,
    Function,
    /// Whatever this service has.
    Anything(&'a str),
}

impl<'a> Target<'a> {
    pub(super) fn of(action: &'a str) -> Self {
        let (service, name) = action.split_once(':').unwrap_or((action, ""));
        let of_a_user = ["User", "AccessKey", "LoginProfile", "SSHPublicKey", "ServiceSpecificCredential"];
        let is_of_a_user = || of_a_user.iter().any(|part| name.contains(part));
        match (service, name) {
            ("sts", "AssumeRoot") => Self::RootUser,
            ("sts", _) | ("iam", "PassRole") => Self::OtherRole,
            ("iam", _) if name.ends_with("InstanceProfile") => Self::InstanceProfile,
            ("iam", _) if name.ends_with("SAMLProvider") => Self::SamlProvider,
            ("iam", _) if name.contains("Group") => Self::Group,
            ("iam", _) if name.contains("Role") => Self::Role,
            ("iam", _) if is_of_a_user() => Self::User,
            ("iam", "CreatePolicyVersion" | "SetDefaultPolicyVersion") => Self::Policy,
            ("lambda", "CreateEventSourceMapping") => Self::Anything(service),
            ("lambda", _) if ["Microvm", "WebFunction"].iter().any(|part| name.contains(part)) => {
                Self::Anything(service)
            }
            ("lambda", _) => Self::Function,
            _ => Self::Anything(service),
        }
    }

    /// The resources of the type in the own account.
    pub(super) fn pattern(self, facts: &GrantFacts) -> Pattern {
        match self.start(facts) {
            Some((start, rest)) => {
                let mut tokens = text(&start);
                if self == Self::Function {
                    tokens.push(Token::Many(Class::SEGMENT));
                }
                tokens.extend(text(&rest));
                tokens.extend([Token::One(Class::TEXT), Token::Many(Class::TEXT)]);
                Pattern::union([tokens])
            }
            None => match self {
                Self::Anything(service) => anything_of(facts, service),
                Self::RootUser => root_users(facts),
                Self::OtherRole
                | Self::Role
                | Self::User
                | Self::Group
                | Self::Policy
                | Self::InstanceProfile
                | Self::SamlProvider
                | Self::Function => Pattern::default(),
            },
        }
    }

    /// One of them, to try first.
    pub(super) fn sample(self, facts: &GrantFacts) -> String {
        self.start(facts).map_or_else(|| "*".to_owned(), |(start, rest)| format!("{start}{rest}x"))
    }

    /// One that gives its holder something, where no statement looks at resources.
    pub(super) fn one_that_counts(self, facts: &GrantFacts) -> String {
        let harmless = self.harmless(facts);
        let mut one = self.sample(facts);
        while harmless.contains(&one) {
            one.push('x');
        }
        one
    }

    /// Those that give nothing.
    pub(super) fn harmless(self, facts: &GrantFacts) -> Vec<String> {
        let roles = facts.harmless_roles.iter().cloned();
        match self {
            Self::OtherRole => roles.chain(facts.self_arn.clone()).collect(),
            Self::Role => roles.collect(),
            Self::User
            | Self::Group
            | Self::Policy
            | Self::InstanceProfile
            | Self::SamlProvider
            | Self::RootUser
            | Self::Function
            | Self::Anything(_) => Vec::new(),
        }
    }

    /// What stands before the region and behind it.
    fn start(self, facts: &GrantFacts) -> Option<(String, String)> {
        let (service, kind) = match self {
            Self::OtherRole | Self::Role => ("iam", "role/"),
            Self::User => ("iam", "user/"),
            Self::Group => ("iam", "group/"),
            Self::Policy => ("iam", "policy/"),
            Self::InstanceProfile => ("iam", "instance-profile/"),
            Self::SamlProvider => ("iam", "saml-provider/"),
            Self::Function => ("lambda", "function:"),
            Self::RootUser | Self::Anything(_) => return None,
        };
        Some((format!("arn:{}:{service}:", facts.partition), format!(":{}:{kind}", facts.account)))
    }
}

/// The root users of all accounts. Source: Service Authorization Reference, AWS Security Token Service.
fn root_users(facts: &GrantFacts) -> Pattern {
    let mut tokens = text(&format!("arn:{}:iam::", facts.partition));
    tokens.push(Token::Many(Class::SEGMENT));
    tokens.extend(text(":root"));
    Pattern::union([text("*"), tokens])
}

/// Any resource of a service, of no account, or of none at all. Some actions of a service work on
/// instances of EC2 or tasks of ECS, and the ARNs of Service Catalog spell it otherwise.
fn anything_of(facts: &GrantFacts, service: &str) -> Pattern {
    let services: &[&str] = match service {
        "ssm" => &[service, "ec2", "ecs"],
        "ec2-instance-connect" => &[service, "ec2"],
        "servicecatalog" => &[service, "catalog"],
        _ => &[service],
    };
    let mut alternatives = vec![text("*")];
    for service in services {
        for account in [facts.account.to_string(), String::new()] {
            let mut tokens = text(&format!("arn:{}:{service}:", facts.partition));
            tokens.push(Token::Many(Class::SEGMENT));
            tokens.extend(text(&format!(":{account}:")));
            tokens.extend([Token::One(Class::TEXT), Token::Many(Class::TEXT)]);
            alternatives.push(tokens);
        }
    }
    Pattern::union(alternatives)
}

fn text(text: &str) -> Vec<Token> {
    text.chars().map(Token::Literal).collect()
}
