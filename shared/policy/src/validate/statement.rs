//! One statement: which elements it must and must not have, actions and resources.

use super::{Kind, condition, issuer, principal, warning};
use crate::{
    ActionPattern, Arn, Code, Diagnostic, Document, Effect, Element, Glob, Partition, ResourcePattern, Span,
    Statement, Version,
};

pub(super) fn check(document: &Document, statement: &Statement, kind: Kind, found: &mut Vec<Diagnostic>) {
    sid(statement, kind, found);
    match (&statement.principal, kind.has_principals()) {
        (Some(_), false) => {
            let message = format!("a {} has no principal: it belongs to one", kind.as_str());
            let diagnostic = Diagnostic::error(Code::Forbidden, statement.span, message);
            found.push(diagnostic.with_iam("Policy document should not specify a principal."));
        }
        (None, true) => {
            let diagnostic =
                Diagnostic::error(Code::MissingElement, statement.span, "the statement has no `Principal`");
            found.push(diagnostic.with_iam("Missing required field Principal"));
        }
        (Some(element), true) => principal::check(element, statement, kind, found),
        (None, false) => {}
    }
    actions(statement, kind, found);
    resources(document, statement, kind, found);
    for condition in &statement.conditions {
        condition::check(condition, document.version, found);
    }
    condition::check_guards(statement, found);
    if kind == Kind::Trust {
        issuer::check(statement, found);
    }
}

/// IAM's own policies take letters and digits; policies of resources are freer.
fn sid(statement: &Statement, kind: Kind, found: &mut Vec<Diagnostic>) {
    let plain = |sid: &str| sid.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let Some(sid) = statement.sid.as_deref().filter(|sid| !plain(sid) && kind != Kind::Resource) else {
        return;
    };
    let message = format!("the `Sid` `{sid}` has characters other than letters and digits");
    let answer = "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*";
    found.push(Diagnostic::error(Code::BadSid, statement.span, message).with_iam(answer));
}

fn actions(statement: &Statement, kind: Kind, found: &mut Vec<Diagnostic>) {
    let readable = !is_widened(&statement.action, statement);
    if statement.action.entries().is_empty() && readable {
        let diagnostic = Diagnostic::error(Code::Empty, statement.span, "the list of actions is empty");
        found.push(diagnostic.with_iam("Policy statement must contain actions."));
    }
    if statement.action.is_inverted() && readable && kind == Kind::Rcp {
        found.push(Diagnostic::error(
            Code::Forbidden,
            statement.span,
            "a resource control policy has no `NotAction`",
        ));
    }
    for entry in statement.action.entries() {
        action(entry, kind, found);
    }
}

/// An unreadable element was read as "all but nothing"; that it is unreadable is reported already.
fn is_widened<T>(element: &Element<T>, statement: &Statement) -> bool {
    element.is_inverted() && element.entries().is_empty() && !statement.unreadable.is_empty()
}

fn action(entry: &ActionPattern, kind: Kind, found: &mut Vec<Diagnostic>) {
    let text = entry.glob.as_str();
    let bad = |message: String, answer: &str| {
        Diagnostic::error(Code::BadAction, entry.span, message).with_iam(answer)
    };
    let parsing = "The policy failed legacy parsing";
    if text == "*" {
        if kind == Kind::Trust {
            let message = "whether IAM takes `*` as an action here is not known";
            found.push(warning(Code::BadAction, entry.span, message).with_help("write `sts:AssumeRole`"));
        }
        return;
    }
    let Some((vendor, name)) = text.split_once(':') else {
        let answer = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
        found.push(bad(format!("the action `{text}` names no service"), answer));
        return;
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'*' | b'?' | b'.');
    if name.contains(':') {
        found.push(bad(
            format!("the action `{text}` has more than one colon"),
            "Actions/Condition can contain only one colon.",
        ));
    } else if vendor.is_empty() || name.is_empty() || !text.bytes().all(|byte| plain(byte) || byte == b':') {
        found.push(bad(format!("`{text}` is no action"), parsing));
    } else if vendor.contains(['*', '?']) && text != "*:*" {
        let message = format!("the service of `{text}` has a wildcard, which IAM need not honour");
        found.push(warning(Code::BadAction, entry.span, message).with_help("name the services one by one"));
    }
    if kind == Kind::Trust && !Glob::new(vendor).matches_ignoring_case("sts") {
        let answer = "AssumeRole policy may only specify STS AssumeRole actions.";
        found.push(bad(format!("the action `{text}` has no place in a trust policy"), answer));
    }
}

fn resources(document: &Document, statement: &Statement, kind: Kind, found: &mut Vec<Diagnostic>) {
    let Some(element) = &statement.resource else {
        if kind != Kind::Trust && kind != Kind::Resource {
            let diagnostic =
                Diagnostic::error(Code::MissingElement, statement.span, "the statement has no `Resource`");
            found.push(diagnostic.with_iam("Policy statement must contain resources."));
        }
        return;
    };
    if kind == Kind::Trust {
        let message = "a trust policy has no `Resource`: it belongs to the role";
        found.push(
            Diagnostic::error(Code::Forbidden, statement.span, message)
                .with_iam("Has prohibited field Resource"),
        );
        return;
    }
    if element.entries().is_empty() && !is_widened(element, statement) {
        let diagnostic = Diagnostic::error(Code::Empty, statement.span, "the list of resources is empty");
        found.push(diagnostic.with_iam("Policy statement must contain resources."));
    }
    for entry in element.entries() {
        resource(entry, found);
        variables(entry.glob.as_str(), entry.span, document.version, entry.template.is_some(), found);
    }
    if element.is_inverted() && statement.effect == Effect::Allow {
        let message =
            "an Allow with `NotResource` covers every resource that is not listed, of every service";
        found.push(warning(Code::Risky, statement.span, message).with_help("list what is allowed"));
    }
}

fn resource(entry: &ResourcePattern, found: &mut Vec<Diagnostic>) {
    let text = entry.glob.as_str();
    if text == "*" {
        return;
    }
    let mut bad = |message: String, answer: String| {
        found.push(Diagnostic::error(Code::BadResource, entry.span, message).with_iam(answer));
    };
    let Some(rest) = text.strip_prefix("arn:") else {
        let answer = format!("Resource {text} must be in ARN format or \"*\".");
        bad(format!("the resource `{text}` is neither an ARN nor `*`"), answer);
        return;
    };
    let partition =
        Arn::parse(text).map_or_else(|| rest.split(':').next().unwrap_or_default(), |arn| arn.partition);
    if Partition::parse(partition).is_none() && !partition.contains(['*', '?']) {
        let answer = format!("Partition \"{partition}\" is not valid for resource \"{text}\".");
        bad(format!("the resource `{text}` names no partition of AWS"), answer);
    }
}

/// A `${` that will not be replaced.
pub(super) fn variables(
    text: &str,
    span: Span,
    version: Version,
    replaced: bool,
    found: &mut Vec<Diagnostic>,
) {
    if replaced || !text.contains("${") {
        return;
    }
    found.push(match version {
        Version::V2008 => warning(
            Code::Variable,
            span,
            format!("`{text}` is plain text: this version has no policy variables"),
        )
        .with_help("write `\"Version\": \"2012-10-17\"`"),
        Version::V2012 => warning(Code::Variable, span, format!("the variable in `{text}` is not replaced"))
            .with_help("close it with `}`; in an ARN it must stand behind the fifth colon"),
    });
}
