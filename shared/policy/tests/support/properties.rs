//! What must hold for every text whatsoever. The fuzz targets and the ordinary tests share it.

use rescind_policy::analyse::{
    Answer, Budget, Witness,
    assume::{TrustFacts, who_can_assume},
    grants::{GrantFacts, grants},
    within::{Permissions, within},
};
use rescind_policy::{
    AccountId, Caller, Context, Decision, Document, Kind, Policies, Request, Unreadable, canonical, edit,
    evaluate, validate,
};

const KINDS: [Kind; 7] =
    [Kind::Trust, Kind::Inline, Kind::Managed, Kind::Boundary, Kind::Scp, Kind::Rcp, Kind::Resource];

/// Reading agrees with `serde_json` on what is JSON; all places lie in the text; the canonical form is
/// stable.
pub(crate) fn reader(text: &str) {
    let json = serde_json::from_str::<serde_json::Value>(text);
    let document = match Document::read(text) {
        Ok(document) => document,
        Err(Unreadable::TooLong(_)) => return,
        Err(Unreadable::Syntax { .. }) => return assert!(json.is_err(), "serde_json reads it"),
        Err(Unreadable::NotAnObject { .. }) => return assert!(json.is_ok_and(|json| !json.is_object())),
        Err(Unreadable::NoStatement | Unreadable::NoStatementList { .. }) => {
            let is_read = |value: &serde_json::Value| value.is_object() || value.is_array();
            let reads =
                |(name, value): (&String, _)| name.eq_ignore_ascii_case("Statement") && is_read(value);
            return assert!(json.as_ref().is_ok_and(|json| !json.as_object().unwrap().iter().any(reads)));
        }
    };
    assert!(json.is_ok_and(|json| json.is_object()), "serde_json does not read it");
    assert_eq!(document.text, text);
    for kind in KINDS {
        for found in validate(&document, kind) {
            assert!(text.get(found.span.start..found.span.end).is_some(), "{found:?}");
            assert!(found.statement.is_none_or(|index| index < document.statements.len()), "{found:?}");
        }
    }
    for statement in &document.statements {
        let entries = statement.action.entries().iter().map(|entry| entry.span);
        let principals =
            statement.principal.iter().flat_map(|element| element.entries()).map(|entry| entry.span);
        for span in entries.chain(principals).chain(statement.conditions.iter().map(|one| one.span)) {
            assert!(statement.span.start < span.start && span.end < statement.span.end);
        }
    }
    let form = canonical(&document);
    assert_eq!(canonical(&Document::read(form.as_str()).unwrap()), form);
}

/// Removing statements keeps the others to the byte.
pub(crate) fn editor(text: &str, choice: u64) {
    let Ok(document) = Document::read(text) else { return };
    let count = document.statements.len();
    let gone = |index: usize| choice.rotate_right(u32::try_from(index % 64).unwrap()) & 1 == 1;
    let targets: Vec<usize> = (0..count).filter(|&index| gone(index)).collect();
    let edited = edit::remove_statements(&document, &targets).unwrap();
    let kept: Vec<&str> = (0..count)
        .filter(|&index| !gone(index))
        .map(|index| document.statements[index].span.of(text))
        .collect();
    match edited {
        None => assert!(kept.is_empty() && count > 0),
        Some(edited) => {
            let edited = Document::read(edited).unwrap();
            let now: Vec<&str> = edited.statements.iter().map(|one| one.span.of(&edited.text)).collect();
            assert_eq!(now, kept);
            if targets.is_empty() {
                assert_eq!(edited.text, text);
            }
        }
    }
    for (index, statement) in document.statements.iter().enumerate() {
        let entry = usize::try_from(choice % 7).unwrap();
        if !statement.action.is_inverted() && entry < statement.action.entries().len() {
            let edited = edit::remove_actions(&document, index, &[entry]).unwrap();
            let edited = edited.map(|text| Document::read(text).unwrap());
            let left = edited.map_or(0, |edited| edited.statements.len());
            assert!(left == count || left == count - 1);
        }
    }
}

/// Deciding ends, and a document that holds nothing but what it says never allows by being a boundary.
pub(crate) fn evaluator(text: &str) {
    let Ok(document) = Document::read(text) else { return };
    let context = Context::new()
        .with("aws:PrincipalArn", ["arn:aws:iam::111122223333:role/app"])
        .with("aws:TagKeys", ["a", "b"]);
    for caller in ["anonymous", "arn:aws:sts::111122223333:assumed-role/app/s", "ec2.amazonaws.com"] {
        let mut request =
            Request::new(Caller::parse(caller).unwrap(), "s3:GetObject", "arn:aws:s3:::bucket/key");
        request.context = context.clone();
        let bounding = Policies {
            boundary: vec![&document],
            scps: vec![vec![&document]],
            session: vec![&document],
            ..Policies::default()
        };
        assert_ne!(evaluate(&request, &bounding).decision, Decision::Allowed);
        let all = Policies { identity: vec![&document], resource: Some(&document), ..bounding };
        let evaluation = evaluate(&request, &all);
        assert!(evaluation.trace.statements.iter().all(|entry| all.statement(entry.statement).is_some()));
        assert_eq!(evaluation.trace.statements.len(), document.statements.len() * 5);
    }
}

/// Proofs about any two documents end; more steps never turn an answer round; nothing exceeds itself.
pub(crate) fn solver(first: &str, second: &str) {
    let (Ok(first), Ok(second)) = (Document::read(first), Document::read(second)) else { return };
    let account = AccountId::parse("111122223333").unwrap();
    let both = |ask: &dyn Fn(Budget) -> Answer<Witness>| {
        let (soon, late) = (ask(Budget::steps(50)), ask(Budget::steps(2_000)));
        assert!(matches!(soon, Answer::Unknown(_)) || soon.is_proved() == late.is_proved());
        late
    };
    let (a, b) = (Permissions::of([&first]), Permissions::of([&second]));
    both(&|budget| within(&a, &b, budget).answer);
    assert!(!matches!(both(&|budget| within(&a, &a, budget).answer), Answer::Refuted(_)));
    both(&|budget| who_can_assume(&first, &TrustFacts::new(account), budget).answer);
    let capped = a.limited_by([&second]);
    let _ = grants(&capped, &GrantFacts::new(account), Budget::steps(2_000));
}
