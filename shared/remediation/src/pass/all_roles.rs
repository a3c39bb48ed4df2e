//! The event does not name the role: every role of the account is looked at.

use guardrails::Role;

use super::draft::Draft;
use super::{Pass, Passed, one_role};
use crate::iam_error::IamError;
use crate::judge;
use crate::outcome::{Next, Outcome, Unjudged};
use crate::ports::{ListRoles as _, Page, Ports};

/// Pages all roles. There is one end for each role with findings, for each that could not be understood, and
/// one for the whole.
pub(super) async fn pass<P: Ports>(pass: &Pass<'_, P>) -> Vec<Passed> {
    let draft = Draft::new(pass, None);
    let mut passed = Vec::new();
    let mut marker: Option<String> = None;
    let end = loop {
        match page(pass, marker.as_deref()).await {
            Ok(page) => {
                if !one_page(pass, &page, &mut passed).await {
                    break (Outcome::Unjudged(Unjudged::OutOfTime), pass.recheck());
                }
                match page.next {
                    Some(next) => marker = Some(next),
                    None => break whole(pass, &passed),
                }
            }
            Err(error) => break pass.unreadable(error),
        }
    };
    passed.push(draft.close(pass.ports, pass.context, end.0, end.1).await);
    passed
}

/// `false` when time ran out.
async fn one_page<P: Ports>(pass: &Pass<'_, P>, page: &Page, passed: &mut Vec<Passed>) -> bool {
    for (name, why) in &page.unreadable {
        let mut draft = Draft::new(pass, None);
        draft.named(name);
        let outcome = Outcome::Unjudged(Unjudged::NotUnderstood(format!("`{name}`: {why}")));
        passed.push(draft.close(pass.ports, pass.context, outcome, Next::Done).await);
    }
    for role in &page.roles {
        if pass.out_of_time() {
            return false;
        }
        if is_suspect(pass, role) {
            passed.extend(one_role::pass(pass, role.arn.name()).await);
        }
    }
    true
}

fn is_suspect<P: Ports>(pass: &Pass<'_, P>, role: &Role) -> bool {
    let findings = judge::check(&pass.context.rules, role, pass.trigger.facet);
    findings.iter().any(|finding| !finding.kind.is_notice())
}

/// Nothing tells whether the pages already showed what the event did; the message comes again until they must.
fn whole<P: Ports>(pass: &Pass<'_, P>, passed: &[Passed]) -> (Outcome, Next) {
    if pass.is_young() {
        return (Outcome::Unjudged(Unjudged::Unconfirmed), pass.settle());
    }
    let unsafe_roles = passed.iter().filter(|one| !is_safe(&one.outcome)).count();
    if unsafe_roles == 0 {
        return (Outcome::Compliant, Next::Done);
    }
    let text = format!("{unsafe_roles} roles are not known to be safe; each has a record of its own");
    (Outcome::Unjudged(Unjudged::Undecided(text)), Next::Done)
}

fn is_safe(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Compliant | Outcome::Repaired(_) | Outcome::Gone)
}

pub(super) async fn page<P: Ports>(pass: &Pass<'_, P>, marker: Option<&str>) -> Result<Page, IamError> {
    pass.patiently(|| pass.ports.roles().page(marker)).await
}
