//! No proof about what the bytes say is contradicted by a request.
#![no_main]
#![expect(dead_code, reason = "the tests take more of these modules than a fuzzer does")]

#[path = "../../tests/second_opinion/bytes.rs"]
mod bytes;
#[path = "../../tests/second_opinion/cases.rs"]
mod cases;
#[path = "../../tests/second_opinion/conditions.rs"]
mod conditions;
#[path = "../../tests/second_opinion/dice.rs"]
mod dice;
#[path = "../../tests/second_opinion/facts.rs"]
mod facts;
#[path = "../../tests/second_opinion/impossible.rs"]
mod impossible;
#[path = "../../tests/second_opinion/judge.rs"]
mod judge;
#[path = "../../tests/second_opinion/keys.rs"]
mod keys;
#[path = "../../tests/second_opinion/kinds.rs"]
mod kinds;
#[path = "../../tests/second_opinion/policies.rs"]
mod policies;
#[path = "../../tests/second_opinion/requests.rs"]
mod requests;
#[path = "../../tests/second_opinion/run.rs"]
mod run;
#[path = "../../tests/second_opinion/shrink.rs"]
mod shrink;
#[path = "../../tests/second_opinion/values.rs"]
mod values;
#[path = "../../tests/second_opinion/ways.rs"]
mod ways;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| assert_eq!(bytes::fault(bytes), None));
