//! Modes, and the permit that only enforce mode gives.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::finding::Guardrail;
use crate::lock_down_permissions::Lockdown;

/// How far a guardrail goes, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The guardrail is not asked.
    #[default]
    Off,
    /// It goes the whole way and writes nothing.
    Monitor,
    /// It repairs.
    Enforce,
}

/// Proof that the settings let this guardrail write. Only [`Permit::for_mode`] makes one for functions, and
/// every port that writes asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    guardrail: Guardrail,
    lockdown: Option<Arc<Lockdown>>,
}

impl Permit {
    /// A permit if, and only if, the mode is `enforce`.
    pub(crate) fn for_mode(
        guardrail: Guardrail,
        mode: Mode,
        lockdown: Option<Arc<Lockdown>>,
    ) -> Option<Self> {
        match mode {
            Mode::Enforce => Some(Self { guardrail, lockdown }),
            Mode::Off | Mode::Monitor => None,
        }
    }

    /// A permit for a person who takes a repair back with credentials of their own. Functions have no use for
    /// it: a test holds that undoing is the one place that asks.
    #[must_use]
    pub fn of_operator(guardrail: Guardrail) -> Self {
        Self { guardrail, lockdown: None }
    }

    /// The guardrail that may write.
    #[must_use]
    pub fn guardrail(&self) -> Guardrail {
        self.guardrail
    }

    /// The lockdown policy that the settings ask for: the one policy that some functions may attach.
    #[must_use]
    pub fn lockdown(&self) -> Option<&Lockdown> {
        self.lockdown.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_enforce_mode_gives_a_permit() {
        let permit =
            |mode| Permit::for_mode(Guardrail::LockDownPermissions, mode, None).map(|p| p.guardrail());
        assert_eq!(permit(Mode::Off), None);
        assert_eq!(permit(Mode::Monitor), None);
        assert_eq!(permit(Mode::Enforce), Some(Guardrail::LockDownPermissions));
    }
}
