//! Laws that hold for all policies and requests.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "helpers of a test")]

#[path = "support/corpus.rs"]
mod corpus;
#[path = "support/properties.rs"]
mod properties;

use proptest::prelude::*;
use rescind_policy::{
    Caller, Condition, ConditionKey, ConditionValue, Context, Decision, Document, Glob, Operator, Policies,
    Quantifier, Request, Span, Test, Truth, ValueForm, evaluate,
};

/// The definition of a glob, as plainly as it can be said.
fn glob(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skip| glob(rest, &text[skip..])),
        Some(('?', rest)) => !text.is_empty() && glob(rest, &text[1..]),
        Some((want, rest)) => text.first() == Some(want) && glob(rest, &text[1..]),
    }
}

/// The definition of a resource pattern: in the first five parts a wildcard stays in its part, unless
/// it is a star that ends the part; missing parts are stars.
fn resource(pattern: &[char], text: &[char], part: usize) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => {
            let free = part >= 5 || matches!(rest.first(), None | Some(':'));
            let reach =
                if free { text.len() } else { text.iter().position(|c| *c == ':').unwrap_or(text.len()) };
            (0..=reach).any(|skip| resource(rest, &text[skip..], part))
        }
        Some(('?', rest)) => {
            text.first().is_some_and(|c| part >= 5 || *c != ':') && resource(rest, &text[1..], part)
        }
        Some((':', rest)) => text.first() == Some(&':') && resource(rest, &text[1..], part + 1),
        Some((want, rest)) => text.first() == Some(want) && resource(rest, &text[1..], part),
    }
}

fn decide(document: &Document, request: &Request) -> Decision {
    evaluate(request, &Policies { identity: vec![document], ..Policies::default() }).decision
}

fn document(statements: &[String]) -> Document {
    Document::read(format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", ")))
        .unwrap()
}

fn get_object() -> Request {
    let caller = Caller::parse("arn:aws:iam::111122223333:user/alice").unwrap();
    Request::new(caller, "s3:GetObject", "arn:aws:s3:::bucket/key")
}

/// A statement that may or may not apply; `?` stands for a condition with an unknown operator.
fn statement() -> impl Strategy<Value = (String, bool)> {
    let effect = prop::sample::select(&["Allow", "Deny"][..]);
    let action = prop::sample::select(
        &[r#""Action": "s3:*""#, r#""Action": "iam:*""#, r#""NotAction": "s3:Get*""#][..],
    );
    let resource = prop::sample::select(&["*", "arn:aws:s3:::bucket/*", "arn:aws:s3:::other/*"][..]);
    let condition = prop::sample::select(&["", r#", "Condition": {"Bool": {"aws:x": "true"}}"#, "?"][..]);
    (effect, action, resource, condition).prop_map(|(effect, action, resource, condition)| {
        let text = format!(r#"{{"Effect": "{effect}", {action}, "Resource": "{resource}"{condition}}}"#);
        (text, condition == "?")
    })
}

fn with(statements: &[(String, bool)], condition: impl Fn(usize) -> &'static str) -> Document {
    let mut unknown = 0;
    let filled = statements.iter().map(|(text, open)| {
        unknown += usize::from(*open);
        text.replace('?', &format!(r#", "Condition": {}"#, condition(unknown)))
    });
    document(&filled.collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn globs_match_as_defined(pattern in "[ab?*é]{0,10}", text in "[abéA]{0,10}") {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let compiled = Glob::new(pattern.as_str());
        prop_assert_eq!(compiled.matches(&text), glob(&characters(&pattern), &characters(&text)));
        let folded = glob(&characters(&pattern.to_ascii_lowercase()), &characters(&text.to_ascii_lowercase()));
        prop_assert_eq!(compiled.matches_ignoring_case(&text), folded);
    }

    #[test]
    fn resources_match_as_defined(pattern in "arn:[ab?*:]{0,9}(:[ab?*:]{0,4}){0,5}", text in "arn:[ab]{0,3}:[ab]{0,2}:[a:]{0,3}:[ab]{0,2}:[ab:]{0,5}") {
        let document = document(&[format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "{pattern}"}}"#)]);
        let matched = document.statements[0].covers_resource(&text, &Context::new());
        // Missing parts are stars.
        let missing = 5usize.saturating_sub(pattern.matches(':').count());
        let padded = pattern.clone() + &":*".repeat(missing);
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let (text, whole) = (characters(&text), characters(&padded));
        let defined = resource(&whole, &text, 0) || resource(&characters(&pattern), &text, 0);
        // A short pattern with one star for all that is missing says the same.
        let rest = missing > 0 && resource(&characters(&(pattern + ":*")), &text, 0);
        prop_assert_eq!(matched, defined || rest);
    }

    #[test]
    fn the_order_of_statements_does_not_count(
        statements in prop::collection::vec(statement(), 1..6).prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle()))
    ) {
        let (one, two) = statements;
        let open = |_| r#"{"Unknown": {"aws:x": "true"}}"#;
        let (one, two) = (decide(&with(&one, open), &get_object()), decide(&with(&two, open), &get_object()));
        prop_assert_eq!(one.as_str(), two.as_str());
    }

    #[test]
    fn a_deny_that_applies_wins(statements in prop::collection::vec(statement(), 0..5), at in any::<prop::sample::Index>()) {
        let mut statements = statements;
        let deny = r#"{"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}"#;
        statements.insert(at.index(statements.len() + 1), (deny.to_owned(), false));
        let decision = decide(&with(&statements, |_| r#"{"Unknown": {"aws:x": "true"}}"#), &get_object());
        prop_assert_eq!(decision, Decision::ExplicitlyDenied);
    }

    /// Undecided means exactly: it is allowed if the unknown conditions come out one way, and denied if
    /// they come out another.
    #[test]
    fn what_is_unknown_counts_only_where_it_matters(statements in prop::collection::vec(statement(), 1..6)) {
        let unknown = statements.iter().filter(|(_, open)| *open).count();
        let truth = |truths: usize| move |nth: usize| {
            if truths >> nth & 1 == 1 { r#"{"Null": {"aws:none": "true"}}"# } else { r#"{"Null": {"aws:none": "false"}}"# }
        };
        let allowed: Vec<bool> = (0..1 << unknown)
            .map(|truths: usize| decide(&with(&statements, truth(truths << 1)), &get_object()) == Decision::Allowed)
            .collect();
        let decision = decide(&with(&statements, |_| r#"{"Unknown": {"aws:x": "true"}}"#), &get_object());
        match decision {
            Decision::Allowed => prop_assert!(allowed.iter().all(|&yes| yes)),
            Decision::Undecided(_) => prop_assert!(allowed.contains(&true) && allowed.contains(&false)),
            Decision::ExplicitlyDenied | Decision::ImplicitlyDenied => prop_assert!(!allowed.contains(&true)),
        }
    }

    /// not ForAnyValue:P is ForAllValues:not P, and the other way round, missing keys included.
    #[test]
    fn set_operators_are_dual(listed in prop::collection::vec("[ab]{1,2}", 1..4), have in prop::option::of(prop::collection::vec("[ab]{1,2}", 1..4)), pair in 0..5usize) {
        let pairs = [
            (Test::StringEquals, Test::StringNotEquals),
            (Test::StringEqualsIgnoreCase, Test::StringNotEqualsIgnoreCase),
            (Test::StringLike, Test::StringNotLike),
            (Test::ArnLike, Test::ArnNotLike),
            (Test::IpAddress, Test::NotIpAddress),
        ];
        let (positive, negated) = pairs[pair].clone();
        let typed = |texts: Vec<String>| texts.iter().map(|text| of_type(&positive, text)).collect::<Vec<_>>();
        let (listed, have) = (typed(listed), have.map(typed));
        let mut context = Context::new();
        if let Some(have) = have {
            context.set("aws:TagKeys", have);
        }
        let holds = |quantifier, test: &Test| condition(Some(quantifier), test.clone(), false, &listed).holds(&context);
        prop_assert_eq!(!holds(Quantifier::ForAnyValue, &positive), holds(Quantifier::ForAllValues, &negated));
        prop_assert_eq!(!holds(Quantifier::ForAllValues, &positive), holds(Quantifier::ForAnyValue, &negated));
    }

    #[test]
    fn any_text_is_read_decided_and_edited(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24), choice in any::<u64>()
    ) {
        let text = pieces.concat();
        properties::reader(&text);
        properties::editor(&text, choice);
        properties::evaluator(&text);
    }

    #[test]
    fn damaged_policies_are_read_decided_and_edited(
        which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), with in prop::sample::select(PIECES), choice in any::<u64>()
    ) {
        let text = &samples()[which.index(SAMPLES)];
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
        let at = places[at.index(places.len())];
        let damaged = format!("{}{with}{}", &text[..at], &text[at + 1..]);
        properties::reader(&damaged);
        properties::editor(&damaged, choice);
        properties::evaluator(&damaged);
    }
}

/// A value that the test can compare, made from a plain text.
fn of_type(test: &Test, text: &str) -> String {
    if *test == Test::ArnLike {
        format!("arn:aws:s3:::{text}")
    } else if *test == Test::IpAddress {
        format!("10.0.0.{}", text.replace('a', "1").replace('b', "2"))
    } else {
        text.to_owned()
    }
}

const SAMPLES: usize = 40;

/// Small AWS managed policies, and trust policies of all sorts.
fn samples() -> &'static [String] {
    static SAMPLED: std::sync::OnceLock<Vec<String>> = std::sync::OnceLock::new();
    SAMPLED.get_or_init(|| {
        let small =
            corpus::managed_policies().into_iter().map(|(_, text)| text).filter(|text| text.len() < 900);
        small.filter(|text| text.is_ascii()).step_by(5).take(SAMPLES).collect()
    })
}

const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    " ",
    "\\",
    "{\"Statement\":[",
    "{\"Effect\":\"Allow\",",
    "\"Effect\":\"Deny\",",
    "\"Action\":",
    "\"NotAction\":",
    "\"s3:*\"",
    "[\"s3:Get*\",\"iam:*\"]",
    "\"Resource\":\"*\"",
    "\"Principal\":",
    "\"*\"",
    "{\"AWS\":[\"*\",\"111122223333\"]}",
    "\"Condition\":{",
    "\"StringLike\":{\"aws:TagKeys\":[\"a\",\"${aws:x,'b'}*\"]}",
    "\"Version\":\"2012-10-17\",",
    "\"Sid\":\"a\",",
    "]}",
    "}]}",
    "\"Action\":\"*\",\"Resource\":\"*\"}",
    "1",
    "null",
    "é",
];

fn condition(quantifier: Option<Quantifier>, test: Test, if_exists: bool, values: &[String]) -> Condition {
    let value = |text: &String| ConditionValue {
        text: text.as_str().into(),
        template: None,
        form: ValueForm::String,
        span: Span::default(),
    };
    Condition {
        operator: Operator { quantifier, test, if_exists },
        key: ConditionKey::new("aws:TagKeys"),
        values: values.iter().map(value).collect(),
        span: Span::default(),
    }
}

/// A missing key, for every operator there is.
#[test]
fn missing_keys() {
    for test in Test::ALL.iter().filter(|test| **test != Test::Null) {
        let holds = |quantifier, if_exists| {
            condition(quantifier, test.clone(), if_exists, &["a".to_owned()]).holds(&Context::new())
        };
        assert_eq!(holds(None, false), Truth::from(test.is_negated()), "{test:?}");
        assert_eq!(holds(None, true), Truth::True, "{test:?}IfExists");
        for if_exists in [false, true] {
            assert_eq!(
                holds(Some(Quantifier::ForAllValues), if_exists),
                Truth::True,
                "ForAllValues:{test:?}"
            );
            assert_eq!(holds(Some(Quantifier::ForAnyValue), if_exists), Truth::False, "ForAnyValue:{test:?}");
        }
    }
}

/// What fuzzing starts from, and what it has found.
#[test]
fn the_kept_corpus_holds() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let files = |folder: &std::path::Path| {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let seeds: Vec<_> = files(&corpus).iter().flat_map(|folder| files(folder)).collect();
    assert!(seeds.len() >= 9);
    for seed in &seeds {
        let text = std::fs::read_to_string(seed).unwrap();
        properties::reader(&text);
        properties::evaluator(&text);
        (0..64).for_each(|choice| properties::editor(&text, choice));
        for other in &seeds {
            properties::solver(&text, &std::fs::read_to_string(other).unwrap());
        }
    }
}

/// Inputs made to be slow are not.
#[test]
fn hostile_documents_are_read_in_bounded_time() {
    let stars = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Action":"{}","Resource":"*"}}]}}"#,
        "*a".repeat(100_000)
    );
    let keys: String = (0..20_000).map(|n| format!(r#""aws:{n}":"1","#)).collect();
    let keys = format!(
        r#"{{"Statement":{{"Effect":"Deny","Action":"*","Condition":{{"StringLike":{{{keys}"aws:0":"2"}}}}}}}}"#
    );
    let deep = format!(r#"{{"Statement":{}{}}}"#, "[".repeat(120), "]".repeat(120));
    let many = format!(r#"{{"Statement":[{}{{}}]}}"#, "{},".repeat(20_000));
    let principals = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{{{}"AWS":"*"}}}}}}"#,
        r#""x":"y","#.repeat(20_000)
    );
    for text in [stars, keys, deep, many, principals] {
        properties::reader(&text);
        properties::evaluator(&text);
    }
}
