//! The keys of the table.

use guardrails::{Digest, Facet, RoleId, RoleName};
use remediation::history::{Hold, Intent, RepairId, RoleVersion};
use time::format_description::well_known::Iso8601;
use time::format_description::well_known::iso8601::{Config, EncodedConfig, TimePrecision};
use time::{OffsetDateTime, UtcOffset};

/// Where an item lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) partition: String,
    pub(super) sort: String,
}

/// The partition of all holds. The template keeps functions from writing to it.
pub(super) const HOLDS: &str = "holds";
/// The sort keys of repairs begin so.
pub(super) const REPAIRS: &str = "repair#";

impl Key {
    fn new(partition: String, sort: impl Into<String>) -> Self {
        Self { partition, sort: sort.into() }
    }

    pub(super) fn head(role: &RoleId) -> Self {
        Self::new(role_partition(role), "head")
    }

    pub(super) fn seen(role: &RoleId, facet: Facet, digest: Digest) -> Self {
        Self::new(role_partition(role), format!("seen#{}#{digest}", facet.word()))
    }

    pub(super) fn version(version: &RoleVersion) -> Self {
        let sort = format!("{}{}", versions(version.facet, version.verdict.is_good()), timestamp(version.at));
        Self::new(role_partition(&version.state.id), sort)
    }

    pub(super) fn intent(intent: &Intent) -> Self {
        let sort = format!("{}intent#{}", repair(&intent.repair), timestamp(intent.at));
        Self::new(role_partition(intent.repair.role()), sort)
    }

    pub(super) fn outcome(id: &RepairId) -> Self {
        Self::new(role_partition(id.role()), format!("{}outcome", repair(id)))
    }

    pub(super) fn name(name: &RoleName, role: &RoleId) -> Self {
        Self::new(name_partition(name), role.as_str())
    }

    pub(super) fn baseline(account: &str) -> Self {
        Self::new(format!("account#{account}"), "baseline")
    }

    pub(super) fn sweep(account: &str) -> Self {
        Self::new(format!("account#{account}"), "sweep")
    }

    pub(super) fn sweep_asked(account: &str) -> Self {
        Self::new(format!("account#{account}"), "sweep-asked")
    }

    pub(super) fn calls(account: &str) -> Self {
        Self::new(format!("account#{account}"), "calls")
    }

    pub(super) fn notice(id: &str) -> Self {
        Self::new(format!("notice#{id}"), "notice")
    }

    pub(super) fn hold(hold: &Hold) -> Self {
        let sort = format!("{}{}#{}", holds(&hold.role_id), hold.facet.word(), hold.digest);
        Self::new(HOLDS.to_owned(), sort)
    }

    /// A part of an item that is too large for one.
    pub(super) fn part(&self, number: usize) -> Self {
        Self::new(self.partition.clone(), format!("{}{number:04}", self.parts()))
    }

    /// What the sort keys of all parts begin with.
    pub(super) fn parts(&self) -> String {
        format!("part#{}#", self.sort)
    }
}

pub(super) fn role_partition(role: &RoleId) -> String {
    format!("role#{role}")
}

/// Names of roles are unique whatever their case.
pub(super) fn name_partition(name: &RoleName) -> String {
    format!("name#{}", name.as_str().to_ascii_lowercase())
}

pub(super) fn versions(facet: Facet, is_good: bool) -> String {
    format!("{}#{}#", if is_good { "good" } else { "bad" }, facet.word())
}

pub(super) fn repair(id: &RepairId) -> String {
    format!("{REPAIRS}{}#", timestamp(id.started()))
}

pub(super) fn holds(role: &RoleId) -> String {
    format!("{role}#")
}

/// Always as long, so that texts sort as instants do.
const TIME: EncodedConfig = Config::DEFAULT
    .set_time_precision(TimePrecision::Second { decimal_digits: std::num::NonZero::new(6) })
    .encode();

/// `2026-11-20T10:00:05.123456Z`
pub(super) fn timestamp(at: OffsetDateTime) -> String {
    at.to_offset(UtcOffset::UTC).format(&Iso8601::<TIME>).unwrap_or_default()
}

/// Microseconds since 1970, as numbers are sent.
pub(super) fn micros(at: OffsetDateTime) -> i128 {
    at.unix_timestamp_nanos() / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_sort_as_texts() {
        let at = |nanos| timestamp(OffsetDateTime::from_unix_timestamp_nanos(nanos).unwrap());
        let second = 1_795_168_800_000_000_000;
        assert_eq!(at(second + 5_000_001_000), "2026-11-20T10:00:05.000001Z");
        assert!(at(second) < at(second + 1_000));
        assert!(at(second + 999_000) < at(second + 1_000_000_000));
    }
}
