//! Finds the line on which a field of the settings is written.

use guardrails::{AccountId, Field, FieldPart};
use policy::{Position, Span};
use serde_saphyr::granit_parser::{self, Event, Parser};

/// Where a field, or what is written of the way to it, stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) at: Position,
    pub(super) span: Span,
    /// How many parts of the field were found.
    parts: usize,
}

/// The place of a field that was resolved for an account: its own value stands for the general one.
pub(super) fn find(text: &str, field: &Field, account: &AccountId) -> Option<Found> {
    let own = [FieldPart::Key("accounts".to_owned()), FieldPart::Key(account.as_str().to_owned())];
    let own: Vec<FieldPart> = own.into_iter().chain(field.parts().iter().cloned()).collect();
    let keys = own.iter().take_while(|part| matches!(part, FieldPart::Key(_))).count();
    // An account overrides whole fields: if the first list on the way is its own, all of it is.
    find_parts(text, &own).filter(|found| found.parts >= keys).or_else(|| find_parts(text, field.parts()))
}

/// Is the field written at all?
pub(super) fn is_written(text: &str, field: &Field) -> bool {
    find_parts(text, field.parts()).is_some_and(|found| found.parts == field.parts().len())
}

fn find_parts(text: &str, wanted: &[FieldPart]) -> Option<Found> {
    let mut walk = Walk { wanted, open: Vec::new(), best: None };
    for next in Parser::new_from_str(text) {
        let (event, span) = next.ok()?;
        walk.event(&event, span);
    }
    walk.best.map(|(parts, span)| placed(text, parts, span))
}

fn placed(text: &str, parts: usize, span: granit_parser::Span) -> Found {
    let at = Position { line: span.start.line(), column: span.start.col() + 1 };
    let line_start: usize = text.split_inclusive('\n').take(at.line - 1).map(str::len).sum();
    let line = text.get(line_start..).unwrap_or_default();
    let bytes = |chars: usize| line.chars().take(chars).map(char::len_utf8).sum::<usize>();
    let start = line_start + bytes(span.start.col());
    let is_one_line = span.end.line() == span.start.line() && span.end.col() > span.start.col();
    let end = if is_one_line { line_start + bytes(span.end.col()) } else { start + 1 };
    Found { at, span: Span { start, end }, parts }
}

/// Goes through the text and keeps the place of the longest part of the field.
struct Walk<'a> {
    wanted: &'a [FieldPart],
    open: Vec<Frame>,
    best: Option<(usize, granit_parser::Span)>,
}

/// A list or a mapping that has begun.
struct Frame {
    is_map: bool,
    /// The key whose value comes next, in a mapping.
    key: Option<String>,
    /// How many entries were there, in a list.
    items: usize,
}

impl Walk<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the parser's enum is open")]
    fn event(&mut self, event: &Event<'_>, span: granit_parser::Span) {
        match event {
            Event::Scalar(text, ..) => self.begin(span, Some(text)),
            Event::Alias(_) => self.begin(span, None),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                self.begin(span, None);
                let is_map = matches!(event, Event::MappingStart(..));
                self.open.push(Frame { is_map, key: None, items: 0 });
                return;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.open.pop();
            }
            _ => return,
        }
        self.end_of_value(event);
    }

    /// A node begins: a key, a value or an entry.
    fn begin(&mut self, span: granit_parser::Span, text: Option<&str>) {
        let depth = self.open.len();
        let Some(frame) = self.open.last_mut() else { return };
        let is_key = frame.is_map && frame.key.is_none();
        let part = match (is_key, frame.is_map) {
            (true, _) => FieldPart::Key(text.unwrap_or_default().to_owned()),
            (false, true) => return,
            (false, false) => FieldPart::Item(frame.items),
        };
        if self.is_on_the_way() && self.wanted.get(depth - 1) == Some(&part) {
            let longest = self.best.map_or(0, |(parts, _)| parts);
            if depth > longest {
                self.best = Some((depth, span));
            }
        }
    }

    /// Are the open lists and mappings those that lead to the field?
    fn is_on_the_way(&self) -> bool {
        let outer = self.open.len().saturating_sub(1);
        self.open.iter().take(outer).zip(self.wanted).all(|(frame, wanted)| match wanted {
            FieldPart::Key(key) => frame.is_map && frame.key.as_ref() == Some(key),
            FieldPart::Item(item) => !frame.is_map && frame.items == *item,
        })
    }

    fn end_of_value(&mut self, event: &Event<'_>) {
        let Some(frame) = self.open.last_mut() else { return };
        match (frame.is_map, &frame.key) {
            (false, _) => frame.items += 1,
            (true, Some(_)) => frame.key = None,
            (true, None) => {
                // What is no text is no key of settings, and the reader refuses it.
                let Event::Scalar(text, ..) = event else { return frame.key = Some(String::new()) };
                frame.key = Some(text.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
version: 1
guardrails:
  lock_down_permissions: {mode: monitor, never: [a, 'b c', ü, d]}
exceptions:
- {role: x}
- role: y
  until: 2027
accounts:
  \"111122223333\":
    guardrails: {lock_down_permissions: {never: [e]}}
";

    fn place(field: &Field, account: &str) -> Option<(usize, usize, &'static str)> {
        let found = find(TEXT, field, &AccountId::parse(account).unwrap())?;
        Some((found.at.line, found.at.column, TEXT.get(found.span.start..found.span.end).unwrap()))
    }

    #[test]
    fn a_field_is_found_where_it_is_written() {
        let never = |item| Field::of("guardrails.lock_down_permissions.never").item(item);
        let until = |item| Field::of("exceptions").item(item).key("until");
        let other = "444455556666";
        assert_eq!(place(&never(1), other), Some((3, 53, "'b c'")));
        assert_eq!(place(&never(3), other), Some((3, 63, "d")));
        assert_eq!(place(&never(0), "111122223333"), Some((10, 50, "e")), "its own");
        assert_eq!(
            place(&Field::of("guardrails.lock_down_permissions.mode"), "111122223333"),
            Some((3, 27, "mode"))
        );
        assert_eq!(place(&until(1), other), Some((7, 3, "until")));
        assert_eq!(place(&until(0), other).map(|found| found.0), Some(5), "the entry that lacks it");
        assert_eq!(place(&Field::of("nowhere"), other), None);
        assert!(is_written(TEXT, &Field::of("version")));
        assert!(!is_written(TEXT, &Field::of("protected_roles")));
    }
}
