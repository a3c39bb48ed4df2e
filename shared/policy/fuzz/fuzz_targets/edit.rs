//! Taking statements out keeps the others to the byte.
#![no_main]

#[expect(dead_code, reason = "each target takes one of the properties")]
#[path = "../../tests/support/properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|text: &str| properties::editor(text, (text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
