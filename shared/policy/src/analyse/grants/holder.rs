//! The world of a role that uses its permissions.

use super::GrantFacts;
use crate::{
    ConditionKey, Request,
    analyse::{
        space::{Name, Value},
        world::{Meaning, World},
    },
    keys::rules::{self, CallerKind, Fact},
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
    /// What requests of this action carry.
    pub(super) fn of(action: &str) -> Self {
        let carries = |key: &str| rules::comes_with(key, action);
        Self {
            boundary: carries("iam:PermissionsBoundary"),
            policy: carries("iam:PolicyARN"),
            service: carries("iam:PassedToService"),
        }
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
    fn is_role(&self) -> bool {
        self.facts.self_arn.as_ref().is_some_and(|arn| arn.contains(":role/"))
    }

    fn kind(&self) -> CallerKind {
        if self.is_role() { CallerKind::Role } else { CallerKind::Identity }
    }

    /// Whether requests carry one of IAM's own keys; nothing for every other key.
    fn carried(&self, key: &ConditionKey) -> Option<bool> {
        if key.is("iam:PermissionsBoundary") {
            Some(self.carries.boundary)
        } else if key.is("iam:PolicyARN") {
            Some(self.carries.policy)
        } else if key.is("iam:PassedToService") || key.is("iam:AssociatedResourceArn") {
            Some(self.carries.service)
        } else {
            None
        }
    }
}

impl World for Holder<'_> {
    fn key(&self, key: &ConditionKey) -> Meaning {
        let carried = self.carried(key);
        if carried == Some(false) {
            return Meaning::ABSENT;
        }
        let account = || Some(Meaning::is(self.facts.account.to_string()));
        let organization = || self.facts.org_id.clone().map(Meaning::is);
        let meaning = Meaning::documented(key, self.kind(), |fact| match fact {
            Fact::CallersAccount => account(),
            Fact::CallersArn => self.facts.self_arn.clone().map(Meaning::is),
            Fact::CallersOrganization => organization(),
            // A way to more works on what the own account has; anything else may be a stranger's.
            Fact::OwnersAccount => account().filter(|_| !self.any_action),
            Fact::OwnersOrganization => organization().filter(|_| !self.any_action),
            Fact::CallersPath
            | Fact::ServicesName
            | Fact::OthersAccount
            | Fact::OthersId
            | Fact::OthersArn => None,
        });
        match meaning {
            // What one action always carries, another does not.
            Meaning::Free { several, texts, .. } if self.any_action && carried.is_some() => {
                Meaning::Free { may_miss: true, several, texts }
            }
            meaning @ (Meaning::Free { .. } | Meaning::Constant(_) | Meaning::Part(_)) => meaning,
        }
    }

    fn complete(&self, request: &mut Request, _value: &dyn Fn(&Name) -> Option<Value>) {
        let account = self.facts.account.to_string();
        let owned = |text: Option<String>| text.filter(|_| !self.any_action);
        let fixed = [
            ("aws:PrincipalArn", self.facts.self_arn.clone()),
            ("aws:PrincipalAccount", Some(account.clone())),
            ("aws:ResourceAccount", owned(Some(account))),
            ("aws:PrincipalOrgID", self.facts.org_id.clone()),
            ("aws:ResourceOrgID", owned(self.facts.org_id.clone())),
            ("aws:PrincipalIsAWSService", Some("false".to_owned())),
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
