//! Every event of the corpus goes the whole way, on an account as it is right after the event.

use std::fmt::Write as _;
use std::path::PathBuf;

use guardrails::Facet;
use serde_json::Value;

use super::fixture::*;
use crate::decode::{Decoded, decode};
use crate::embedded::Embedded;
use crate::function::Function;
use crate::trigger::Target;

#[test]
fn every_event_is_repaired_or_left_alone_and_the_second_delivery_writes_nothing() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/cloudtrail");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut snapshot = String::new();
    for file in files {
        let event: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let account = Embedded::new("aws", ACCOUNT);
        if let Decoded::Trigger(trigger) = decode(&event, Function::Sweep, ACCOUNT) {
            account.seed_event(&trigger, &event);
            if trigger.target == Target::Omitted {
                let padded = format!("{}{}", " ".repeat(130_000), unsafe_trust());
                account.seed(|stored| stored.put_role("/", "padded", &padded, EVENT)).unwrap();
            }
        }
        let world = all_world(&account);
        world.clock.advance((LATE - NOW).unsigned_abs());
        let context = enforce(Function::Sweep);
        let first = pass_all(&world, &context, &event);
        let writes = account.writes();
        let second = pass_all(&world, &context, &event);
        assert_eq!(account.writes(), writes, "{}", file.display());
        let name = file.file_stem().unwrap().to_string_lossy();
        let told = |passed: &[crate::pass::Passed]| names(passed).join(", ");
        writeln!(snapshot, "{name}: {} ({writes} writes); again: {}", told(&first), told(&second)).unwrap();
        assert!(first.iter().all(|passed| passed.record.facet == Facet::All));
    }
    insta::assert_snapshot!(snapshot);
}
