//! Questions about any two documents are answered or given up, and never wrongly about one and itself.
#![no_main]

#[expect(dead_code, reason = "each target takes one of the properties")]
#[path = "../../tests/support/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|texts: (&str, &str)| properties::solver(texts.0, texts.1));
