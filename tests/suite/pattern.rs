//! The part of EventBridge's event patterns that the template uses ("Amazon EventBridge event patterns", user guide).

use serde_json::Value;

/// Does the event match the pattern?
pub(crate) fn matches(pattern: &Value, event: &Value) -> bool {
    let fields = pattern.as_object().expect("a pattern is an object");
    fields.iter().all(|(field, wanted)| match (field.as_str(), wanted) {
        ("$or", alternatives) => alternatives.as_array().unwrap().iter().any(|one| matches(one, event)),
        (_, Value::Array(rules)) => one_of(rules, event.get(field)),
        (_, nested) => match event.get(field) {
            Some(Value::Array(items)) => items.iter().any(|item| matches(nested, item)),
            Some(value) => matches(nested, value),
            None => matches(nested, &Value::Null),
        },
    })
}

fn one_of(rules: &[Value], value: Option<&Value>) -> bool {
    let values: Vec<&Value> = match value {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(value) => vec![value],
        None => Vec::new(),
    };
    rules.iter().any(|rule| match rule.as_object().and_then(|rule| rule.iter().next()) {
        None => values.contains(&rule),
        Some((kind, wanted)) if kind == "exists" => wanted.as_bool() == Some(!values.is_empty()),
        Some((kind, wanted)) => {
            let wanted = wanted.as_str().unwrap();
            values.iter().filter_map(|value| value.as_str()).any(|text| match kind.as_str() {
                "prefix" => text.starts_with(wanted),
                "suffix" => text.ends_with(wanted),
                "wildcard" => policy::Glob::new(wanted).matches(text),
                other => panic!("`{other}` is not among the rules that the template uses"),
            })
        }
    })
}

#[test]
fn patterns_match_as_the_guide_says() {
    let event = serde_json::json!({
        "source": "aws.iam",
        "detail": {"name": "rescind-a", "list": ["x", "y"], "resources": [{"ARN": "a"}, {"ARN": "b"}]},
    });
    let is_match = |pattern: &str| matches(&serde_json::from_str(pattern).unwrap(), &event);
    for pattern in [
        r#"{"source":["aws.iam","aws.sts"]}"#,
        r#"{"detail":{"name":[{"prefix":"rescind-"}]}}"#,
        r#"{"detail":{"name":[{"suffix":"-a"}],"list":["y"]}}"#,
        r#"{"detail":{"resources":{"ARN":["b"]},"errorCode":[{"exists":false}]}}"#,
        r#"{"detail":{"$or":[{"name":["b"]},{"name":[{"wildcard":"*cind-*"}]}]}}"#,
    ] {
        assert!(is_match(pattern), "{pattern}");
    }
    for pattern in [
        r#"{"source":["aws.sts"]}"#,
        r#"{"detail":{"name":[{"exists":false}]}}"#,
        r#"{"detail":{"none":{"name":["a"]}}}"#,
        r#"{"detail":{"$or":[{"name":["b"]}],"list":["x"]}}"#,
    ] {
        assert!(!is_match(pattern), "{pattern}");
    }
}
