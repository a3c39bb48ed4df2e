//! Any text is read as `serde_json` reads it, and validated.
#![no_main]

#[expect(dead_code, reason = "each target takes one of the properties")]
#[path = "../../tests/support/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|text: &str| properties::reader(text));
