//! Change or baseline? What the history has never seen came after the first sweep, and is a change, whoever
//! noticed it. What the first sweep found waits for people, as the settings say.

use guardrails::{Baseline, Facet, Finding, Role};
use time::OffsetDateTime;

use super::super::revoke::Upkeep;
use crate::history::{self, History as _, Repair};
use crate::pass::{Pass, one_role, unfinished};
use crate::ports::{PortError, Ports};
use crate::record::RoleState;

/// What a sweep makes of a role.
pub(super) struct Standing {
    trust: Part,
    permissions: Part,
}

/// What a sweep makes of a facet of a role.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Safe, and the history has it.
    Known,
    /// Safe, and the history does not have it.
    News,
    /// Unsafe since before rescind came.
    Waits { is_news: bool },
    /// Unsafe by a change, or something is to be finished or cleared away.
    Repair,
}

impl Standing {
    pub(super) async fn of<P: Ports>(
        pass: &Pass<'_, P>,
        role: &Role,
        baseline: Option<OffsetDateTime>,
    ) -> Result<Self, PortError> {
        let findings = one_role::findings(pass, role);
        let mut standing = Self {
            trust: part(pass, role, &findings, Facet::Trust, baseline).await?,
            permissions: part(pass, role, &findings, Facet::Permissions, baseline).await?,
        };
        if !Upkeep::of(pass, role).is_empty() || is_contained(role) {
            standing.also_repair(Facet::Permissions);
        }
        let unfinished = pass.ports.history().unfinished(&role.id, Facet::All).await?;
        let over = unfinished.iter().filter(|repair| unfinished::is_over(repair, pass.now()));
        over.filter_map(Repair::facet).for_each(|facet| standing.also_repair(facet));
        Ok(standing)
    }

    /// What is done as its event would have had it done.
    pub(super) fn repair(&self) -> Option<Facet> {
        self.facet(|part| part == Part::Repair)
    }

    /// What the history is told without a repair.
    pub(super) fn news(&self) -> Option<Facet> {
        self.facet(|part| matches!(part, Part::News | Part::Waits { is_news: true }))
    }

    /// Is something unsafe left to people?
    pub(super) fn waits(&self) -> bool {
        self.facet(|part| matches!(part, Part::Waits { .. })).is_some()
    }

    fn facet(&self, is: impl Fn(Part) -> bool) -> Option<Facet> {
        match (is(self.trust), is(self.permissions)) {
            (true, true) => Some(Facet::All),
            (true, false) => Some(Facet::Trust),
            (false, true) => Some(Facet::Permissions),
            (false, false) => None,
        }
    }

    /// What waits is not repaired by the way.
    fn also_repair(&mut self, facet: Facet) {
        let parts = [(&mut self.trust, facet.has_trust()), (&mut self.permissions, facet.has_permissions())];
        for (part, is_meant) in parts {
            if is_meant && !matches!(part, Part::Waits { .. }) {
                *part = Part::Repair;
            }
        }
    }
}

async fn part<P: Ports>(
    pass: &Pass<'_, P>,
    role: &Role,
    findings: &[Finding],
    facet: Facet,
    baseline: Option<OffsetDateTime>,
) -> Result<Part, PortError> {
    let digest = RoleState::from(role).digest(facet);
    let known = pass.ports.history().knows(&role.id, facet, digest).await?;
    let is_news = known.is_none();
    if findings.iter().all(|found| found.facet != facet || found.kind.is_notice()) {
        return Ok(if is_news { Part::News } else { Part::Known });
    }
    let is_baseline = known.map_or(baseline.is_none(), |known| known.is_baseline(baseline));
    let is_left = is_baseline && pass.context.rules.baseline() == Baseline::Report;
    Ok(if is_left { Part::Waits { is_news } } else { Part::Repair })
}

/// Held still in a fight, which may be over.
fn is_contained(role: &Role) -> bool {
    history::parts(Facet::All).any(|facet| !guardrails::release_containments(role, facet).is_empty())
}
