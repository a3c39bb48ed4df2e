//! Whether rescind still sees what happens: each sweep asks once, when it begins. "Blind" is an alarm.

use guardrails::{Facet, Role};

use super::draft::Draft;
use super::{OwnRole, Pass, Passed, read};
use crate::blind::{self, Found, OwnRoleSeen, SeenRole};
use crate::history::{self, History as _};
use crate::iam_error::IamError;
use crate::log_text::LogText;
use crate::outcome::{Next, Outcome, Unjudged};
use crate::ports::{Ports, Preconditions as _};
use crate::record::RoleState;

/// One end if something is missing, none if all is well.
pub(super) async fn pass<P: Ports>(pass: &Pass<'_, P>, account: &str) -> Option<Passed> {
    let mut draft = Draft::new(pass, None);
    let surroundings = pass.ports.preconditions().surroundings().await;
    // Before the first sweep is over, all there is is new.
    let has_baseline = matches!(pass.ports.history().baseline(account).await, Ok(Some(_)));
    let mut own_roles = Vec::new();
    for own in &pass.context.own_roles {
        let role = own_role(pass, own, has_baseline).await;
        own_roles.push(OwnRoleSeen { arn: own.arn.clone(), role });
    }
    let gaps = blind::gaps(surroundings.as_ref(), account, &own_roles);
    if gaps.is_empty() {
        return None;
    }
    let outcome = Outcome::Unjudged(Unjudged::Blind(gaps.len()));
    draft.blind(gaps);
    Some(draft.close(pass.ports, pass.context, outcome, Next::Done).await)
}

async fn own_role<P: Ports>(
    pass: &Pass<'_, P>,
    own: &OwnRole,
    has_baseline: bool,
) -> Found<Option<SeenRole>> {
    let role = match read::again(pass, own.arn.name(), Facet::All).await {
        Ok(role) => role,
        Err(IamError::Absent(_)) => return Ok(None),
        Err(error) => return Err(LogText::new(&error.to_string())),
    };
    let is_same = role.arn == own.arn && role.id == own.id;
    let is_news = has_baseline && is_same && is_news(pass, &role).await?;
    Ok(Some(SeenRole::of(&role, is_same, is_news)))
}

/// The sweep that follows tells the history, so that a change is told of once.
async fn is_news<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> Found<bool> {
    let state = RoleState::from(role);
    for facet in history::parts(Facet::All) {
        let known = pass.ports.history().knows(&role.id, facet, state.digest(facet)).await;
        if known.map_err(|error| LogText::new(&error.to_string()))?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}
