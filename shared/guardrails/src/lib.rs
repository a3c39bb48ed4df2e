//! The guardrails of rescind: what a role may be, what is wrong with it, and how to put it right.
//!
//! Everything here is a pure function of settings, a role snapshot and "now". Nothing reads a clock, the
//! environment or the network, and nothing writes: a [`Plan`] is data, and applying it needs a [`Permit`].

pub mod check;
mod derive_ceiling;
pub mod digest;
mod exceptions;
pub mod explain;
pub mod facet;
mod facts;
pub mod finding;
mod known;
mod lock_down_permissions;
pub mod names;
pub mod permit;
pub mod plan;
mod provider;
mod repair;
mod restrict_cross_account_access;
pub mod role;
pub mod rules;
mod self_protection;
pub mod settings;
pub mod step;
mod vendors;
mod words;

pub use check::check;
pub use derive_ceiling::{Beyond, DerivedCeiling, NoCeiling, User, derive_ceiling};
pub use digest::Digest;
pub use exceptions::{Exception, LetsThrough, Term, exceptions_in_use};
pub use explain::{Concerned, Explanation};
pub use facet::Facet;
pub use finding::{Finding, Guardrail, Kind, PolicyRef, Severity};
pub use lock_down_permissions::{Lockdown, NEEDED_BY_RESCIND, Response, is_guarded};
pub use names::{AccountId, NameError, PolicyArn, PolicyName, RoleArn, RoleId, RoleName};
pub use permit::{Mode, Permit};
pub use plan::{LastGood, Open, Plan, PlannedStep, PolicyUser, Strategy, Why, plan};
pub use provider::{IdentityProvider, ProviderKind};
pub use repair::contain::{
    NoRoom, contain_permissions, contain_trust, release as release_containments, without_containments,
};
pub use repair::principals::{principals, without_principals};
pub use repair::revoke::{Exposure, NotRevoked, Since, calls_for_revocation, revocation, spent_revocations};
pub use role::{AttachedPolicy, InlinePolicy, Permissions, Role};
pub use rules::{Account, Protected, Rules};
pub use self_protection::{Opening, SelfProtection, Stack};
pub use settings::{
    Baseline, Field, FieldPart, OnUnknown, Place, RevokeSessions, Settings, SettingsError, Warning,
};
pub use step::Step;
