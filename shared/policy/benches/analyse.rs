//! What a proof costs: median and 99th percentile per question over the case files, and
//! over all managed policies against a ceiling.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::{hint::black_box, time::Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use rescind_policy::{
    AccountId, Document,
    analyse::{
        Budget,
        assume::{TrustFacts, who_can_assume},
        grants::{GrantFacts, grants},
        within::{Permissions, within},
    },
};
use serde_json::Value;

#[path = "../tests/support/corpus.rs"]
mod corpus;

fn cases(name: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/corpus/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn documents(value: &Value) -> Vec<Document> {
    let one = std::slice::from_ref(value);
    value
        .as_array()
        .map_or(one, Vec::as_slice)
        .iter()
        .filter_map(|v| Document::read(v.to_string()).ok())
        .collect()
}

fn account() -> Option<AccountId> {
    AccountId::parse("111122223333")
}

/// A ceiling of the usual kind: all services but some, outside IAM, within some regions.
const CEILING: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
    {"Effect": "Allow", "Action": ["iam:Get*", "iam:List*"], "Resource": "*"},
    {"Effect": "Deny", "Action": "s3:DeleteBucket*", "Resource": "*"},
    {"Effect": "Deny", "Action": "ec2:*", "Resource": "*",
     "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}}
]}"#;

/// Prints the distribution: criterion's mean hides the slow few.
#[expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark measures and prints")]
fn distribution(name: &str, questions: &[Box<dyn Fn() + '_>]) {
    let mut micros: Vec<f64> = questions
        .iter()
        .map(|question| {
            let runs = (0..15).map(|_| {
                let start = Instant::now();
                question();
                start.elapsed().as_secs_f64() * 1e6
            });
            runs.fold(f64::INFINITY, f64::min)
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        micros.get((micros.len() * percent / 100).min(micros.len().saturating_sub(1))).copied()
    };
    println!(
        "{name}: {} questions, median {:.1?} us, p99 {:.1?} us, max {:.1?} us",
        micros.len(),
        at(50),
        at(99),
        micros.last()
    );
}

fn questions(criterion: &mut Criterion) {
    let Some(account) = account() else { return };
    let trust: Vec<(String, Document)> = cases("trust")
        .iter()
        .filter(|case| !case["document"].is_null())
        .flat_map(|case| documents(&case["document"]).into_iter().map(|d| (case["document"].to_string(), d)))
        .collect();
    let facts = &TrustFacts::new(account);
    let assume: Vec<Box<dyn Fn() + '_>> = trust
        .iter()
        .map(|(_, d)| Box::new(move || drop(black_box(who_can_assume(d, facts, Budget::default())))) as _)
        .collect();
    distribution("who can assume", &assume);
    let pairs: Vec<_> = cases("subset")
        .iter()
        .map(|case| (documents(&case["policy"]), documents(&case["ceiling"])))
        .collect();
    let subset: Vec<Box<dyn Fn() + '_>> = pairs
        .iter()
        .map(|(a, b)| {
            Box::new(move || {
                drop(black_box(within(&Permissions::of(a), &Permissions::of(b), Budget::default())))
            }) as _
        })
        .collect();
    distribution("within", &subset);
    let policies: Vec<_> = cases("permissions").iter().map(|case| documents(&case["policies"])).collect();
    let holder = &GrantFacts::new(account);
    let grant: Vec<Box<dyn Fn() + '_>> = policies
        .iter()
        .map(|p| {
            Box::new(move || drop(black_box(grants(&Permissions::of(p), holder, Budget::default())))) as _
        })
        .collect();
    distribution("grants", &grant);
    let managed: Vec<Document> =
        corpus::managed_policies().into_iter().filter_map(|(_, text)| Document::read(text).ok()).collect();
    let Ok(ceiling) = Document::read(CEILING) else { return };
    let ceiling = &[ceiling];
    let under: Vec<Box<dyn Fn() + '_>> = managed
        .iter()
        .map(|p| {
            Box::new(move || {
                drop(black_box(within(&Permissions::of([p]), &Permissions::of(ceiling), Budget::default())))
            }) as _
        })
        .collect();
    distribution("managed policies within a ceiling", &under);
    criterion.bench_function("trust verdict from text", |bencher| {
        let Some((text, _)) = trust.first() else { return };
        bencher.iter(|| Document::read(text.as_str()).map(|d| who_can_assume(&d, facts, Budget::default())));
    });
}

criterion_group!(analyse, questions);
criterion_main!(analyse);
