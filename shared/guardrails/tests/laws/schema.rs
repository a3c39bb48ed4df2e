//! The published schema of the settings names the same fields and the same words as the reader.

use std::collections::BTreeSet;

use rescind_guardrails::{Settings, SettingsError};
use serde_json::{Value, json};

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../settings/settings.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The words that the reader knows where `inner` stands; none if it does not tell.
fn known(outer: &dyn Fn(Value) -> Value, inner: Value) -> Option<BTreeSet<String>> {
    let SettingsError::Shape(shape) = Settings::read(&outer(inner).to_string()).unwrap_err() else {
        return None;
    };
    Some(shape.unknown()?.known.iter().map(|&word| word.to_owned()).collect())
}

/// Counts of objects and of enums that were compared.
#[derive(Default)]
struct Compared {
    objects: usize,
    enums: usize,
}

impl Compared {
    /// Compares a part of the schema with the reader. `outer` puts a value into its place in settings.
    fn part(&mut self, root: &Value, part: &Value, outer: &dyn Fn(Value) -> Value) {
        for more in part["allOf"].as_array().into_iter().flatten().chain([part]) {
            if let Some(name) = more["$ref"].as_str() {
                self.part(root, root.pointer(name.trim_start_matches('#')).unwrap(), outer);
            }
        }
        if let Some(properties) = part["properties"].as_object().filter(|_| part["type"] == "object") {
            assert_eq!(part["additionalProperties"], false, "an unknown field is an error: {part}");
            let fields = properties.keys().cloned().collect();
            assert_eq!(known(outer, json!({"nonsense": 1})), Some(fields));
            self.objects += 1;
            for (name, property) in properties {
                assert!(is_explained(property, root), "`{name}` needs a description and an example");
                self.part(root, property, &|value| outer(json!({name: value})));
            }
        }
        if let Some(words) = part["enum"].as_array() {
            if let Some(known) = known(outer, json!("nonsense")) {
                assert_eq!(
                    words.iter().map(|word| word.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(),
                    known
                );
            }
            self.enums += 1;
        }
        if part["items"].is_object() {
            self.part(root, &part["items"], &|value| outer(json!([value])));
        }
        if part["additionalProperties"].is_object() && part["propertyNames"].is_object() {
            self.part(root, &part["additionalProperties"], &|value| outer(json!({"111122223333": value})));
        }
    }
}

/// Does an editor have something to say about the field? An object is explained field by field.
fn is_explained(property: &Value, root: &Value) -> bool {
    let has = |part: &Value, word: &str| !part[word].is_null();
    let referred = |part: &Value| root.pointer(part["$ref"].as_str()?.trim_start_matches('#')).cloned();
    let first = &property["allOf"][0];
    let parts = [Some(property.clone()), referred(property), referred(first)];
    let any = |word: &str| parts.iter().flatten().any(|part| has(part, word));
    any("description") && (any("examples") || any("properties") || any("not"))
}

#[test]
fn the_schema_names_the_fields_and_words_of_the_reader() {
    let schema = schema();
    let mut compared = Compared::default();
    compared.part(&schema, &schema, &|value| value);
    assert!(compared.objects >= 14 && compared.enums >= 10, "{} {}", compared.objects, compared.enums);
}

#[test]
fn every_example_in_the_schema_is_read_where_it_stands() {
    let schema = schema();
    let mut read = 0;
    examples(&schema, &schema, &|value| value, &mut |settings: Value| {
        let result = Settings::read_with_files(&settings.to_string(), &|_| {
            Ok(r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned())
        });
        // A part alone lacks the fields beside it; nothing else may be wrong.
        let error = result.map(drop).map_err(|error| error.what());
        assert!(
            error.as_ref().err().is_none_or(|what| what.ends_with(" is missing")),
            "{settings}: {error:?}"
        );
        read += 1;
    });
    assert!(read >= 45, "{read}");
}

fn examples(root: &Value, part: &Value, outer: &dyn Fn(Value) -> Value, use_it: &mut dyn FnMut(Value)) {
    let words = part["enum"].as_array().into_iter().flatten();
    for example in part["examples"].as_array().into_iter().flatten().chain(words) {
        use_it(outer(example.clone()));
    }
    for more in part["allOf"].as_array().into_iter().flatten().chain([part]) {
        if let Some(name) = more["$ref"].as_str() {
            examples(root, root.pointer(name.trim_start_matches('#')).unwrap(), outer, use_it);
        }
    }
    for (name, property) in part["properties"].as_object().into_iter().flatten() {
        examples(root, property, &|value| outer(json!({name: value})), use_it);
    }
    if part["items"].is_object() {
        examples(root, &part["items"], &|value| outer(json!([value])), use_it);
    }
    if part["propertyNames"].is_object() {
        examples(root, &part["additionalProperties"], &|value| outer(json!({"111122223333": value})), use_it);
    }
}
