//! The common shapes, answered at sight: nothing but Allow statements without conditions, for principals that
//! are written out and that the facts allow.
//!
//! Most trust policies are so, and a function that runs on every change should not search a space of requests
//! for them. Whatever is a little less plain is left to the search, which gives the same answer for the plain
//! ones; a law holds the two together.

use super::{Reach, TrustFacts};
use crate::{Document, Effect, Element, Principal, Statement};

/// How far the document reaches, if it is plain and admits nobody whom the facts do not allow.
pub(super) fn reach(document: &Document, facts: &TrustFacts) -> Option<Reach> {
    document.statements.iter().try_fold(Reach::None, |widest, statement| {
        let entries = plain_entries(statement)?;
        entries.iter().try_fold(widest, |widest, entry| Some(widest.max(allowed(&entry.principal, facts)?)))
    })
}

fn plain_entries(statement: &Statement) -> Option<&[crate::PrincipalEntry]> {
    let is_plain = statement.effect == Effect::Allow
        && statement.conditions.is_empty()
        && statement.unreadable.is_empty()
        && statement.refused.is_empty()
        && statement.resource.is_none()
        && !statement.action.is_inverted()
        && statement.covers_action("sts:AssumeRole");
    match &statement.principal {
        Some(Element::Only(entries)) if is_plain => Some(entries),
        Some(Element::Only(_) | Element::AllBut(_)) | None => None,
    }
}

/// The reach of a principal that the facts allow; nothing for any other, and for those that need a closer look.
fn allowed(principal: &Principal, facts: &TrustFacts) -> Option<Reach> {
    match principal {
        Principal::Account { partition: None, account } => of_account(*account, facts),
        Principal::Account { partition: Some(partition), account }
        | Principal::Role { partition, account, .. }
        | Principal::User { partition, account, .. } => {
            (*partition == facts.partition).then(|| of_account(*account, facts)).flatten()
        }
        Principal::Service(name) => {
            let is_trusted = facts.trusted_services.iter().any(|trusted| **trusted == **name);
            is_trusted.then_some(Reach::Service)
        }
        Principal::Anyone(_)
        | Principal::Session { .. }
        | Principal::FederatedUser { .. }
        | Principal::Saml { .. }
        | Principal::Oidc { .. }
        | Principal::Canonical(_)
        | Principal::UniqueId(_)
        | Principal::Unrecognised(_) => None,
    }
}

fn of_account(account: crate::AccountId, facts: &TrustFacts) -> Option<Reach> {
    if account == facts.account {
        Some(Reach::SameAccount)
    } else {
        facts.trusted_accounts.contains(&account).then_some(Reach::TrustedAccount)
    }
}
