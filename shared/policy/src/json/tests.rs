//! The reader accepts what `serde_json` accepts, and reads the same values.

use proptest::prelude::*;
use serde_json::Value as Json;

use super::{Kind, Value, read};

fn to_json(value: Value<'_>) -> Json {
    match value.kind() {
        Kind::Object => value
            .members()
            .map(|(key, value)| (key.string().unwrap().into_owned(), to_json(value)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Kind::Array => value.items().map(to_json).collect::<Vec<_>>().into(),
        Kind::String(_) => value.string().unwrap().into_owned().into(),
        Kind::Number => serde_json::from_str(value.raw()).unwrap(),
        Kind::True => true.into(),
        Kind::False => false.into(),
        Kind::Null => Json::Null,
    }
}

fn same_as_serde_json(text: &str) {
    let ours = read(text);
    let theirs = serde_json::from_str::<Json>(text);
    assert_eq!(ours.is_ok(), theirs.is_ok(), "{text:?}: {ours:?} {theirs:?}");
    if let (Ok(tape), Ok(json)) = (ours, theirs) {
        assert_eq!(to_json(tape.root(text).unwrap()), json, "{text:?}");
    }
}

#[test]
fn edges_of_the_grammar() {
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    for text in [
        "",
        " ",
        "\u{feff}{}",
        "{}",
        "[]",
        "[1,]",
        "{\"a\":1,}",
        "{,}",
        "[,]",
        "01",
        "-",
        "-0",
        "1.",
        ".5",
        "1e",
        "1e+",
        "1E-2",
        "1e400",
        "-1e999999999999",
        "0e999",
        "1e-999",
        "nul",
        "nulls",
        "true false",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "\"\\x\"",
        "\"\t\"",
        "\"\u{7f}\"",
        "\"\\u00e9\\/\"",
        "\"abc",
        "{\"a\" 1}",
        "{1:2}",
        "{\"a\":1 \"b\":2}",
        "[1 2]",
        "{]",
        "[}",
        "'a'",
        "\u{a0}1",
        "1\u{c}",
        "+1",
        "123456789012345678901234567890",
        "{\"a\":1,\"a\":2}",
        "\"\\u12g4\"",
        "\"\\",
        "NaN",
        "[\"\\u0000\"]",
    ] {
        same_as_serde_json(text);
    }
    same_as_serde_json(&"9".repeat(308));
    same_as_serde_json(&"9".repeat(310));
    for depth in [126, 127, 128, 129, 5000] {
        same_as_serde_json(&deep(depth));
    }
}

proptest! {
    #[test]
    fn any_text_made_of_json_tokens(tokens in prop::collection::vec(prop::sample::select(&[
        "{", "}", "[", "]", ",", ":", " ", "\n", "\"a\"", "\"\\n\"", "\"\\u00", "\"", "\\", "1", "-", "0", ".", "e5",
        "true", "null", "é", "\\ud800", "\\udc00",
    ][..]), 0..24)) {
        same_as_serde_json(&tokens.concat());
    }

    #[test]
    fn legal_texts_with_one_byte_changed(json in json_value(), at in any::<prop::sample::Index>(), with in "[ -~]") {
        let text = json.to_string();
        same_as_serde_json(&text);
        let mut characters: Vec<char> = text.chars().collect();
        let at = at.index(characters.len());
        characters.splice(at..=at, with.chars());
        same_as_serde_json(&characters.into_iter().collect::<String>());
    }
}

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}
