//! What the guardrails say about a role: the one place where a pass asks them.

mod asked;
#[cfg(test)]
mod stand_in;

use guardrails::{Guardrail, Mode, Open, PlannedStep, Role, Rules};

#[cfg(not(test))]
pub(crate) use asked::{check, plan};
#[cfg(test)]
pub(crate) use stand_in::{check, plan};

/// The steps and open findings of a plan.
pub(crate) struct Judgement {
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) open: Vec<Open>,
}

/// Does the lock-down look at this role?
pub(crate) fn is_guarded(rules: &Rules, role: &Role) -> bool {
    rules.mode(Guardrail::LockDownPermissions) != Mode::Off && guardrails::is_guarded(rules, role)
}
