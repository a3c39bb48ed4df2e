//! Why a request was decided as it was: one record for explanations, test reports and findings.

use crate::Effect;

/// The answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Some statement allows it, all layers that must do so agree, and none denies it.
    Allowed,
    /// A Deny statement applies.
    ExplicitlyDenied,
    /// Nothing denies it, and nothing (or not enough) allows it.
    ImplicitlyDenied,
    /// It depends on something that was not understood.
    Undecided(Reason),
}

impl Decision {
    /// `Allowed`, `ExplicitlyDenied`, `ImplicitlyDenied` or `Undecided`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ExplicitlyDenied => "ExplicitlyDenied",
            Self::ImplicitlyDenied => "ImplicitlyDenied",
            Self::Undecided(_) => "Undecided",
        }
    }
}

/// What keeps a request undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// The first statement that only perhaps applies.
    pub statement: StatementRef,
    /// What about it is not understood.
    pub doubt: Doubt,
}

/// A kind of policy, with the level for those of an organization (0 is the first one given).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The caller's own policies.
    Identity,
    /// The policy of the resource; a role's trust policy.
    Resource,
    /// The caller's permissions boundary.
    Boundary,
    /// The policies of the caller's session.
    Session,
    /// Service control policies at one level above the caller's account.
    Scp(usize),
    /// Resource control policies at one level above the resource's account.
    Rcp(usize),
}

/// A statement among all policies of a request; indices count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementRef {
    /// The kind of policy.
    pub layer: Layer,
    /// Which policy of that kind (and level).
    pub policy: usize,
    /// Which statement of it.
    pub statement: usize,
}

/// What came of one statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementTrace {
    /// Which.
    pub statement: StatementRef,
    /// Its effect.
    pub effect: Effect,
    /// Whether it applies.
    pub outcome: Outcome,
}

/// Whether a statement applies to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It does.
    Applies,
    /// It covers the caller through its account only: the account's own policies must allow it too.
    Delegates,
    /// It may.
    Perhaps(Doubt),
    /// It does not.
    Not(Mismatch),
}

/// The first element of a statement that does not fit the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mismatch {
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// The condition with this index.
    Condition(usize),
    /// The whole layer does not concern this caller, such as SCPs and service-linked roles.
    Layer,
}

/// The part of a statement that is not understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// An element could not be read; the statement's `unreadable` says which.
    Unreadable,
    /// A principal that names nothing known, or a policy of a resource without any.
    Principal,
    /// The condition with this index has an operator that is not known.
    Condition(usize),
}

/// A decision and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The answer.
    pub decision: Decision,
    /// What came of every statement.
    pub trace: Trace,
}

/// The way to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Every statement of every policy given, in the order of the layers.
    pub statements: Vec<StatementTrace>,
    /// The layers that would have to allow the request and do not; empty unless implicitly denied.
    pub missing: Vec<Layer>,
    /// How the caller stands to the resource.
    pub standing: Standing,
}

/// How the caller stands to the resource, which says what must allow a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Both in one account: the caller's policies or the resource's allow.
    SameAccount,
    /// Both in one account, and the resource is one whose own policy must allow in any case: a role
    /// that is assumed (if its trust policy is given), a KMS key.
    SameAccountGuarded,
    /// In two accounts: the caller's policies and the resource's both allow.
    CrossAccount,
    /// The caller is a service, a token or nobody: the resource's policy allows.
    NoAccount,
}

impl Evaluation {
    /// The statements that made the decision: the Denies that apply, else the Allows, else those in
    /// doubt. Empty if nothing applies.
    pub fn decided_by(&self) -> impl Iterator<Item = StatementRef> {
        let decision = self.decision;
        let decides = move |entry: &&StatementTrace| match (decision, entry.outcome) {
            (Decision::Allowed, Outcome::Applies | Outcome::Delegates) => entry.effect == Effect::Allow,
            (Decision::ExplicitlyDenied, Outcome::Applies | Outcome::Delegates) => {
                entry.effect == Effect::Deny
            }
            (Decision::Undecided(_), Outcome::Perhaps(_)) => true,
            (
                Decision::Allowed
                | Decision::ExplicitlyDenied
                | Decision::ImplicitlyDenied
                | Decision::Undecided(_),
                Outcome::Applies | Outcome::Delegates | Outcome::Perhaps(_) | Outcome::Not(_),
            ) => false,
        };
        self.trace.statements.iter().filter(decides).map(|entry| entry.statement)
    }
}
