//! A second opinion on the proofs, from one that shares nothing with them: policies of every shape are proved by
//! the solver; requests are drawn from the policies' own words and from what AWS documents, never from the
//! solver's worlds; the plain evaluator judges. No request that is allowed may contradict a proof.
//!
//! A run of about a minute is part of the tests. `make second-opinion` runs as long as one likes:
//! `SECOND_OPINION_POLICIES` says how many policies, `SECOND_OPINION_SECONDS` how long instead, and
//! `SECOND_OPINION_SEED` which ones. What a run found is written in full, each case made small, with the seed that
//! finds it again.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "helpers of a test"
)]

mod bytes;
mod cases;
mod conditions;
mod corpora;
#[path = "../support/corpus.rs"]
mod corpus;
mod dice;
mod facts;
mod impossible;
mod judge;
mod keys;
mod kinds;
mod policies;
mod requests;
mod run;
mod shrink;
mod values;
mod ways;

use dice::Dice;
use run::Tally;

/// What the environment says of a run.
fn setting(name: &str) -> Option<u64> {
    #[expect(clippy::disallowed_methods, reason = "a test is the rim")]
    std::env::var(name)
        .ok()
        .filter(|text| !text.is_empty())
        .map(|text| text.parse().unwrap_or_else(|_| panic!("`{name}` is no number: {text}")))
}

/// Whether a run of so many policies, or of so many seconds, is over.
struct Run {
    most: u64,
    until: Option<std::time::Instant>,
}

impl Run {
    fn of(most: u64) -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test is the rim")]
        let until = setting("SECOND_OPINION_SECONDS")
            .map(|seconds| std::time::Instant::now() + std::time::Duration::from_secs(seconds));
        Self { most: setting("SECOND_OPINION_POLICIES").unwrap_or(most), until }
    }

    fn is_over(&self, number: u64) -> bool {
        #[expect(clippy::disallowed_methods, reason = "a test is the rim")]
        self.until.map_or(number >= self.most, |until| std::time::Instant::now() >= until)
    }
}

fn seed() -> u64 {
    setting("SECOND_OPINION_SEED").unwrap_or(1)
}

/// Tells what was looked at, and fails if something was found.
fn judged(tally: &Tally) {
    eprintln!("{tally}");
    assert!(tally.is_clean(), "{}\n{}", tally.faults.join("\n"), tally.empty.join("\n"));
}

#[test]
fn no_request_contradicts_a_proof_about_generated_policies() {
    let (seed, run, mut tally) = (seed(), Run::of(6_000), Tally::default());
    for number in (0..).take_while(|number| !run.is_over(*number)) {
        let mut dice = Dice::of_case(seed, number);
        let case = cases::generated(&mut dice);
        tally.put(&case, 24, &mut dice, &format!("seed {seed}, case {number}"));
    }
    judged(&tally);
}

#[test]
fn no_request_contradicts_a_proof_about_known_policies() {
    let (seed, mut tally) = (seed(), Tally::default());
    let all = corpora::all();
    assert!(all.len() > 3_000, "only {} documents were found", all.len());
    for (number, found) in (0..).zip(&all) {
        let mut dice = Dice::of_case(seed, number);
        for case in corpora::questions(found, &mut dice) {
            tally.put(&case, 8, &mut dice, &found.origin);
        }
    }
    judged(&tally);
}

#[test]
fn no_request_contradicts_a_proof_about_what_bytes_say() {
    let documents: Vec<String> = corpora::all().iter().map(|found| found.document.to_string()).collect();
    let documents: Vec<String> = documents.into_iter().filter(|text| text.len() < 3_000).collect();
    let mut faults = Vec::new();
    for number in 0..1_500 {
        let mut dice = Dice::of_case(seed(), number);
        let bytes: Vec<u8> = if dice.chance(50) {
            (0..dice.below(400)).map(|_| u8::try_from(dice.below(256)).unwrap()).collect()
        } else {
            bytes::mutated(&mut dice, &documents)
        };
        faults.extend(bytes::fault(&bytes));
    }
    assert!(
        faults.is_empty(),
        "{} faults, such as\n{}",
        faults.len(),
        faults[..faults.len().min(5)].join("\n")
    );
}

/// What fuzzing starts from, and what it has found.
#[test]
fn no_request_contradicts_a_proof_about_the_kept_bytes() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/analysis");
    let files = std::fs::read_dir(corpus).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let faults: Vec<String> = files.filter_map(|bytes| bytes::fault(&bytes)).collect();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}
