//! How a pass over one role ended.

use std::time::Duration;

use time::OffsetDateTime;

use crate::decode::{Ignored, Refused};
use crate::function::Function;
use crate::iam_error::IamError;
use crate::log_text::LogText;
pub use crate::pass::{Tally, Verified};
use crate::ports::PortError;

/// The closed set of outcomes. Only `Compliant` and `Repaired` say that the role is safe.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Nothing to find, on a read that was confirmed.
    Compliant,
    /// Written, read back and checked again.
    Repaired(Verified),
    /// Unsafe, and not repaired.
    Unrepaired(Unrepaired),
    /// Unsafe; monitor mode would have repaired it.
    WouldRepair,
    /// What is left to do lies with another function, which has been told.
    HandedOver(Function),
    /// Someone undoes the repairs again and again.
    Contested(Contest),
    /// The role does not exist any more.
    Gone,
    /// Unsafe, and only AWS can change it.
    Unmodifiable,
    /// Unsafe, and protected from writes; the text is the reason.
    Protected(String),
    /// An exception of the settings covers what was found.
    Exempt(String),
    /// An operator put this very document back and holds it until then.
    Held {
        /// The end of the hold.
        until: OffsetDateTime,
        /// Who holds it.
        by: String,
    },
    /// No verdict: a finding, never silence.
    Unjudged(Unjudged),
    /// A sweep looked at the roles; what it found has outcomes of its own.
    Swept {
        /// In numbers.
        tally: Tally,
        /// Were these all roles? If not, another invocation goes on.
        is_over: bool,
    },
    /// Not ours to look at.
    Ignored(Ignored),
    /// Not to be believed.
    Refused(Refused),
}

/// A fight over a facet of a role, as one pass met it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contest {
    /// The repairs within the last hour, this one not counted.
    pub repairs: u32,
    /// How long after a repair the next one may come.
    pub pause: Duration,
    /// The repair of this pass; `None` if it is held off until the pause is over.
    pub verified: Option<Verified>,
}

impl Contest {
    fn why(&self) -> String {
        let Self { repairs, pause, verified } = self;
        let now = match verified {
            Some(_) => "repaired once more",
            None => "the next repair is held off",
        };
        format!(
            "undone after {repairs} repairs within an hour; {now}, with {} s from one to the next",
            pause.as_secs()
        )
    }
}

/// Why an unsafe role was not repaired.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unrepaired {
    /// The function that could do it is not deployed.
    #[error(
        "no authority: the step belongs to `{0}`, which this deployment does not have or does not let do it"
    )]
    NoAuthority(Function),
    /// The message to the function that could do it was not accepted.
    #[error("`{to}` could not be told: {why}")]
    NotToldTo {
        /// The function.
        to: Function,
        /// What the queue said.
        why: String,
    },
    /// No intent was recorded, so nothing was written.
    #[error("the history did not take the intent, so nothing was written: {0}")]
    NoHistory(String),
    /// IAM refused the write.
    #[error(transparent)]
    Iam(IamError),
    /// No repair could be proved safe.
    #[error("no repair could be proved safe: {0}")]
    NoProof(String),
    /// The trust policy is repaired, but the sessions that were opened before live on.
    #[error("the sessions that were opened while the role was unsafe are not revoked: {0}")]
    NotRevoked(String),
    /// It was so before rescind came.
    #[error("it was so before rescind came: repair it by hand, or with `baseline: repair` in the settings")]
    Baseline,
    /// The settings ask to report it only.
    #[error("the settings ask to report it only")]
    ReportOnly,
    /// The role changed under the pass, time and again.
    #[error("the role changed while it was being repaired, in {0} attempts")]
    KeptChanging(u32),
    /// Another pass began the repair and died; the role was changed since.
    #[error(
        "nobody saw how this repair ended: its pass did not live to tell, and the role was changed since; another \
         record tells what the role is like now, and `rescind history` what it was like before"
    )]
    Overtaken,
    /// Written, but reads do not show it yet.
    #[error("written, but the repair has not been read back yet")]
    NotReadBack,
    /// Time ran out.
    #[error("the time of the function ran out")]
    OutOfTime,
}

/// Why there is no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unjudged {
    /// Reads do not show what the event reports, and the event is young: they may be stale.
    #[error("the role does not show yet what the event reports, so the read may be stale")]
    Unconfirmed,
    /// The role just created can't be read yet.
    #[error("the role can't be read yet")]
    NotThereYet,
    /// The role could not be read.
    #[error("the role could not be read: {0}")]
    Unreadable(IamError),
    /// The role could be read but not understood.
    #[error("the role could not be understood: {0}")]
    NotUnderstood(String),
    /// What was found could not be decided.
    #[error("undecided: {0}")]
    Undecided(String),
    /// The holds on the role could not be asked for.
    #[error("the history could not be read: {0}")]
    NoHistory(String),
    /// The sweep that a message names is not known.
    #[error("the history knows nothing of the sweep that was to go on; the next one begins by itself")]
    NoSweep,
    /// The event does not name the role, and the sweep that was asked to find it can't tell a change from what was
    /// there before.
    #[error(
        "the call does not show which role it changed, and the first sweep is not over: any role that it reports \
         as unsafe may be this very change, so look at each"
    )]
    BeforeBaseline,
    /// So many of the things that rescind lives on are not as they must be; the record names them.
    #[error("rescind may not see what happens, or not be able to undo it; gaps in what it lives on: {0}")]
    Blind(usize),
    /// An identity provider changed. Whether it still vouches for the right people, no policy tells.
    #[error("{0}")]
    ProviderChanged(LogText),
    /// Time ran out before this role's turn.
    #[error("the time of the function ran out")]
    OutOfTime,
}

/// What has to happen after the pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// Nothing.
    Done,
    /// Deliver the same message again after this time. Nothing is lost by doing it more than once.
    Again {
        /// How long to wait.
        after: Duration,
    },
}

impl Next {
    /// Whatever has to happen, and the message once more: after this time at the latest.
    pub(crate) fn and_again(self, longest: Duration) -> Self {
        match self {
            Self::Done => Self::Again { after: longest },
            Self::Again { after } => Self::Again { after: after.min(longest) },
        }
    }
}

impl Outcome {
    /// The history could not be asked.
    pub(crate) fn no_history(error: &PortError) -> Self {
        Self::Unjudged(Unjudged::NoHistory(error.to_string()))
    }

    /// The outcome's name, as records and notifications spell it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::Repaired(_) => "repaired",
            Self::Unrepaired(_) => "unrepaired",
            Self::WouldRepair => "would_repair",
            Self::HandedOver(_) => "handed_over",
            Self::Contested(_) => "contested",
            Self::Gone => "gone",
            Self::Unmodifiable => "unmodifiable",
            Self::Protected(_) => "protected",
            Self::Exempt(_) => "exempt",
            Self::Held { .. } => "held",
            Self::Unjudged(_) => "unjudged",
            Self::Swept { .. } => "swept",
            Self::Ignored(_) => "ignored",
            Self::Refused(_) => "refused",
        }
    }

    /// What there is to say beyond the name.
    #[must_use]
    pub fn why(&self) -> Option<String> {
        match self {
            Self::Compliant | Self::Repaired(_) | Self::WouldRepair | Self::Gone => None,
            Self::Contested(contest) => Some(contest.why()),
            Self::Unmodifiable => Some("only AWS can change the role".to_owned()),
            Self::Unrepaired(why) => Some(why.to_string()),
            Self::HandedOver(to) => Some(format!("handed over to `{to}`")),
            Self::Protected(reason) => Some(format!("protected: {reason}")),
            Self::Exempt(exception) => Some(exception.clone()),
            Self::Held { until, by } => Some(format!("held until {until} by `{by}`")),
            Self::Unjudged(why) => Some(why.to_string()),
            Self::Swept { tally, is_over } => Some(tally.sentence(*is_over)),
            Self::Ignored(why) => Some(why.to_string()),
            Self::Refused(why) => Some(why.to_string()),
        }
    }
}
