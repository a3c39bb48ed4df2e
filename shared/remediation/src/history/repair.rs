//! A repair as the history keeps it, and the id by which people name it.

use std::fmt;

use guardrails::{Facet, RoleId, Step};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;
use time::format_description::well_known::iso8601::{Config, EncodedConfig, TimePrecision};

use super::Intent;
use crate::record::{Record, RoleState};

/// Names a repair: the role's unique id and the start of the pass, to the microsecond. It tells where to look,
/// so that a repair is found without a search, and it makes a policy name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepairId {
    role: RoleId,
    started: OffsetDateTime,
}

/// A text that is not the id of a repair.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the id of a repair, such as `AROA3AEW23DC76AD3735E-20261120T100005.123456Z`")]
pub struct RepairIdError(String);

/// `20261120T100005.123456Z`
const TIME: EncodedConfig = Config::DEFAULT
    .set_use_separators(false)
    .set_time_precision(TimePrecision::Second { decimal_digits: std::num::NonZero::new(6) })
    .encode();

impl RepairId {
    /// The repair of this role by the pass that started then.
    #[must_use]
    pub fn new(role: RoleId, started: OffsetDateTime) -> Self {
        let micros = started.nanosecond() / 1_000 * 1_000;
        let started = started.to_offset(time::UtcOffset::UTC).replace_nanosecond(micros).unwrap_or(started);
        Self { role, started }
    }

    /// Parses an id.
    ///
    /// # Errors
    /// The text, when it is none.
    pub fn parse(text: &str) -> Result<Self, RepairIdError> {
        let read = || {
            let (role, started) = text.split_once('-')?;
            let started = OffsetDateTime::parse(started, &Iso8601::PARSING).ok()?;
            Some(Self::new(RoleId::parse(role).ok()?, started))
        };
        read().ok_or_else(|| RepairIdError(text.chars().take(200).collect()))
    }

    /// The role.
    #[must_use]
    pub fn role(&self) -> &RoleId {
        &self.role
    }

    /// When the pass started.
    #[must_use]
    pub fn started(&self) -> OffsetDateTime {
        self.started
    }
}

impl fmt::Display for RepairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let started = self.started.format(&Iso8601::<TIME>).map_err(|_| fmt::Error)?;
        write!(f, "{}-{started}", self.role)
    }
}

impl TryFrom<String> for RepairId {
    type Error = RepairIdError;

    fn try_from(text: String) -> Result<Self, RepairIdError> {
        Self::parse(&text)
    }
}

impl From<RepairId> for String {
    fn from(id: RepairId) -> Self {
        id.to_string()
    }
}

/// What is known of a repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Its id.
    pub id: RepairId,
    /// What the pass was about to write, in order; never empty.
    pub intents: Vec<Intent>,
    /// How the pass ended; `None` if it did not live to tell.
    pub record: Option<Record>,
}

impl Repair {
    /// Groups intents and records, each oldest first, by repair.
    #[must_use]
    pub fn group(intents: Vec<Intent>, records: Vec<Record>) -> Vec<Self> {
        let mut repairs: Vec<Self> = Vec::new();
        for intent in intents {
            match repairs.iter_mut().find(|repair| repair.id == intent.repair) {
                Some(repair) if repair.intents.contains(&intent) => {}
                Some(repair) => repair.intents.push(intent),
                None => {
                    let id = intent.repair.clone();
                    repairs.push(Self { id, intents: vec![intent], record: None });
                }
            }
        }
        for record in records {
            if let Some(repair) = repairs.iter_mut().find(|repair| Some(&repair.id) == record.repair.as_ref())
            {
                repair.record = Some(record);
            }
        }
        repairs.sort_by_key(|repair| repair.id.started);
        repairs
    }

    /// The state that the pass found before its first write.
    #[must_use]
    pub fn before(&self) -> Option<&RoleState> {
        let found = self.record.as_ref().and_then(|record| record.before.as_ref());
        found.or_else(|| self.intents.first().map(|intent| &intent.before))
    }

    /// How the role was to be changed, in order.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.intents.iter().flat_map(|intent| &intent.steps)
    }

    /// What was repaired.
    #[must_use]
    pub fn facet(&self) -> Option<Facet> {
        self.intents.first().map(|intent| intent.facet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_makes_a_policy_name() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_795_168_805_123_456_789).unwrap();
        let id = RepairId::new(RoleId::parse("AROA3AEW23DC76AD3735E").unwrap(), at);
        let text = id.to_string();
        assert_eq!(text, "AROA3AEW23DC76AD3735E-20261120T100005.123456Z");
        assert_eq!(RepairId::parse(&text), Ok(id));
        assert!(guardrails::PolicyName::parse(&format!("rescind-revoke-{text}")).is_ok());
        for other in ["", "AROA3AEW23DC76AD3735E", "app-20261120T100005.123456Z", "AROA3AEW23DC76AD3735E-x"] {
            assert!(RepairId::parse(other).is_err(), "{other}");
        }
    }
}
