//! Who carries out which step of a plan.

use guardrails::{Permit, PlannedStep, Step};

use super::Pass;
use crate::authority::Write as _;
use crate::judge::Judgement;
use crate::ports::Ports;

/// The steps of a plan, by who may carry them out.
pub(super) struct Share<'a> {
    /// This function may, and all that they wait for too.
    pub(super) own: Vec<(&'a PlannedStep, Permit)>,
    /// Steps of a guardrail in monitor mode.
    pub(super) monitored: Vec<&'a PlannedStep>,
    /// Steps that need another function's authority.
    pub(super) others: Vec<&'a PlannedStep>,
}

impl<'a> Share<'a> {
    pub(super) fn of<P: Ports>(pass: &Pass<'_, P>, plan: &'a Judgement) -> Self {
        let mut share = Self { own: Vec::new(), monitored: Vec::new(), others: Vec::new() };
        for planned in &plan.steps {
            match pass.context.rules.permit(planned.guardrail) {
                None => share.monitored.push(planned),
                Some(permit) if pass.ports.write().may(&permit, &planned.step) => {
                    if planned.needs.iter().all(|need| share.owns(need)) {
                        share.own.push((planned, permit));
                    }
                }
                Some(_) => share.others.push(planned),
            }
        }
        share
    }

    fn owns(&self, step: &Step) -> bool {
        self.own.iter().any(|(planned, _)| planned.step == *step)
    }
}
