//! How much work a question may cost. Steps are counted, never timed, so that the same question
//! has the same answer on every machine.

/// The number of steps one question may take before its answer is `Unknown`.
///
/// A step is one node of the search, one state of a word automaton, or 64 values looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Budget(u64);

impl Budget {
    /// A budget of exactly `steps`.
    #[must_use]
    pub const fn steps(steps: u64) -> Self {
        Self(steps)
    }
}

impl Default for Budget {
    /// 50,000 steps: about a hundred times what the slowest real policy needs.
    fn default() -> Self {
        Self(50_000)
    }
}
/// The budget is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exhausted;

/// What is left of a budget while a question is being answered.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    left: u64,
}

impl Steps {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { left: budget.0 }
    }

    /// Pays for `cost` steps.
    pub(crate) fn spend(&mut self, cost: usize) -> Result<(), Exhausted> {
        let cost = u64::try_from(cost).unwrap_or(u64::MAX);
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Exhausted)
            }
        }
    }
}
