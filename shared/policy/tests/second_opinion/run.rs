//! A run over many cases, and what came of it.

use std::{collections::BTreeMap, fmt};

use rescind_policy::{Caller, Request};

use crate::{
    dice::Dice,
    facts,
    judge::{self, Case, Question},
    kinds,
    requests::{self, Hints},
    shrink,
};

/// What a run looked at and found.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) cases: usize,
    requests: usize,
    possible: usize,
    proofs: BTreeMap<&'static str, usize>,
    witnesses: usize,
    /// Contradictions by question and kind, each with its number.
    kinds: BTreeMap<(&'static str, &'static str), usize>,
    /// The first of each kind, to read.
    pub(crate) faults: Vec<String>,
    /// Witnesses that show nothing.
    pub(crate) empty: Vec<String>,
    /// Witnesses that nobody can send, by the fact that speaks against them.
    unsendable: BTreeMap<(&'static str, &'static str), (usize, String)>,
}

/// Of each kind so many are told in full.
const TOLD: usize = 3;

impl Tally {
    pub(crate) fn is_clean(&self) -> bool {
        self.kinds.is_empty() && self.empty.is_empty()
    }

    /// Puts one question, and draws requests to contradict what the solver says.
    pub(crate) fn put(&mut self, case: &Case, requests: usize, dice: &mut Dice<'_>, origin: &str) {
        let Some(documents) = judge::read(case) else { return };
        let claim = judge::claim(&case.question, &documents);
        self.cases += 1;
        *self.proofs.entry(case.question.name()).or_default() += claim.proofs();
        let all: Vec<_> = documents.iter().collect();
        let hints = Hints::of(&all);
        let org = case.question.org_id();
        for witness in claim.witnesses() {
            self.witnesses += 1;
            let mut request = witness.request().clone();
            if case.question.trust().is_none() {
                request.principal = Caller::parse(facts::SELF).unwrap();
            }
            let request = requests::completed(dice, &request, &hints, org);
            if let Some(fault) = judge::faulty_witness(&case.question, &documents, witness) {
                self.empty.push(format!("{origin}: {fault}\n{}", told(case, witness.request())));
            } else if let Some(row) = judge::why_impossible(&case.question, &documents, &request) {
                let told = || (0, told(case, witness.request()));
                self.unsendable.entry((row.fact, row.page)).or_insert_with(told).0 += 1;
            }
        }
        // What stands first is persuaded to allow: for a question of what is kept, that is the old document.
        let wanted: Vec<_> = match case.question {
            Question::Keeps(_) => all.iter().rev().copied().collect(),
            _ => all.clone(),
        };
        for _ in 0..requests {
            let request = match case.question.trust() {
                Some(facts) => requests::to_assume(dice, &hints, &wanted, facts),
                None => requests::to_use(dice, &hints, &wanted, org),
            };
            self.requests += 1;
            self.possible += usize::from(judge::is_possible(&case.question, &documents, &request));
            if let Some(fault) = judge::contradicts(&case.question, &documents, &claim, &request) {
                self.found(case, &request, &fault, origin);
                return;
            }
        }
    }

    fn found(&mut self, case: &Case, request: &Request, fault: &str, origin: &str) {
        let (small, request) = shrink::smallest(case, request);
        let kind = kinds::of(&small, &request);
        let count = self.kinds.entry((case.question.name(), kind)).or_default();
        *count += 1;
        if *count <= TOLD {
            let who = kinds::caller(&request);
            let question = small.question.name();
            self.faults
                .push(format!("{origin}: {question}, {kind}, {who}: {fault}\n{}", told(&small, &request)));
        }
    }
}

/// A case and a request, to read and to try again.
fn told(case: &Case, request: &Request) -> String {
    let documents: Vec<String> = case.documents.iter().map(ToString::to_string).collect();
    let context: Vec<String> =
        request.context.iter().map(|(key, values)| format!("{key}={}", values.join("|"))).collect();
    format!(
        "    {}\n    {:?}\n    {:?} {} on {} [{}]",
        documents.join("\n    "),
        case.question,
        request.principal,
        request.action,
        request.resource,
        context.join(", ")
    )
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} questions, {} requests ({} possible), {} witnesses",
            self.cases, self.requests, self.possible, self.witnesses
        )?;
        writeln!(f, "proofs: {:?}", self.proofs)?;
        let count: usize = self.kinds.values().sum();
        writeln!(f, "contradictions: {count}")?;
        for ((question, kind), count) in &self.kinds {
            writeln!(f, "  {count:6}  {question}: {kind}")?;
        }
        writeln!(f, "witnesses that show nothing: {}", self.empty.len())?;
        writeln!(f, "witnesses that nobody can send:")?;
        for ((fact, page), (count, example)) in &self.unsendable {
            writeln!(f, "  {count:6}  {fact} ({page})\n{example}")?;
        }
        Ok(())
    }
}
