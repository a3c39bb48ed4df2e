//! What several invocations may be about to do, and one of them does.

use super::Pass;
use crate::history::{Claim, History as _};
use crate::ports::{PortError, Ports};

/// Why it may not have been done.
pub(super) enum NotDone {
    /// The history took no claim, or no word that it was done.
    History(PortError),
    /// Doing it failed.
    Act(PortError),
}

/// Claims the id, acts, and confirms. What was granted and not confirmed is for another one later.
pub(super) async fn once<P: Ports>(
    pass: &Pass<'_, P>,
    id: &str,
    act: impl Future<Output = Result<(), PortError>>,
) -> Result<Claim, NotDone> {
    let history = pass.ports.history();
    let claim = history.claim_notice(id, pass.now()).await.map_err(NotDone::History)?;
    if claim == Claim::Granted {
        act.await.map_err(NotDone::Act)?;
        history.notice_sent(id, pass.now()).await.map_err(NotDone::History)?;
    }
    Ok(claim)
}
