//! What would come free by undoing one repair of several: what a repair wrote may be all that still denies what a
//! policy denied that a later repair took away.

use guardrails::{Permissions, Role};
use policy::analyse::within::{Permissions as Allowed, within};
use policy::analyse::{Answer, Budget};
use policy::{Document, Effect};

/// A request that only policies denied that the repair found and that are gone now; `None` if it is denied still, or
/// was free before.
pub(super) fn freed(before: &Role, live: &Role, restored: &Role) -> Option<String> {
    let (before, live, restored) =
        (before.permissions.as_ref()?, live.permissions.as_ref()?, restored.permissions.as_ref()?);
    let kept = texts(restored);
    let gone: Vec<Document> =
        texts(before).into_iter().filter(|text| !kept.contains(text)).filter_map(denies).collect();
    if gone.is_empty() || allowed_without(live, &gone).is_some() {
        return None;
    }
    allowed_without(restored, &gone)
}

/// A request that the role is allowed, and would not be under these denies.
fn allowed_without(permissions: &Permissions, denies: &[Document]) -> Option<String> {
    let read = |text: &str| Document::read(text).ok();
    let own: Vec<Document> = texts(permissions).into_iter().filter_map(read).collect();
    let boundary = permissions.boundary.as_ref().and_then(|policy| read(&policy.text));
    let (free, held) = (Allowed::of(&own), Allowed::of(own.iter().chain(denies)));
    let (free, held) = match &boundary {
        Some(boundary) => (free.limited_by([boundary]), held.limited_by([boundary])),
        None => (free, held),
    };
    match within(&free, &held, Budget::default()).answer {
        Answer::Refuted(witness) => Some(witness.to_string()),
        Answer::Proved | Answer::Unknown(_) => None,
    }
}

fn texts(permissions: &Permissions) -> Vec<&str> {
    let inline = permissions.inline.iter().map(|policy| policy.text.as_str());
    inline.chain(permissions.attached.iter().map(|policy| policy.text.as_str())).collect()
}

fn denies(text: &str) -> Option<Document> {
    let mut document = Document::read(text).ok()?;
    document.statements.retain(|statement| statement.effect == Effect::Deny);
    (!document.statements.is_empty()).then_some(document)
}
