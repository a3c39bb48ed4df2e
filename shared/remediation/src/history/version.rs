//! Versions of a role's documents, as the passes saw them.

use guardrails::{Digest, Facet, RoleId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::RepairId;
use crate::record::{Record, RoleState};
use crate::trigger::Actor;

/// One facet of a role as a pass saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleVersion {
    /// The wire version, 1.
    pub version: u32,
    /// `trust` or `permissions`.
    pub facet: Facet,
    /// The digest of the facet.
    pub digest: Digest,
    /// What the guardrails said of it then.
    pub verdict: Verdict,
    /// When it was seen.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Why the pass ran that saw it.
    pub cause: String,
    /// Who made the call behind that pass; who wrote the version, if the cause is a change.
    pub actor: Actor,
    /// The repair that wrote it; absent for what others wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<RepairId>,
    /// The role with this facet; a version of the trust policy has no permissions.
    pub state: RoleState,
}

/// What the guardrails said of a version when it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing was found.
    Safe,
    /// Nothing was found but what an exception lets through.
    Exempt,
    /// Something was found.
    Unsafe,
    /// Something was found that could not be decided.
    Undecided,
}

/// What the history knows of a document that it has seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// When it was first seen.
    pub at: OffsetDateTime,
    /// Why the pass ran that saw it first.
    pub cause: String,
    /// What the guardrails said of it then.
    pub verdict: Verdict,
}

impl Known {
    /// Was it there when the first sweep came by? `baseline` is the end of that sweep.
    #[must_use]
    pub fn is_baseline(&self, baseline: Option<OffsetDateTime>) -> bool {
        self.cause == "sweep" && baseline.is_none_or(|end| self.at <= end)
    }
}

impl Verdict {
    /// May a version with this verdict be put back, if it also passes today's check?
    #[must_use]
    pub fn is_good(self) -> bool {
        match self {
            Self::Safe | Self::Exempt => true,
            Self::Unsafe | Self::Undecided => false,
        }
    }
}

impl RoleVersion {
    /// Does it tell anything that the newest version does not?
    #[must_use]
    pub fn is_news_after(&self, newest: Option<(Digest, Verdict)>) -> bool {
        newest != Some((self.digest, self.verdict))
    }

    /// What is told about the document when this is the first time it is seen.
    #[must_use]
    pub fn known(&self) -> Known {
        Known { at: self.at, cause: self.cause.clone(), verdict: self.verdict }
    }
}

/// `trust`, `permissions`, or both.
pub fn parts(facet: Facet) -> impl Iterator<Item = Facet> {
    [Facet::Trust, Facet::Permissions].into_iter().filter(move |part| match part {
        Facet::Permissions => facet.has_permissions(),
        Facet::Trust | Facet::All => facet.has_trust(),
    })
}

/// The versions that a record tells of: what the pass found, then what it left. A read that could not be
/// confirmed tells of none.
#[must_use]
pub fn versions_of(record: &Record) -> Vec<RoleVersion> {
    let Some(role) = &record.role_id else { return Vec::new() };
    let mut versions = Vec::new();
    for facet in parts(record.facet) {
        if let (Some(state), Some(verdict)) = (&record.before, found(record, facet)) {
            versions.extend(version(record, role, facet, state, verdict, record.times.started));
        }
        if let Some(state) = &record.after {
            let at = record.times.verified.unwrap_or(record.times.ended);
            let written = version(record, role, facet, state, left(record, facet), at);
            versions.extend(written.map(|version| RoleVersion { repair: record.repair.clone(), ..version }));
        }
    }
    versions
}

fn version(
    record: &Record,
    role: &RoleId,
    facet: Facet,
    state: &RoleState,
    verdict: Verdict,
    at: OffsetDateTime,
) -> Option<RoleVersion> {
    let is_read = facet == Facet::Trust || state.permissions.is_some();
    (is_read && state.id == *role).then(|| RoleVersion {
        version: 1,
        facet,
        digest: state.digest(facet),
        verdict,
        at,
        cause: record.cause.clone(),
        actor: record.actor.clone(),
        repair: None,
        state: RoleState {
            permissions: state.permissions.clone().filter(|_| facet == Facet::Permissions),
            ..state.clone()
        },
    })
}

/// The verdict on what the pass found; `None` when there was none.
fn found(record: &Record, facet: Facet) -> Option<Verdict> {
    let is_found = is_found(record, facet);
    match record.outcome() {
        "compliant" => Some(Verdict::Safe),
        "exempt" => Some(Verdict::Exempt),
        "unjudged" => is_found.then_some(Verdict::Undecided),
        "repaired" | "unrepaired" | "would_repair" | "handed_over" | "contested" | "unmodifiable"
        | "protected" | "held" => Some(if is_found { Verdict::Unsafe } else { Verdict::Safe }),
        _ => None,
    }
}

fn left(record: &Record, facet: Facet) -> Verdict {
    if record.times.verified.is_none() && is_found(record, facet) { Verdict::Unsafe } else { Verdict::Safe }
}

fn is_found(record: &Record, facet: Facet) -> bool {
    record
        .findings
        .iter()
        .any(|found| found.finding.get("facet").and_then(Value::as_str) == Some(facet.word()))
}
