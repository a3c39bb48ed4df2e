//! YAML translated to JSON, scalar by scalar.
//!
//! Going through a tree of values would lose what a policy reader must see: duplicate keys, the order of
//! keys, and the zero in front of an account id. Anchors and aliases are expanded, up to a limit.

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Tag};

use super::json::{Source, Wrong};

/// A few aliases of aliases can stand for more text than a machine has memory.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Translates every document of the text to one JSON value. What precedes an error is kept.
pub(crate) fn to_json(text: &str) -> (Source, Option<Wrong>) {
    let mut writer = Writer::default();
    for next in Parser::new_from_str(text) {
        let written = match next {
            Ok((event, span)) => writer.event(event, span.start.line()),
            Err(error) => Err(Wrong { line: error.marker().line(), problem: error.info() }),
        };
        if let Err(wrong) = written {
            writer.json.truncate(writer.complete);
            return (writer.source(), Some(wrong));
        }
    }
    (writer.source(), None)
}

#[derive(Default)]
struct Writer {
    json: String,
    origin: Vec<(usize, usize)>,
    open: Vec<Frame>,
    /// Where each anchored value lies in `json`.
    anchors: Vec<(usize, std::ops::Range<usize>)>,
    /// The length of `json` after the last complete document.
    complete: usize,
}

/// A list or a mapping that has begun.
struct Frame {
    is_map: bool,
    /// How many keys and values it has so far.
    parts: usize,
    start: usize,
    anchor: usize,
}

impl Writer {
    fn source(self) -> Source {
        Source { json: self.json, origin: self.origin }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the parser's enum is open")]
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), Wrong> {
        let wrong = |problem: String| Wrong { line, problem };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_key = self.separate(line);
                let start = self.json.len();
                let as_text =
                    is_key || style != ScalarStyle::Plain || says_string(tag.as_deref()).map_err(wrong)?;
                self.json.push_str(&if as_text { quoted(&text) } else { resolved(&text) });
                self.remember(anchor, start);
            }
            Event::SequenceStart(_, anchor, tag) => self.begin(false, anchor, tag.as_deref(), line)?,
            Event::MappingStart(_, anchor, tag) => self.begin(true, anchor, tag.as_deref(), line)?,
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, line)?,
            Event::DocumentEnd => {
                self.json.push('\n');
                self.complete = self.json.len();
                self.anchors.clear();
            }
            Event::UnresolvedAlias(name) => return Err(wrong(format!("there is no anchor `{name}`"))),
            // Comments and other things that are about the text, not in it.
            _ => {}
        }
        if self.json.len() > MAX_BYTES {
            return Err(wrong(format!(
                "with its aliases expanded the text is longer than {MAX_BYTES} bytes"
            )));
        }
        Ok(())
    }

    /// Writes what stands between the last part and the next one; says whether that is a key.
    fn separate(&mut self, line: usize) -> bool {
        let mut is_key = false;
        if let Some(frame) = self.open.last_mut() {
            is_key = frame.is_map && frame.parts.is_multiple_of(2);
            if frame.is_map && !is_key {
                self.json.push(':');
            } else if frame.parts > 0 {
                self.json.push(',');
            }
            frame.parts += 1;
        }
        self.origin.push((self.json.len(), line));
        is_key
    }

    fn begin(&mut self, is_map: bool, anchor: usize, tag: Option<&Tag>, line: usize) -> Result<(), Wrong> {
        if self.separate(line) {
            return Err(Wrong { line, problem: "a key must be a word, not a list or a mapping".to_owned() });
        }
        says_string(tag).map_err(|problem| Wrong { line, problem })?;
        self.open.push(Frame { is_map, parts: 0, start: self.json.len(), anchor });
        self.json.push(if is_map { '{' } else { '[' });
        Ok(())
    }

    fn end(&mut self) {
        if let Some(frame) = self.open.pop() {
            self.json.push(if frame.is_map { '}' } else { ']' });
            self.remember(frame.anchor, frame.start);
        }
    }

    fn remember(&mut self, anchor: usize, start: usize) {
        if anchor > 0 {
            self.anchors.push((anchor, start..self.json.len()));
        }
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Wrong> {
        let is_key = self.separate(line);
        let wrong = |problem: &str| Wrong { line, problem: problem.to_owned() };
        let named = self.anchors.iter().rev().find(|(id, _)| *id == anchor);
        let range =
            named.map(|(_, range)| range.clone()).ok_or_else(|| wrong("an alias inside its own anchor"))?;
        let copy = self.json.get(range).unwrap_or_default().to_owned();
        if is_key && !copy.starts_with('"') {
            return Err(wrong("a key must be a word, not an alias of something else"));
        }
        if self.json.len() + copy.len() > MAX_BYTES {
            return Err(wrong("the aliases expand to more text than is read"));
        }
        self.json.push_str(&copy);
        Ok(())
    }
}

/// Does the tag say that the value is a string, whatever it looks like?
fn says_string(tag: Option<&Tag>) -> Result<bool, String> {
    match tag {
        None => Ok(false),
        Some(tag) if tag.is_yaml_core_schema() => Ok(tag.is_yaml_core_schema_tag("str")),
        Some(tag) => Err(format!("the tag `{}` is not understood; write the value itself", tag.original())),
    }
}

/// A plain scalar by the core schema of YAML 1.2. A number that JSON writes otherwise stays text, so
/// `012345678901` keeps its zero.
fn resolved(text: &str) -> String {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => "null".to_owned(),
        "true" | "True" | "TRUE" => "true".to_owned(),
        "false" | "False" | "FALSE" => "false".to_owned(),
        _ if serde_json::from_str::<serde_json::Number>(text).is_ok() => text.to_owned(),
        _ => quoted(text),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::to_json;

    fn json(yaml: &str) -> String {
        let (source, wrong) = to_json(yaml);
        assert_eq!(wrong, None, "{yaml}");
        source.json
    }

    #[test]
    fn scalars_keep_what_a_policy_reader_must_see() {
        assert_eq!(
            json(
                "Version: 2012-10-17\nids: [012345678901, 111122223333, 1.50, 0x1f]\nb: [true, yes, '1']\nn: ~\n"
            ),
            "{\"Version\":\"2012-10-17\",\"ids\":[\"012345678901\",111122223333,1.50,\"0x1f\"],\
             \"b\":[true,\"yes\",\"1\"],\"n\":null}\n"
        );
        assert_eq!(json("a: 1\na: 2\n"), "{\"a\":1,\"a\":2}\n");
        assert_eq!(json("!!str 12"), "\"12\"\n");
    }

    #[test]
    fn documents_and_aliases() {
        assert_eq!(
            json("a: &x {k: [1, 2]}\nb: *x\n---\n- 1\n"),
            "{\"a\":{\"k\":[1,2]},\"b\":{\"k\":[1,2]}}\n[1]\n"
        );
    }

    #[test]
    fn lines_are_those_of_the_yaml() {
        let (source, _) = to_json("# a comment\na: 1\n\nb:\n  - two\n");
        let at = source.json.find("\"two\"").unwrap();
        assert_eq!(source.line(at), 5);
    }

    #[test]
    fn what_cannot_be_json_is_refused_with_its_line() {
        for (yaml, line, problem) in [
            ("a: 1\nb: !Sub x\n", 2, "the tag `!Sub` is not understood; write the value itself"),
            ("? [a]\n: 1\n", 1, "a key must be a word, not a list or a mapping"),
            ("a: &x [*x]\n", 1, "an alias inside its own anchor"),
        ] {
            let wrong = to_json(yaml).1.unwrap();
            assert_eq!((wrong.line, wrong.problem.as_str()), (line, problem));
        }
        let (source, wrong) = to_json("a: 1\n---\nb: [\n");
        assert_eq!(source.json, "{\"a\":1}\n");
        assert!(wrong.is_some());
    }

    #[test]
    fn a_billion_laughs_end_early() {
        let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for n in 1..12 {
            let item = format!("*a{}, ", n - 1).repeat(9);
            bomb.push_str(&format!("a{n}: &a{n} [{item}]\n"));
        }
        assert!(to_json(&bomb).1.is_some());
    }
}
