//! The world of a role that uses its permissions.

use super::GrantFacts;
use crate::{
    ConditionKey, Request,
    analyse::{
        space::{Name, Value},
        world::{Meaning, World},
    },
};

/// Which of IAM's own keys a request carries. Few combinations occur, and each is a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Carries {
    /// `iam:PermissionsBoundary`, if the target has or gets one.
    pub(super) boundary: bool,
    /// `iam:PolicyARN`
    pub(super) policy: bool,
    /// `iam:PassedToService`
    pub(super) service: bool,
}

impl Carries {
    /// What requests of this action carry (Service Authorization Reference, IAM).
    pub(super) fn of(action: &str) -> Self {
        let Some(name) = action.strip_prefix("iam:") else {
            return Self { boundary: false, policy: false, service: false };
        };
        let boundary = matches!(
            name,
            "CreateRole"
                | "CreateUser"
                | "PutRolePolicy"
                | "PutUserPolicy"
                | "AttachRolePolicy"
                | "AttachUserPolicy"
                | "DetachRolePolicy"
                | "DetachUserPolicy"
                | "DeleteRolePolicy"
                | "DeleteUserPolicy"
                | "PutRolePermissionsBoundary"
                | "PutUserPermissionsBoundary"
                | "DeleteRolePermissionsBoundary"
                | "DeleteUserPermissionsBoundary"
        );
        let policy = name.starts_with("Attach") || name.starts_with("Detach");
        Self { boundary, policy, service: name == "PassRole" }
    }

    /// Notes that the key is looked at.
    pub(super) fn look(&mut self, key: &ConditionKey) {
        self.boundary |= key.is("iam:PermissionsBoundary");
        self.policy |= key.is("iam:PolicyARN");
        self.service |= key.is("iam:PassedToService") || key.is("iam:AssociatedResourceArn");
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            boundary: self.boundary || other.boundary,
            policy: self.policy || other.policy,
            service: self.service || other.service,
        }
    }

    /// Every key, for requests of any action.
    pub(super) const ALL: Self = Self { boundary: true, policy: true, service: true };
}

/// A role, or an unknown principal of the account.
pub(super) struct Holder<'a> {
    pub(super) facts: &'a GrantFacts,
    pub(super) carries: Carries,
    /// Whether what an action always carries is there, or only may be.
    pub(super) any_action: bool,
}

impl Holder<'_> {
    fn carried(&self, carried: bool, may_miss: bool) -> Meaning {
        if carried {
            Meaning::Free { may_miss: may_miss || self.any_action, several: Some(false), base: None }
        } else {
            Meaning::ABSENT
        }
    }

    fn is_role(&self) -> bool {
        self.facts.self_arn.as_ref().is_some_and(|arn| arn.contains(":role/"))
    }
}

impl World for Holder<'_> {
    fn key(&self, key: &ConditionKey) -> Meaning {
        let known = |text: &Option<String>| text.clone().map_or_else(|| Meaning::free(key), Meaning::is);
        match key.as_str().to_ascii_lowercase().as_str() {
            "aws:principalarn" => known(&self.facts.self_arn),
            "aws:principalaccount" | "aws:resourceaccount" => Meaning::is(self.facts.account.to_string()),
            "aws:principalorgid" | "aws:resourceorgid" => known(&self.facts.org_id),
            "aws:principalisawsservice" | "aws:viaawsservice" => Meaning::is("false"),
            "aws:principalservicename" | "aws:principalservicenameslist" => Meaning::ABSENT,
            // Only users have a user name.
            "aws:username" if self.is_role() => Meaning::ABSENT,
            "aws:principaltype" if self.is_role() => Meaning::is("AssumedRole"),
            "iam:permissionsboundary" => self.carried(self.carries.boundary, true),
            "iam:policyarn" => self.carried(self.carries.policy, false),
            "iam:passedtoservice" => self.carried(self.carries.service, false),
            "iam:associatedresourcearn" => self.carried(self.carries.service, true),
            _ => Meaning::free(key),
        }
    }

    fn complete(&self, request: &mut Request, _value: &dyn Fn(&Name) -> Option<Value>) {
        let account = self.facts.account.to_string();
        let fixed = [
            ("aws:PrincipalArn", self.facts.self_arn.clone()),
            ("aws:PrincipalAccount", Some(account.clone())),
            ("aws:ResourceAccount", Some(account)),
            ("aws:PrincipalOrgID", self.facts.org_id.clone()),
            ("aws:ResourceOrgID", self.facts.org_id.clone()),
            ("aws:PrincipalIsAWSService", Some("false".to_owned())),
            ("aws:ViaAWSService", Some("false".to_owned())),
            ("aws:PrincipalType", self.is_role().then(|| "AssumedRole".to_owned())),
        ];
        for (key, text) in fixed {
            if let Some(text) = text {
                request.context.set(key, [text]);
            }
        }
    }

    fn belongs_to_one_request(&self, key: &ConditionKey) -> bool {
        !is_of_the_session(key)
    }
}

/// Whether the key has one value in all requests of a session. Addresses and times may differ from
/// one request to the next, and so does the age of MFA.
pub(super) fn is_of_the_session(key: &ConditionKey) -> bool {
    let of_the_session = [
        "aws:principal",
        "aws:multifactorauthpresent",
        "aws:tokenissuetime",
        "aws:federatedprovider",
        "aws:sourceidentity",
        "aws:userid",
        "aws:username",
    ];
    let starts =
        |start: &&str| key.as_str().get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start));
    of_the_session.iter().any(starts)
}
