//! JSON value to [`Statement`], with everything that is not understood listed and widened.

use std::{collections::BTreeMap, fmt::Display};

use super::{Effect, Element, Statement, Version, read::duplicate};
use crate::{
    ActionPattern, AnyoneForm, Code, Condition, ConditionKey, ConditionValue, Diagnostic, Glob, Operator,
    Principal, PrincipalEntry, ResourcePattern, Span, Template, ValueForm,
    json::{Kind, Value},
};

/// Reads the statement with this index. Never fails: what is no statement covers everything, perhaps.
pub(super) fn read(value: Value<'_>, version: Version, index: usize) -> Statement {
    let mut reader =
        Reader { version, index, seen: 0, inverted: 0, has_action: false, statement: blank(value) };
    if value.kind() == Kind::Object {
        for (key, value) in value.members() {
            reader.member(key, value);
        }
        reader.missing(value);
    } else {
        reader.doubt(
            Code::WrongType,
            value,
            format!("a statement is an object, not {}", value.kind().name()),
        );
    }
    reader.statement
}

fn blank(value: Value<'_>) -> Statement {
    Statement {
        sid: None,
        effect: Effect::Unreadable,
        principal: None,
        action: Element::anything(),
        resource: None,
        conditions: Vec::new(),
        unreadable: Vec::new(),
        refused: Vec::new(),
        span: value.span(),
    }
}

struct Reader {
    version: Version,
    index: usize,
    /// One bit for each element met.
    seen: u8,
    /// The same, if it was met as `Not...`.
    inverted: u8,
    has_action: bool,
    statement: Statement,
}

impl Reader {
    fn member(&mut self, key: Value<'_>, value: Value<'_>) {
        let name = key.string().unwrap_or_default();
        match name.as_ref() {
            "Sid" => {
                self.once(0, key, &name);
                match value.string() {
                    Some(sid) => self.statement.sid = Some(sid.into()),
                    None => self.doubt(Code::WrongType, value, "`Sid` is a string".to_owned()),
                }
            }
            "Effect" => self.effect(key, value),
            "Action" => self.action(key, value, Element::Only),
            "NotAction" => self.action(key, value, Element::AllBut),
            "Resource" => self.resource(key, value, Element::Only),
            "NotResource" => self.resource(key, value, Element::AllBut),
            "Principal" => self.principal(key, value, Element::Only),
            "NotPrincipal" => self.principal(key, value, Element::AllBut),
            "Condition" => self.conditions(key, value),
            other => {
                let message = format!("`{other}` is no element of a statement");
                self.doubt(Code::UnknownElement, key, message);
                self.widen_namesake(other);
            }
        }
    }

    /// An element in the wrong case might be read by IAM as the right one.
    fn widen_namesake(&mut self, name: &str) {
        let is = |elements: &[&str]| elements.iter().any(|element| element.eq_ignore_ascii_case(name));
        if is(&["Effect"]) {
            self.once_unnamed(1);
            self.statement.effect = Effect::Unreadable;
        } else if is(&["Action", "NotAction"]) {
            self.once_unnamed(2);
            self.has_action = true;
            self.statement.action = Element::anything();
        } else if is(&["Resource", "NotResource"]) {
            self.once_unnamed(3);
            self.statement.resource = Some(Element::anything());
        } else if is(&["Principal", "NotPrincipal"]) {
            self.once_unnamed(4);
            self.statement.principal = Some(Element::anything());
        }
    }

    /// Marks an element as met without complaint, so that a later one counts as its double.
    fn once_unnamed(&mut self, bit: u8) {
        self.seen |= 1 << bit;
    }

    /// Whether this is the element's first time; a second one makes the statement doubtful.
    fn once(&mut self, bit: u8, key: Value<'_>, name: &str) -> bool {
        let (first, inverted) = (self.seen & (1 << bit) == 0, name.starts_with("Not"));
        if first {
            self.seen |= 1 << bit;
            self.inverted |= u8::from(inverted) << bit;
        } else if inverted == (self.inverted & (1 << bit) != 0) {
            self.statement.unreadable.push(duplicate(key, name).in_statement(self.index));
        } else {
            let plain = name.trim_start_matches("Not");
            self.doubt(Code::Exclusive, key, format!("`{plain}` and `Not{plain}` exclude each other"));
        }
        first
    }

    fn effect(&mut self, key: Value<'_>, value: Value<'_>) {
        let first = self.once(1, key, "Effect");
        self.statement.effect = match value.string().as_deref() {
            Some("Allow") if first => Effect::Allow,
            Some("Deny") if first => Effect::Deny,
            Some("Allow" | "Deny") => Effect::Unreadable,
            Some(_) | None => {
                let message = format!("the effect {} is neither `Allow` nor `Deny`", value.raw());
                self.doubt(Code::BadEffect, value, message);
                Effect::Unreadable
            }
        };
    }

    fn action(
        &mut self,
        key: Value<'_>,
        value: Value<'_>,
        element: fn(Vec<ActionPattern>) -> Element<ActionPattern>,
    ) {
        self.has_action = true;
        let first = self.once(2, key, &key.string().unwrap_or_default());
        let read =
            self.strings(value, |text, value| ActionPattern { glob: Glob::new(text), span: value.span() });
        self.statement.action = match read {
            Some(entries) if first => element(entries),
            Some(_) | None => Element::anything(),
        };
    }

    fn resource(
        &mut self,
        key: Value<'_>,
        value: Value<'_>,
        element: fn(Vec<ResourcePattern>) -> Element<ResourcePattern>,
    ) {
        let first = self.once(3, key, &key.string().unwrap_or_default());
        let version = self.version;
        let read = self.strings(value, |text, value| ResourcePattern {
            template: template(version, text).filter(Template::is_in_last_part),
            glob: Glob::new(text),
            span: value.span(),
        });
        self.statement.resource = Some(match read {
            Some(entries) if first => element(entries),
            Some(_) | None => Element::anything(),
        });
    }

    /// The strings of a list, or of a single string; nothing if anything else is among them.
    fn strings<T>(&mut self, value: Value<'_>, make: impl Fn(&str, Value<'_>) -> T) -> Option<Vec<T>> {
        let mut entries = Vec::with_capacity(value.at_most());
        for item in value.one_or_more() {
            let Some(text) = item.string() else {
                self.doubt(
                    Code::WrongType,
                    item,
                    format!("expected a string or a list of strings, not {}", found(item)),
                );
                return None;
            };
            entries.push(make(&text, item));
        }
        Some(entries)
    }

    fn principal(
        &mut self,
        key: Value<'_>,
        value: Value<'_>,
        element: fn(Vec<PrincipalEntry>) -> Element<PrincipalEntry>,
    ) {
        let first = self.once(4, key, &key.string().unwrap_or_default());
        self.statement.principal = Some(match self.principal_entries(value) {
            Some(entries) if first => element(entries),
            Some(_) | None => Element::anything(),
        });
    }

    fn principal_entries(&mut self, value: Value<'_>) -> Option<Vec<PrincipalEntry>> {
        if value.string().as_deref() == Some("*") {
            let principal = Principal::Anyone(AnyoneForm::Bare);
            return Some(vec![PrincipalEntry { principal, text: "*".into(), span: value.span() }]);
        }
        if value.kind() != Kind::Object {
            let message = "a principal is `\"*\"` or an object".to_owned();
            if let Some(entry) = value.string().and_then(|text| bare(&text, value.span())) {
                let refused = Diagnostic::error(Code::BadPrincipal, value.span(), message);
                self.statement.refused.push(refused.in_statement(self.index));
                return Some(vec![entry]);
            }
            self.doubt(Code::BadPrincipal, value, message);
            return None;
        }
        let doubts = self.statement.unreadable.len();
        let members =
            value.members().map(|(key, value)| (key.string().unwrap_or_default(), key, value)).collect();
        let members = self.unrepeated(members);
        let mut entries = Vec::new();
        for (kind, _, value) in members {
            entries.extend(self.strings(value, |text, value| PrincipalEntry {
                principal: Principal::parse(&kind, text),
                text: text.into(),
                span: value.span(),
            })?);
        }
        (self.statement.unreadable.len() == doubts).then_some(entries)
    }

    fn conditions(&mut self, key: Value<'_>, value: Value<'_>) {
        if !self.once(5, key, "Condition") {
            self.statement.conditions.clear();
            return;
        }
        if value.kind() != Kind::Object {
            self.doubt(
                Code::WrongType,
                value,
                format!("`Condition` is an object, not {}", value.kind().name()),
            );
            return;
        }
        let mut blocks = Vec::new();
        for (name, block) in value.members() {
            let operator = Operator::parse(&name.string().unwrap_or_default());
            if block.kind() == Kind::Object {
                blocks.push((operator, name, block));
            } else {
                let message = format!("`{operator}` holds an object of keys, not {}", block.kind().name());
                self.doubt(Code::WrongType, block, message);
            }
        }
        // Of two blocks of one operator parsers keep one or the other: neither is taken.
        for (operator, _, block) in self.unrepeated(blocks) {
            self.block(&operator, block);
        }
    }

    fn block(&mut self, operator: &Operator, block: Value<'_>) {
        let members = block
            .members()
            .map(|(key, values)| (ConditionKey::new(key.string().unwrap_or_default()), key, values))
            .collect();
        for (name, key, values) in self.unrepeated(members) {
            let Some(values_read) = self.values(values) else { continue };
            let span = Span::new(key.span().start, values.span().end);
            let condition = Condition { operator: operator.clone(), key: name, values: values_read, span };
            self.statement.conditions.push(condition);
        }
    }

    /// The members whose name occurs once; the others are reported.
    fn unrepeated<'a, T: Ord + Display>(
        &mut self,
        members: Vec<(T, Value<'a>, Value<'a>)>,
    ) -> Vec<(T, Value<'a>, Value<'a>)> {
        if members.len() < 2 {
            return members;
        }
        let mut times: BTreeMap<&T, usize> = BTreeMap::new();
        for (name, ..) in &members {
            *times.entry(name).or_default() += 1;
        }
        if times.len() == members.len() {
            return members;
        }
        let again: Vec<bool> =
            members.iter().map(|(name, ..)| times.get(name).is_some_and(|&n| n > 1)).collect();
        let mut kept = Vec::new();
        for ((name, key, value), again) in members.into_iter().zip(again) {
            if again {
                let diagnostic = duplicate(key, &name.to_string()).in_statement(self.index);
                self.statement.unreadable.push(diagnostic);
            } else {
                kept.push((name, key, value));
            }
        }
        kept
    }

    fn values(&mut self, value: Value<'_>) -> Option<Vec<ConditionValue>> {
        let mut values = Vec::with_capacity(value.at_most());
        for item in value.one_or_more() {
            let (text, form) = match item.kind() {
                Kind::String(_) => (item.string().unwrap_or_default(), ValueForm::String),
                Kind::Number => (item.raw().into(), ValueForm::Number),
                Kind::True | Kind::False => (item.raw().into(), ValueForm::Boolean),
                Kind::Object | Kind::Array | Kind::Null => {
                    let message =
                        format!("a condition value is a string, number or boolean, not {}", found(item));
                    self.doubt(Code::WrongType, item, message);
                    return None;
                }
            };
            let template = template(self.version, &text);
            values.push(ConditionValue { text: text.into(), template, form, span: item.span() });
        }
        Some(values)
    }

    /// What IAM demands of every statement.
    fn missing(&mut self, value: Value<'_>) {
        if self.seen & (1 << 1) == 0 {
            self.doubt(Code::MissingElement, value, "the statement has no `Effect`".to_owned());
        }
        if !self.has_action {
            self.doubt(Code::MissingElement, value, "the statement has no `Action`".to_owned());
        }
    }

    fn doubt(&mut self, code: Code, at: Value<'_>, message: String) {
        let diagnostic = Diagnostic::error(code, at.span(), message).in_statement(self.index);
        self.statement.unreadable.push(diagnostic);
    }
}

/// What stands where a text was expected. A template names what its deployment is to fill in.
fn found(value: Value<'_>) -> String {
    let mut members = value.members();
    match (members.next(), members.next()) {
        (Some((name, _)), None) => match name.string().as_deref() {
            Some(function) if function == "Ref" || function.starts_with("Fn::") => {
                format!("`{function}`, which CloudFormation fills in when it deploys the template")
            }
            Some(_) | None => value.kind().name().to_owned(),
        },
        (None | Some(_), _) => value.kind().name().to_owned(),
    }
}

/// An ARN or account id that stands where `{"AWS": ...}` belongs.
fn bare(text: &str, span: Span) -> Option<PrincipalEntry> {
    let principal = Principal::recognise("AWS", text)?;
    Some(PrincipalEntry { principal, text: text.into(), span })
}

fn template(version: Version, text: &str) -> Option<Template> {
    match version {
        Version::V2008 => None,
        Version::V2012 => Template::parse(text),
    }
}
