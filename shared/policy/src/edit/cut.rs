//! Removal on the tape: which nodes go, and which bytes that means.

use crate::{
    Document, Span,
    json::{self, Kind, Tape, Value},
};

/// The text without the values at these places; `None` if no statement is left.
pub(super) fn cut(document: &Document, places: &[Span]) -> Option<String> {
    let text = &document.text;
    let tape = json::read(text).ok()?;
    let mut gone = Gone::new(&tape);
    for &place in places {
        gone.mark(tape.at(text, place)?);
    }
    let statements = document
        .statements
        .iter()
        .map(|statement| tape.at(text, statement.span))
        .collect::<Option<Vec<_>>>()?;
    gone.spread(&tape, text, &statements);
    if statements.iter().all(|statement| gone.has(*statement)) && !statements.is_empty() {
        return None;
    }
    Some(gone.render(&tape, text))
}

/// Which nodes of a tape are removed.
struct Gone(Vec<bool>);

impl Gone {
    fn new(tape: &Tape) -> Self {
        Self(vec![false; tape.len()])
    }

    fn mark(&mut self, value: Value<'_>) {
        if let Some(flag) = self.0.get_mut(value.index()) {
            *flag = true;
        }
    }

    fn has(&self, value: Value<'_>) -> bool {
        self.0.get(value.index()).copied().unwrap_or_default()
    }

    /// Lets owners go with what they lost. Parts follow their owner on the tape, so backwards.
    fn spread(&mut self, tape: &Tape, text: &str, statements: &[Value<'_>]) {
        for index in (0..tape.len()).rev() {
            let Some(value) = tape.value(text, index) else { continue };
            let (mut parts, mut all_gone, mut needed) = (0, true, false);
            for (key, part) in parts_of(value) {
                parts += 1;
                all_gone &= self.has(part);
                needed |= self.has(part) && key.is_some_and(is_needed);
            }
            let statement = needed && statements.binary_search_by_key(&index, Value::index).is_ok();
            if (parts > 0 && all_gone) || statement {
                self.mark(value);
            }
        }
    }

    /// The text without the removed parts of each container that stays.
    fn render(&self, tape: &Tape, text: &str) -> String {
        let mut cuts = Vec::new();
        let mut index = 0;
        while let Some(value) = tape.value(text, index) {
            if self.has(value) {
                index = value.after();
                continue;
            }
            self.cuts_in(value, &mut cuts);
            index += 1;
        }
        cuts.sort();
        let mut kept = String::with_capacity(text.len());
        let mut at = 0;
        for cut in cuts {
            kept.push_str(Span::new(at, cut.start).of(text));
            at = cut.end;
        }
        kept.push_str(Span::new(at, text.len()).of(text));
        kept
    }

    /// A removed part takes the comma before it along, or the one behind it if it has become the first.
    fn cuts_in(&self, container: Value<'_>, cuts: &mut Vec<Span>) {
        let mut last_end = None;
        let mut first_gone = None;
        let mut kept = false;
        for (key, part) in parts_of(container) {
            let place = Span::new(key.unwrap_or(part).span().start, part.span().end);
            if !self.has(part) {
                if let Some(start) = first_gone.take() {
                    cuts.push(Span::new(start, place.start));
                }
                kept = true;
            } else if kept {
                cuts.push(Span::new(last_end.unwrap_or(place.start), place.end));
            } else {
                first_gone.get_or_insert(place.start);
            }
            last_end = Some(place.end);
        }
    }
}

/// The values in a container, with their names in an object.
fn parts_of<'a>(value: Value<'a>) -> impl Iterator<Item = (Option<Value<'a>>, Value<'a>)> {
    let members = value.members().map(|(key, value)| (Some(key), value));
    members.chain(value.items().map(|item| (None, item)))
}

/// A statement without one of these says nothing, or says it of everyone.
fn is_needed(key: Value<'_>) -> bool {
    matches!(key.string().as_deref(), Some("Principal" | "Action" | "Resource"))
}

/// Where another statement goes, and the text to put there.
pub(super) fn addition(list: Value<'_>, text: &str, statement: &str) -> (Span, String) {
    let place = list.span();
    if list.kind() != Kind::Array {
        return (place, format!("[{},{statement}]", list.raw()));
    }
    let (mut before, mut last) = (None, None);
    for item in list.items() {
        before = last;
        last = Some(item.span());
    }
    match (before, last) {
        (_, None) => (Span::new(place.start + 1, place.start + 1), statement.to_owned()),
        (None, Some(only)) => {
            let space = Span::new(place.start + 1, only.start).of(text);
            (Span::new(only.end, only.end), format!(",{space}{statement}"))
        }
        (Some(before), Some(last)) => {
            let separator = Span::new(before.end, last.start).of(text);
            (Span::new(last.end, last.end), format!("{separator}{statement}"))
        }
    }
}
