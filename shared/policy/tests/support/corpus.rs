//! The AWS managed policies, for tests and benchmarks.

use std::io::Read as _;

/// All of them: name and document.
pub(crate) fn managed_policies() -> Vec<(String, String)> {
    let packed = include_bytes!("../data/aws-managed.jsonl.gz");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    let read = |line: &str| serde_json::from_str(line).unwrap();
    text.lines().map(read).collect()
}
