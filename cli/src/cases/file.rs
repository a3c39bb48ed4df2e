//! Finds the cases of a file.

use std::cmp::Ordering;

use serde_json::StreamDeserializer;
use serde_json::de::StrRead;

use super::{Broken, Case, Expect, policies, request, words};
use crate::input::Text;
use crate::input::json::{Kind, Node, Source, Wrong, plain};
use crate::input::yaml;

/// Reads all cases of a text: JSON if it begins like an object or a list, else YAML. YAML in flow style begins
/// like JSON too, so where JSON leaves something unread, the reading that understands more counts.
pub(crate) fn read(text: &Text) -> Vec<Result<Case, Broken>> {
    let mut cases = if text.text.trim_start().starts_with(['{', '[']) {
        let cases = cases(&Source::new(text.text.clone()), None);
        if cases.iter().all(Result::is_ok) { cases } else { better(cases, from_yaml(&text.text)) }
    } else {
        from_yaml(&text.text)
    };
    if cases.is_empty() {
        let wrong = Wrong { line: 1, problem: "there is no case in it".to_owned() };
        cases.push(Err(Broken { name: "case 1".to_owned(), wrong }));
    }
    cases
}

/// The reading with more cases, else the one with less that is broken, else the first.
fn better(first: Vec<Result<Case, Broken>>, second: Vec<Result<Case, Broken>>) -> Vec<Result<Case, Broken>> {
    let read = |cases: &[Result<Case, Broken>]| cases.iter().filter(|case| case.is_ok()).count();
    let less_broken = second.len() < first.len();
    match read(&second).cmp(&read(&first)) {
        Ordering::Greater => second,
        Ordering::Equal if less_broken => second,
        Ordering::Equal | Ordering::Less => first,
    }
}

fn from_yaml(text: &str) -> Vec<Result<Case, Broken>> {
    let (source, wrong) = yaml::to_json(text);
    cases(&source, wrong)
}

/// The cases of a text, and at last what was wrong with the rest of it.
fn cases(source: &Source, rest: Option<Wrong>) -> Vec<Result<Case, Broken>> {
    let mut found: Vec<Result<Node<'_>, Wrong>> = Vec::new();
    for value in values(source) {
        match value.and_then(|node| if node.kind() == Kind::List { node.entries() } else { Ok(vec![node]) }) {
            Ok(nodes) => found.extend(nodes.into_iter().filter(|node| node.kind() != Kind::Null).map(Ok)),
            Err(wrong) => found.push(Err(wrong)),
        }
    }
    found.extend(rest.map(Err));
    found.into_iter().zip(1..).map(|(node, number)| numbered(node, number)).collect()
}

fn numbered(node: Result<Node<'_>, Wrong>, number: usize) -> Result<Case, Broken> {
    let mut name = format!("case {number}");
    match node.and_then(|node| case(node, &mut name)) {
        Ok(case) => Ok(case),
        Err(wrong) => Err(Broken { name, wrong }),
    }
}

/// The values at the top of the text. After one that can't be read, reading goes on at the next line that
/// begins like a value, so that one broken line costs one case.
fn values(source: &Source) -> Vec<Result<Node<'_>, Wrong>> {
    let mut values = Vec::new();
    let mut from = 0;
    while let Some(text) = source.json.get(from..) {
        let mut stream = StreamDeserializer::new(StrRead::new(text));
        let mut end = 0;
        let error = loop {
            match stream.next() {
                None => return values,
                Some(Ok(raw)) => values.push(Ok(Node::new(source, raw))),
                Some(Err(error)) => break error,
            }
            end = stream.byte_offset();
        };
        let start = from + end + blank(text.get(end..).unwrap_or_default());
        let line = source.line(from) + error.line().saturating_sub(1);
        let problem = format!("not JSON: {} (column {})", plain(&error), error.column());
        values.push(Err(Wrong { line, problem }));
        from = next_start(&source.json, start);
    }
    values
}

fn blank(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// The first line after `from` that begins with an object or a list.
fn next_start(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let next =
        rest.match_indices(['{', '[']).find(|(at, _)| *at > 0 && rest.as_bytes().get(at - 1) == Some(&b'\n'));
    next.map_or(text.len(), |(at, _)| from + at)
}

/// Reads one case; its name is known as soon as it is met, whatever is wrong later.
fn case(node: Node<'_>, name: &mut String) -> Result<Case, Wrong> {
    if node.kind() != Kind::Object {
        return Err(node.wrong(format!("a case is an object, not {}", node.kind().words())));
    }
    let (mut request, mut policies, mut expect) = (None, None, None);
    let members = node.members()?;
    if let Some((_, given)) = members.iter().find(|(member, _)| member == "name") {
        name_of(*given, name)?;
    }
    for (member, value) in members {
        match member.as_str() {
            "name" => {}
            "request" => request = Some(request::read(value)?),
            "policies" => policies = Some(policies::read(value)?),
            "expect" if value.kind() == Kind::Null => {}
            "expect" => expect = Some(expectation(value)?),
            other => note(other, value)?,
        }
    }
    Ok(Case {
        name: name.clone(),
        line: node.line(),
        request: request.ok_or_else(|| node.wrong("the case has no `request`"))?,
        policies: policies.ok_or_else(|| node.wrong("the case has no `policies`"))?,
        expect,
    })
}

fn name_of(given: Node<'_>, name: &mut String) -> Result<(), Wrong> {
    match given.kind() {
        Kind::Null => {}
        Kind::String => *name = given.string()?,
        Kind::Number | Kind::Bool => given.text.clone_into(name),
        Kind::List | Kind::Object => return Err(given.wrong("`name` is a string")),
    }
    Ok(())
}

fn expectation(value: Node<'_>) -> Result<Expect, Wrong> {
    let known = Expect::ALL.map(Expect::word);
    let word = if value.kind() == Kind::String { value.string()? } else { value.text.to_owned() };
    Expect::ALL.into_iter().find(|expect| expect.word() == word).ok_or_else(|| {
        value.wrong(match words::similar(&word, &known) {
            Some(meant) => format!("`expect` can't be `{word}`; did you mean `{meant}`?"),
            None => format!("`expect` can't be `{word}`; it is one of {}", words::list(&known)),
        })
    })
}

/// A case may carry notes under any name, such as `reason` or `tags`, but not one that looks like a slip:
/// a part that was meant to count must not be passed over.
fn note(member: &str, value: Node<'_>) -> Result<(), Wrong> {
    if words::similar(member, &words::CASE).is_some() {
        return Err(value.wrong(words::unknown(member, "a case", &words::CASE)));
    }
    for (place, parts) in [("request", words::REQUEST.as_slice()), ("policies", &words::POLICIES)] {
        if parts.contains(&member) {
            return Err(value.wrong(format!("`{member}` belongs into `{place}`")));
        }
    }
    Ok(())
}

/// Reads a file that holds nothing but the context of a request.
pub(crate) fn read_context(text: &Text) -> Result<policy::Context, Wrong> {
    let (source, wrong) = if text.text.trim_start().starts_with('{') {
        (Source::new(text.text.clone()), None)
    } else {
        yaml::to_json(&text.text)
    };
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    let mut values = values(&source).into_iter();
    match (values.next(), values.next()) {
        (Some(value), None) => request::context(value?),
        (_, Some(Err(wrong))) => Err(wrong),
        (_, second) => {
            let line = second.map_or(1, |second| second.map_or_else(|wrong| wrong.line, Node::line));
            Err(Wrong { line, problem: "a context is one object of keys and values".to_owned() })
        }
    }
}
