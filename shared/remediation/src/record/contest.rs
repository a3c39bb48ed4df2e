//! What is told of a fight.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::patch::{self, Patch};
use super::{Record, notification};
use crate::log_text::LogSentence;
use crate::outcome::{Contest, Outcome};
use crate::trigger::Actor;

/// A fight, as the record of a pass keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContestRecord {
    /// The repairs within the last hour, this one not counted.
    pub repairs: u32,
    /// How long after a repair the next one may come, in seconds.
    pub pause_seconds: u64,
}

/// A fight, as people are told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContestNote {
    /// The repairs within the last hour, this one not counted.
    pub repairs: u32,
    /// How long after a repair the next one may come, in seconds.
    pub pause_seconds: u64,
    /// Who undoes them, as far as the events tell: all of it text of strangers.
    pub opponent: LogSentence,
    /// What to change in the opponent's code.
    pub patches: Vec<Patch>,
}

impl ContestRecord {
    pub(crate) fn of(outcome: &Outcome) -> Option<Self> {
        let Outcome::Contested(Contest { repairs, pause, .. }) = outcome else { return None };
        Some(Self { repairs: *repairs, pause_seconds: pause.as_secs() })
    }
}

impl ContestNote {
    pub(super) fn of(record: &Record, secrets: &BTreeSet<String>) -> Option<Self> {
        let contest = record.contest.as_ref()?;
        Some(Self {
            repairs: contest.repairs,
            pause_seconds: contest.pause_seconds,
            opponent: LogSentence::new(&opponent(&record.actor)),
            patches: patch::patches(&record.steps, |line| notification::hidden(line, secrets)),
        })
    }
}

fn opponent(actor: &Actor) -> String {
    let mut told = match &actor.who {
        Some(who) => format!("`{who}`"),
        None => "someone whom no event names".to_owned(),
    };
    for (word, text) in [("through", &actor.invoked_by), ("with", &actor.user_agent), ("from", &actor.from)] {
        if let Some(text) = text {
            told.push_str(&format!(" {word} `{text}`"));
        }
    }
    told
}
