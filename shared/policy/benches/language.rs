//! Reading, validating and deciding. The floor for reading is `serde_json` into borrowed types over the
//! same bytes in the same run.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

#[path = "../tests/support/corpus.rs"]
mod corpus;

use std::{borrow::Cow, collections::BTreeMap, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rescind_policy::{Caller, Document, Glob, Kind, Policies, Request, canonical, evaluate, validate};
use serde::Deserialize;

/// A list or a single text, without a copy.
struct Texts<'a>(Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Vec<Cow<'de, str>>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("one or more texts")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(vec![Cow::Borrowed(text)])
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(vec![Cow::Owned(text.to_owned())])
            }
            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(vec![])
            }
            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(vec![])
            }
            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(vec![])
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element::<Texts<'de>>()? {
                    all.extend(item.0);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_any(Visitor).map(Texts)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
#[expect(dead_code, reason = "only read")]
struct FloorStatement<'a> {
    #[serde(borrow)]
    sid: Option<Cow<'a, str>>,
    effect: &'a str,
    action: Option<Texts<'a>>,
    not_action: Option<Texts<'a>>,
    resource: Option<Texts<'a>>,
    not_resource: Option<Texts<'a>>,
    condition: Option<BTreeMap<&'a str, BTreeMap<&'a str, Texts<'a>>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", bound(deserialize = "'de: 'a"))]
#[expect(dead_code, reason = "only read")]
struct FloorDocument<'a> {
    version: Option<&'a str>,
    statement: Vec<FloorStatement<'a>>,
}

fn reading(criterion: &mut Criterion) {
    let texts: Vec<String> = corpus::managed_policies().into_iter().map(|(_, text)| text).collect();
    // The floor takes lists only.
    let texts: Vec<String> =
        texts.into_iter().filter(|text| serde_json::from_str::<FloorDocument<'_>>(text).is_ok()).collect();
    let documents: Vec<Document> = texts.iter().map(|text| Document::read(text.as_str()).unwrap()).collect();
    let mut group = criterion.benchmark_group("managed policies");
    group.throughput(Throughput::Bytes(texts.iter().map(|text| text.len() as u64).sum()));
    group.bench_function("floor: serde_json", |b| {
        b.iter(|| {
            texts
                .iter()
                .for_each(|text| drop(black_box(serde_json::from_str::<FloorDocument<'_>>(text).unwrap())))
        });
    });
    group.bench_function("read", |b| {
        b.iter(|| texts.iter().for_each(|text| drop(black_box(Document::read(text.as_str()).unwrap()))));
    });
    group.bench_function("validate", |b| {
        b.iter(|| documents.iter().for_each(|document| drop(black_box(validate(document, Kind::Managed)))));
    });
    group.bench_function("canonical", |b| {
        b.iter(|| documents.iter().for_each(|document| drop(black_box(canonical(document)))));
    });
    group.finish();
}

/// Three policies, ten statements, three conditions.
fn scenario() -> ([String; 3], Request) {
    let version = "\"Version\": \"2012-10-17\"";
    let one = |action: &str, resource: &str| {
        format!(r#"{{"Effect":"Allow","Action":["{action}"],"Resource":"{resource}"}}"#)
    };
    let read = r#"{"Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::data/*"],
        "Condition":{"StringEquals":{"aws:PrincipalTag/team":["red","blue"]},"Bool":{"aws:SecureTransport":"true"}}}"#;
    let deny = r#"{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"StringNotLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/*"}}}"#;
    let first = ["ec2:Describe*", "sqs:SendMessage", "logs:*"].map(|action| one(action, "*")).join(",");
    let second = ["dynamodb:*", "sns:Publish", "kms:Decrypt"]
        .map(|action| one(action, "arn:aws:*:*:111122223333:x/*"))
        .join(",");
    let third = format!("{},{},{read},{deny}", one("iam:Get*", "*"), one("s3:Put*", "arn:aws:s3:::data/*"));
    let texts =
        [first, second, third].map(|statements| format!("{{{version},\"Statement\":[{statements}]}}"));
    let caller = Caller::parse("arn:aws:sts::111122223333:assumed-role/app/s1").unwrap();
    let mut request = Request::new(caller, "s3:GetObject", "arn:aws:s3:::data/2026/11/report.csv");
    request.context.set("aws:PrincipalTag/team", ["blue"]);
    request.context.set("aws:SecureTransport", ["true"]);
    request.context.set("aws:PrincipalArn", ["arn:aws:iam::111122223333:role/app"]);
    (texts, request)
}

fn deciding(criterion: &mut Criterion) {
    let (texts, request) = scenario();
    let documents = texts.each_ref().map(|text| Document::read(text.as_str()).unwrap());
    let policies = Policies { identity: documents.iter().collect(), ..Policies::default() };
    assert_eq!(evaluate(&request, &policies).decision.as_str(), "Allowed");
    let mut group = criterion.benchmark_group("decision over 10 statements");
    group.bench_function("parsed", |b| b.iter(|| black_box(evaluate(black_box(&request), &policies))));
    group.bench_function("with parsing", |b| {
        b.iter(|| {
            let documents = texts.each_ref().map(|text| Document::read(text.as_str()).unwrap());
            let policies = Policies { identity: documents.iter().collect(), ..Policies::default() };
            black_box(evaluate(black_box(&request), &policies))
        });
    });
    group.finish();
}

fn matching(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("glob");
    let plain = Glob::new("arn:aws:s3:::data/*/report*.csv");
    group.bench_function("resource", |b| {
        b.iter(|| plain.matches(black_box("arn:aws:s3:::data/2026/11/report.csv")))
    });
    let hostile = Glob::new("*a".repeat(2_000));
    let text = "a".repeat(1_999);
    group.bench_function("2000 stars", |b| b.iter(|| hostile.matches(black_box(&text))));
    group.finish();
}

criterion_group!(benches, reading, deciding, matching);
criterion_main!(benches);
