//! A decision in words: what decided, what is missing, and why every other statement did not apply.

use std::fmt::Write as _;

use crate::{
    Caller, Condition, Decision, Document, Doubt, Effect, Evaluation, Layer, Mismatch, Outcome, Policies,
    Principal, Request, Standing, Statement, StatementRef, StatementTrace,
};

/// Explains an evaluation of `request` over `policies`, in lines of text.
#[must_use]
pub fn explain(evaluation: &Evaluation, request: &Request, policies: &Policies<'_>) -> String {
    let mut text = headline(evaluation, request);
    let standing = match evaluation.trace.standing {
        Standing::SameAccount => "caller and resource are in one account: the policies of either may allow",
        Standing::SameAccountGuarded => {
            "caller and resource are in one account, but the resource's own policy must allow in any case"
        }
        Standing::CrossAccount => "caller and resource are in two accounts: the policies of both must allow",
        Standing::NoAccount => "the caller belongs to no account: the resource's policy must allow",
    };
    let _ = writeln!(text, "  {standing}");
    for layer in &evaluation.trace.missing {
        let _ = writeln!(text, "  {}", missing(*layer, policies));
    }
    let mut decided = evaluation.decided_by().peekable();
    for entry in &evaluation.trace.statements {
        let Some(statement) = policies.statement(entry.statement) else { continue };
        let mark = if decided.next_if_eq(&entry.statement).is_some() { '*' } else { '-' };
        let sid = statement.sid.as_deref().map_or(String::new(), |sid| format!(" (`{sid}`)"));
        let _ = writeln!(text, "  {mark} {}{sid} {}", entry.statement, outcome(entry, statement, request));
    }
    text
}

fn headline(evaluation: &Evaluation, request: &Request) -> String {
    let caller = match &request.principal {
        Caller::Anonymous => "an anonymous caller".to_owned(),
        Caller::Known(principal) => format!("`{principal}`"),
    };
    let asked = format!("`{}` on `{}`", request.action, request.resource);
    match evaluation.decision {
        Decision::Allowed => format!("Allowed: {caller} may do {asked}\n"),
        Decision::ExplicitlyDenied => format!("ExplicitlyDenied: a Deny keeps {caller} from {asked}\n"),
        Decision::ImplicitlyDenied => format!("ImplicitlyDenied: not enough allows {caller} {asked}\n"),
        Decision::Undecided(reason) => {
            format!(
                "Undecided: whether {caller} may do {asked} depends on {}, {}\n",
                reason.statement,
                doubt(reason.doubt)
            )
        }
    }
}

fn missing(layer: Layer, policies: &Policies<'_>) -> String {
    let given = match layer {
        Layer::Identity => !policies.identity.is_empty(),
        Layer::Resource => policies.resource.is_some(),
        Layer::Boundary | Layer::Session | Layer::Scp(_) | Layer::Rcp(_) => true,
    };
    match (layer, given) {
        (Layer::Identity, false) => "the caller has no policy of its own".to_owned(),
        (Layer::Resource, false) => "the resource has no policy".to_owned(),
        (Layer::Identity, true) => "no statement of the caller's policies allows it".to_owned(),
        (Layer::Resource, true) => "no statement of the resource's policy allows it".to_owned(),
        (Layer::Boundary, _) => "the permissions boundary does not allow it".to_owned(),
        (Layer::Session, _) => "the session policies do not allow it".to_owned(),
        (Layer::Scp(level), _) => {
            format!("the service control policies of level {} do not allow it", level + 1)
        }
        (Layer::Rcp(level), _) => {
            format!("the resource control policies of level {} do not allow it", level + 1)
        }
    }
}

fn outcome(entry: &StatementTrace, statement: &Statement, request: &Request) -> String {
    let does = match entry.effect {
        Effect::Allow => "allows it",
        Effect::Deny => "denies it",
        Effect::Unreadable => "has an unreadable effect",
    };
    match entry.outcome {
        Outcome::Applies => does.to_owned(),
        Outcome::Delegates => format!("{does} to the account, whose own policies must allow it too"),
        Outcome::Perhaps(why) => format!("perhaps {does}: {}", doubt(why)),
        Outcome::Not(mismatch) => mismatched(mismatch, statement, request),
    }
}

fn mismatched(mismatch: Mismatch, statement: &Statement, request: &Request) -> String {
    match mismatch {
        Mismatch::Action => "does not cover the action".to_owned(),
        Mismatch::Resource => "does not cover the resource".to_owned(),
        Mismatch::Principal => match &request.principal {
            Caller::Known(Principal::Session { .. }) => {
                "covers neither the session nor its role nor its account".to_owned()
            }
            Caller::Known(_) | Caller::Anonymous => "does not cover the caller".to_owned(),
        },
        Mismatch::Condition(index) => {
            statement.conditions.get(index).map_or(String::new(), |condition| unmet(condition, request))
        }
        Mismatch::Layer => "does not concern this caller".to_owned(),
    }
}

fn unmet(condition: &Condition, request: &Request) -> String {
    let have = match request.context.get(&condition.key) {
        None => "the request does not have it".to_owned(),
        Some([]) => "the request has no value for it".to_owned(),
        Some(values) => format!("the request has {}", quoted(values.iter().map(|value| &**value))),
    };
    let wanted = quoted(condition.values.iter().map(|value| &*value.text));
    let fit = if condition.operator.test.is_negated() { "fit none of" } else { "fit" };
    format!("does not hold: `{}` wants `{}` to {fit} {wanted}, and {have}", condition.operator, condition.key)
}

/// The first few of the values; a list may be long.
fn quoted<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let mut values = values.map(|value| format!("`{value}`"));
    let shown: Vec<String> = values.by_ref().take(3).collect();
    let rest = values.count();
    match (shown.is_empty(), rest) {
        (true, _) => "no value".to_owned(),
        (false, 0) => shown.join(", "),
        (false, rest) => format!("{} and {rest} more", shown.join(", ")),
    }
}

const fn doubt(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Unreadable => "which has a part that is not understood",
        Doubt::Principal => "which names a principal that is not understood",
        Doubt::Condition(_) => "which has a condition operator that is not known",
    }
}

impl<'a> Policies<'a> {
    /// The document that a trace speaks of.
    #[must_use]
    pub fn document(&self, layer: Layer, policy: usize) -> Option<&'a Document> {
        match layer {
            Layer::Identity => self.identity.get(policy).copied(),
            Layer::Resource => self.resource,
            Layer::Boundary => self.boundary.get(policy).copied(),
            Layer::Session => self.session.get(policy).copied(),
            Layer::Scp(level) => self.scps.get(level)?.get(policy).copied(),
            Layer::Rcp(level) => self.rcps.get(level)?.get(policy).copied(),
        }
    }

    /// The statement that a trace speaks of.
    #[must_use]
    pub fn statement(&self, place: StatementRef) -> Option<&'a Statement> {
        self.document(place.layer, place.policy)?.statements.get(place.statement)
    }
}

impl std::fmt::Display for StatementRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (statement, policy) = (self.statement + 1, self.policy + 1);
        write!(f, "statement {statement} of ")?;
        match self.layer {
            Layer::Identity => write!(f, "identity policy {policy}"),
            Layer::Resource => f.write_str("the resource policy"),
            Layer::Boundary => f.write_str("the boundary"),
            Layer::Session => write!(f, "session policy {policy}"),
            Layer::Scp(level) => write!(f, "SCP {policy} at level {}", level + 1),
            Layer::Rcp(level) => write!(f, "RCP {policy} at level {}", level + 1),
        }
    }
}

#[cfg(test)]
mod tests;
