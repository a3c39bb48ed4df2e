//! A decision in words: which statements made it, and why the others did not apply.

mod mismatch;

use policy::{
    Caller, Decision, Effect, Evaluation, Layer, Outcome, Policies, Request, Standing, Statement,
    StatementRef, StatementTrace,
};

use serde::Serialize;

use crate::output::{self, BAD, FAINT, GOOD, Out, UNSURE};
use crate::quote::{quoted, several};

/// A decision and the way to it, in sentences.
pub(crate) struct Explanation {
    /// The request.
    pub(crate) asked: Vec<String>,
    /// What made the decision.
    pub(crate) because: String,
    /// What came of every statement.
    pub(crate) statements: Vec<Said>,
}

/// One statement in a sentence.
#[derive(Debug, Serialize)]
pub(crate) struct Said {
    #[serde(flatten)]
    at: Place,
    /// `applies`, `delegates`, `perhaps` or `not`.
    outcome: &'static str,
    sentence: String,
}

impl Explanation {
    pub(crate) fn new(request: &Request, policies: &Policies<'_>, evaluation: &Evaluation) -> Self {
        let said = |trace: &StatementTrace| {
            Some(said(request, policies, trace, policies.statement(trace.statement)?))
        };
        Self {
            asked: asked(request),
            because: because(request, policies, evaluation),
            statements: evaluation.trace.statements.iter().filter_map(said).collect(),
        }
    }

    /// The request, the decision and every statement, a line each.
    pub(crate) fn write(&self, decision: Decision, indent: &str, out: &mut Out) -> std::io::Result<()> {
        for line in &self.asked {
            out.line(format_args!("{indent}{line}"))?;
        }
        out.line(format_args!("{indent}{}: {}", painted(decision), self.because))?;
        for said in &self.statements {
            let line = format!("{indent}  {}", said.sentence);
            let line = if said.outcome == "not" { output::painted(&line, FAINT) } else { line };
            out.line(line)?;
        }
        Ok(())
    }
}

/// The decision's word in its colour.
pub(crate) fn painted(decision: Decision) -> String {
    let style = match decision {
        Decision::Allowed => GOOD,
        Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => BAD,
        Decision::Undecided(_) => UNSURE,
    };
    output::painted(decision.as_str(), style)
}

/// The request.
fn asked(request: &Request) -> Vec<String> {
    let mut lines = vec![format!(
        "{} asks for {} on {}",
        quoted(&caller(&request.principal)),
        quoted(&request.action),
        quoted(&request.resource)
    )];
    for (key, values) in request.context.iter() {
        let values = several(values.iter().map(AsRef::as_ref));
        let values = if values.is_empty() { "no value".to_owned() } else { values };
        lines.push(format!("  with {} = {values}", quoted(key.as_str())));
    }
    lines
}

/// Who asks, as requests spell it.
pub(crate) fn caller(caller: &Caller) -> String {
    match caller {
        Caller::Anonymous => "anonymous".to_owned(),
        Caller::Known(principal) => principal.to_string(),
    }
}

fn because(request: &Request, policies: &Policies<'_>, evaluation: &Evaluation) -> String {
    let deciding: Vec<String> = evaluation.decided_by().map(|at| place(request, policies, at)).collect();
    match evaluation.decision {
        Decision::Allowed if deciding.is_empty() => {
            "the root user needs no policy in its own account".to_owned()
        }
        Decision::Allowed | Decision::ExplicitlyDenied => format!("by {}", and(&deciding)),
        Decision::ImplicitlyDenied => {
            format!("{}{}", not_allowing(request, evaluation), standing(request, evaluation.trace.standing))
        }
        Decision::Undecided(reason) => {
            let doubt = policies.statement(reason.statement).map(|s| mismatch::doubt(s, reason.doubt));
            format!(
                "it depends on {}: {}",
                place(request, policies, reason.statement),
                doubt.unwrap_or_default()
            )
        }
    }
}

fn not_allowing(request: &Request, evaluation: &Evaluation) -> String {
    let missing: Vec<String> =
        evaluation.trace.missing.iter().map(|layer| format!("no {}", kind(request, *layer))).collect();
    if missing.is_empty() { "nothing allows it".to_owned() } else { format!("{} allows it", and(&missing)) }
}

fn standing(request: &Request, standing: Standing) -> String {
    let resource = kind(request, Layer::Resource);
    match standing {
        Standing::SameAccount => String::new(),
        Standing::SameAccountGuarded => format!(" (the {resource} of this resource must allow in any case)"),
        Standing::CrossAccount => {
            format!(
                " (caller and resource are in two accounts, so identity policies and the {resource} must both allow)"
            )
        }
        Standing::NoAccount => format!(" (the caller is in no account, so the {resource} must allow)"),
    }
}

/// `a, b and c`.
fn and(parts: &[String]) -> String {
    match parts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "nothing".to_owned(),
    }
}

fn said(request: &Request, policies: &Policies<'_>, trace: &StatementTrace, statement: &Statement) -> Said {
    let effect = match trace.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
        Effect::Unreadable => "an effect that can't be read",
    };
    let (outcome, sentence) = match trace.outcome {
        Outcome::Applies => ("applies", "applies".to_owned()),
        Outcome::Delegates => (
            "delegates",
            "applies through the caller's account, whose own policies must allow it too".to_owned(),
        ),
        Outcome::Perhaps(doubt) => {
            ("perhaps", format!("perhaps applies: {}", mismatch::doubt(statement, doubt)))
        }
        Outcome::Not(why) => {
            ("not", format!("does not apply: {}", mismatch::mismatch(request, statement, why)))
        }
    };
    let sentence = format!("{} ({effect}) {sentence}", place(request, policies, trace.statement));
    Said { at: Place::of(policies, trace.statement), outcome, sentence }
}

/// `identity policy 1, statement 2 (`Sid`)`, counted from 1 for people.
fn place(request: &Request, policies: &Policies<'_>, at: StatementRef) -> String {
    let sid = policies.statement(at).and_then(|statement| statement.sid.as_deref());
    let sid = sid.map(|sid| format!(" {}", quoted(sid))).unwrap_or_default();
    let kind = kind(request, at.layer);
    let policy = match at.layer {
        Layer::Resource => kind,
        Layer::Identity | Layer::Boundary | Layer::Session | Layer::Scp(_) | Layer::Rcp(_) => {
            format!("{kind} {}", at.policy + 1)
        }
    };
    format!("{policy}, statement {}{sid}", at.statement + 1)
}

fn kind(request: &Request, layer: Layer) -> String {
    match layer {
        Layer::Identity => "identity policy".to_owned(),
        Layer::Resource if request.action.to_ascii_lowercase().starts_with("sts:") => {
            "trust policy".to_owned()
        }
        Layer::Resource => "resource policy".to_owned(),
        Layer::Boundary => "permissions boundary".to_owned(),
        Layer::Session => "session policy".to_owned(),
        Layer::Scp(level) => format!("level {} SCP", level + 1),
        Layer::Rcp(level) => format!("level {} RCP", level + 1),
    }
}

/// Where a statement stands, as cases name the kinds of policies; counted from 0.
#[derive(Debug, Serialize)]
pub(crate) struct Place {
    layer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<usize>,
    policy: usize,
    statement: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
}

impl Place {
    pub(crate) fn of(policies: &Policies<'_>, at: StatementRef) -> Self {
        let (layer, level) = match at.layer {
            Layer::Identity => ("identity", None),
            Layer::Resource => ("resource", None),
            Layer::Boundary => ("boundary", None),
            Layer::Session => ("session", None),
            Layer::Scp(level) => ("scps", Some(level)),
            Layer::Rcp(level) => ("rcps", Some(level)),
        };
        let sid = policies.statement(at).and_then(|statement| statement.sid.clone());
        Self { layer, level, policy: at.policy, statement: at.statement, sid }
    }
}
