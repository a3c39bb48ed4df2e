//! Whose turn it is. One sweep of an account is under way at a time; whoever asks for another gets it after that
//! one's end, and of two invocations with the same sweep only one can go on.

use time::OffsetDateTime;

use super::Progress;
use crate::history::History as _;
use crate::pass::Pass;
use crate::ports::{PortError, Ports};

/// How often a sweep that begins may find that others were quicker.
const ATTEMPTS: usize = 3;

/// What a message to the sweep comes to.
pub(super) enum Turn {
    /// A new sweep.
    Begins(Progress),
    /// One that another invocation began.
    GoesOn(Progress),
    /// Nothing is to be done: others are at it, or it is over.
    Others(Progress),
    /// The history knows of no such sweep.
    Unknown,
}

/// Begins a sweep, or takes up the one that began then.
pub(super) async fn take<P: Ports>(
    pass: &Pass<'_, P>,
    begun: Option<OffsetDateTime>,
) -> Result<Turn, PortError> {
    let Some(begun) = begun else { return begin(pass).await };
    match pass.ports.history().sweep(account(pass)).await? {
        None => Ok(Turn::Unknown),
        Some(progress) if progress.begun != begun => Ok(Turn::Others(progress)),
        // Whoever ended it may have died before another one began.
        Some(progress) if progress.over && is_asked_for(pass, &progress).await? => begin(pass).await,
        Some(progress) if progress.over => Ok(Turn::Others(progress)),
        Some(progress) => Ok(Turn::GoesOn(progress)),
    }
}

/// Was another sweep asked for while this one was under way?
pub(super) async fn is_asked_for<P: Ports>(
    pass: &Pass<'_, P>,
    progress: &Progress,
) -> Result<bool, PortError> {
    Ok(pass.ports.history().asked_for(account(pass)).await? == Some(progress.begun))
}

/// Keeps the progress; `false` if somebody else goes on with the sweep.
pub(super) async fn keep<P: Ports>(pass: &Pass<'_, P>, progress: &mut Progress) -> Result<bool, PortError> {
    progress.revision += 1;
    progress.kept = pass.now();
    pass.ports.history().keep_sweep(progress).await
}

async fn begin<P: Ports>(pass: &Pass<'_, P>) -> Result<Turn, PortError> {
    let history = pass.ports.history();
    let mut last = None;
    for _ in 0..ATTEMPTS {
        last = history.sweep(account(pass)).await?;
        let Some(other) = last.as_ref().filter(|last| !last.over) else {
            let mut progress = Progress::begun(account(pass), pass.now(), last.as_ref());
            if keep(pass, &mut progress).await? {
                return Ok(Turn::Begins(progress));
            }
            continue;
        };
        // What was changed meanwhile may lie behind it. It looks for this only after it is over, so whoever still
        // sees it under way now has been heard.
        history.ask_for_sweep(account(pass), other.begun).await?;
        if other.is_left_lying(pass.now()) {
            return Ok(Turn::GoesOn(other.clone()));
        }
        let now = history.sweep(account(pass)).await?;
        if let Some(now) = now.filter(|now| now.begun == other.begun && !now.over) {
            return Ok(Turn::Others(now));
        }
    }
    Ok(last.map_or(Turn::Unknown, Turn::Others))
}

fn account<'a, P: Ports>(pass: &Pass<'a, P>) -> &'a str {
    pass.context.rules.account().id.as_str()
}
