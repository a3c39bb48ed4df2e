//! Text to [`Document`]: the members of the document itself.

use super::{Document, MAX_BYTES, Unreadable, Version, statement};
use crate::{
    Code, Diagnostic, Position, Span,
    json::{self, Kind, Value},
};

pub(super) fn document(text: String) -> Result<Document, Unreadable> {
    if text.len() > MAX_BYTES {
        return Err(Unreadable::TooLong(text.len()));
    }
    let tape = json::read(&text).map_err(|json::Syntax { at, problem }| Unreadable::Syntax {
        problem,
        position: Position::of(&text, at),
        span: Span::new(at, (at + 1).min(text.len())),
    })?;
    let root = tape.root(&text).ok_or(Unreadable::NotAnObject { found: "nothing" })?;
    if root.kind() != Kind::Object {
        return Err(Unreadable::NotAnObject { found: root.kind().name() });
    }
    let parts = Members::read(root);
    parts.has_statements()?;
    let (version, id, diagnostics) = (parts.version, parts.id, parts.diagnostics);
    let count = parts.statements.iter().map(|list| list.one_or_more().count()).sum();
    let mut statements = Vec::with_capacity(count);
    for list in &parts.statements {
        for value in list.one_or_more() {
            statements.push(statement::read(value, version, statements.len()));
        }
    }
    let mut document = Document { text: String::new(), version, id, statements, diagnostics };
    doubt_statements(&mut document, &parts.doubts);
    document.text = text;
    Ok(document)
}

/// What holds for the document holds for each statement, if it may change what the statement means.
fn doubt_statements(document: &mut Document, doubts: &[Diagnostic]) {
    for (index, statement) in document.statements.iter_mut().enumerate() {
        statement.unreadable.extend(doubts.iter().map(|doubt| doubt.clone().in_statement(index)));
    }
    let of_statements =
        document.statements.iter().flat_map(|one| one.unreadable.iter().chain(&one.refused)).cloned();
    document.diagnostics.extend(of_statements);
}

/// The members of the document, before its statements are looked at.
struct Members<'a> {
    version: Version,
    id: Option<String>,
    statements: Vec<Value<'a>>,
    /// What concerns the document alone.
    diagnostics: Vec<Diagnostic>,
    /// What makes every statement doubtful: parsers differ on what the text means.
    doubts: Vec<Diagnostic>,
}

impl<'a> Members<'a> {
    fn read(root: Value<'a>) -> Self {
        let mut found = Self {
            version: Version::V2008,
            id: None,
            statements: Vec::new(),
            diagnostics: Vec::new(),
            doubts: Vec::new(),
        };
        let mut seen: [bool; 2] = [false, false];
        for (key, value) in root.members() {
            let name = key.string().unwrap_or_default();
            match name.as_ref() {
                "Version" => found.version(key, value, std::mem::replace(&mut seen[0], true)),
                "Id" => found.id = value.string().map(Into::into),
                "Statement" => {
                    if std::mem::replace(&mut seen[1], true) {
                        found.doubts.push(duplicate(key, "Statement"));
                    }
                    found.statements.push(value);
                }
                other => found.unknown(key, value, other),
            }
        }
        found
    }

    /// Whether there is anything that statements can be read from.
    fn has_statements(&self) -> Result<(), Unreadable> {
        let is_list = |value: &Value<'_>| matches!(value.kind(), Kind::Object | Kind::Array);
        match self.statements.first() {
            None => Err(Unreadable::NoStatement),
            Some(_) if self.statements.iter().any(is_list) => Ok(()),
            Some(value) => {
                Err(Unreadable::NoStatementList { found: value.kind().name(), span: value.span() })
            }
        }
    }

    fn version(&mut self, key: Value<'_>, value: Value<'_>, again: bool) {
        if again {
            self.doubts.push(duplicate(key, "Version"));
        }
        match value.string().as_deref() {
            Some("2012-10-17") => self.version = Version::V2012,
            Some("2008-10-17") => {}
            Some(_) | None => {
                let message = format!("the version {} is none of `2008-10-17` and `2012-10-17`", value.raw());
                self.doubts.push(Diagnostic::error(Code::BadVersion, value.span(), message));
            }
        }
    }

    /// An element in the wrong case might be read by IAM as the right one: it is, but as doubtful.
    fn unknown(&mut self, key: Value<'a>, value: Value<'a>, name: &str) {
        let message = format!("`{name}` is no element of a policy document");
        let diagnostic = Diagnostic::error(Code::UnknownElement, key.span(), message);
        if name.eq_ignore_ascii_case("Statement") {
            self.statements.push(value);
            self.doubts.push(diagnostic);
        } else if name.eq_ignore_ascii_case("Version") {
            self.doubts.push(diagnostic);
        } else {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// The diagnostic for a member whose name occurred before.
pub(super) fn duplicate(key: Value<'_>, name: &str) -> Diagnostic {
    Diagnostic::error(
        Code::DuplicateKey,
        key.span(),
        format!("`{name}` occurs twice; parsers differ on which one counts"),
    )
}

#[cfg(test)]
mod tests {
    use crate::{Document, Unreadable};

    #[test]
    fn an_object_without_statements_is_no_policy() {
        for text in [
            "{}",
            r#"{"Version": "2012-10-17"}"#,
            r#"{"Version": "2012-10-17", "Statements": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
            r#"{"Document": {"Statement": []}}"#,
        ] {
            assert_eq!(Document::read(text), Err(Unreadable::NoStatement), "{text}");
        }
        for value in ["null", "7", "true", "\"\"", "\"[]\""] {
            for name in ["Statement", "statement"] {
                let read = Document::read(format!(r#"{{"{name}": {value}}}"#));
                assert!(matches!(read, Err(Unreadable::NoStatementList { .. })), "{name} {value}");
            }
        }
    }

    #[test]
    fn an_empty_list_of_statements_was_read() {
        assert!(Document::read(r#"{"Statement": []}"#).unwrap().statements.is_empty());
    }
}
