//! The automata against counting: every pattern, every word.

use proptest::{prelude::*, sample::select};

use super::{Class, Pattern, Token, common_word};
use crate::{
    Glob,
    analyse::budget::{Budget, Steps},
};

fn glob(text: &str) -> Pattern {
    Pattern::union([tokens(text)])
}

fn tokens(text: &str) -> Vec<Token> {
    let token = |c| match c {
        '*' => Token::Many(Class::TEXT),
        '?' => Token::One(Class::CHARACTER),
        c => Token::Literal(c),
    };
    text.chars().map(token).collect()
}

/// All texts over `letters` up to `longest`.
fn texts(letters: &[char], longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last.iter().flat_map(|text| letters.iter().map(move |c| format!("{text}{c}"))).collect();
        all.extend(last.clone());
    }
    all
}

fn steps() -> Steps {
    Steps::new(Budget::steps(1_000_000))
}

#[test]
fn a_pattern_matches_what_the_glob_matches() {
    let words = texts(&['a', 'b'], 4);
    for pattern in texts(&['a', 'b', '*', '?'], 4) {
        for word in &words {
            assert_eq!(
                glob(&pattern).matches(word),
                Glob::new(&*pattern).matches(word),
                "{pattern} on {word}"
            );
        }
    }
}

/// Words of up to five letters over three suffice: a pattern here has at most four tokens.
#[test]
fn inclusion_of_two_patterns_is_decided_as_by_counting() {
    let patterns = texts(&['a', 'b', '*', '?'], 3);
    let words = texts(&['a', 'b', 'x'], 5);
    for inner in &patterns {
        for outer in &patterns {
            let (p, n) = (glob(inner), glob(outer));
            let counted = words.iter().any(|w| p.matches(w) && !n.matches(w));
            let found = common_word(&[&p], &[&n], &mut steps()).unwrap();
            assert_eq!(found.is_some(), counted, "{inner} without {outer}: {found:?}");
            assert!(found.is_none_or(|w| p.matches(&w) && !n.matches(&w)));
        }
    }
}

fn any_glob() -> impl Strategy<Value = String> {
    proptest::collection::vec(select(vec!['a', 'b', 'A', ':', '/', '*', '*', '?']), 0..6)
        .prop_map(String::from_iter)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_union_of_four_is_decided_as_by_counting(inside in proptest::collection::vec(any_glob(), 1..3), outside in proptest::collection::vec(any_glob(), 0..5)) {
        let inside: Vec<Pattern> = inside.iter().map(|text| glob(text)).collect();
        let outside: Vec<Pattern> = outside.iter().map(|text| glob(text)).collect();
        let all_of: Vec<&Pattern> = inside.iter().collect();
        let none_of: Vec<&Pattern> = outside.iter().collect();
        let fits = |word: &str| all_of.iter().all(|p| p.matches(word)) && !none_of.iter().any(|n| n.matches(word));
        match common_word(&all_of, &none_of, &mut steps()).unwrap() {
            Some(word) => prop_assert!(fits(&word), "{word}"),
            None => prop_assert!(!texts(&['a', 'b', 'A', ':', '/', 'x'], 4).iter().any(|word| fits(word))),
        }
    }

    /// A word that fits as a segment pattern is found, and only such.
    #[test]
    fn segments_are_decided_as_by_counting(inside in any_glob(), outside in any_glob()) {
        let segmented = |text: &str| Pattern::union([tokens(text).into_iter().map(|token| match token {
            Token::Many(_) => Token::Many(Class::SEGMENT),
            Token::One(_) => Token::One(Class::SEGMENT),
            Token::Literal(_) | Token::AnyCase(_) => token,
        })]);
        let (p, n) = (segmented(&inside), segmented(&outside));
        let fits = |word: &str| p.matches(word) && !n.matches(word);
        match common_word(&[&p], &[&n], &mut steps()).unwrap() {
            Some(word) => prop_assert!(fits(&word), "{word}"),
            None => prop_assert!(!texts(&['a', 'b', 'A', ':', '/', 'x'], 5).iter().any(|word| fits(word))),
        }
    }
}

#[test]
fn hundreds_of_stars_cost_no_more_than_their_length() {
    let many = glob(&"a*".repeat(400));
    let more = glob(&"a*".repeat(401));
    let mut few = Steps::new(Budget::steps(20_000));
    assert!(common_word(&[&more], &[&many], &mut few).unwrap().is_none());
    assert!(common_word(&[&many], &[&more], &mut few).unwrap().is_some());
}

#[test]
fn letters_of_either_case_are_the_same_to_any_case_alone() {
    let any_case = Pattern::union([[Token::AnyCase('a')]]);
    assert!(any_case.matches("a") && any_case.matches("A") && !any_case.matches("b"));
    let found = common_word(&[&any_case], &[&Pattern::literal("a")], &mut steps()).unwrap();
    assert_eq!(found.as_deref(), Some("A"));
}
