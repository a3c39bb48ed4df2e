//! The same judgement of whatever bytes say: choices of the generator, or documents as text.

use serde_json::Value;

use crate::{
    cases,
    dice::Dice,
    facts,
    judge::{Case, Question},
    policies,
    run::Tally,
};

/// What the bytes contradict; nothing if they say nothing, or all holds.
pub(crate) fn fault(bytes: &[u8]) -> Option<String> {
    let (first, rest) = bytes.split_first()?;
    // The requests are drawn from a seed that the bytes settle, so that few bytes make many.
    let seed = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let case = if first % 2 == 0 { cases::generated(&mut Dice::Bytes(rest)) } else { written(*first, rest)? };
    let mut tally = Tally::default();
    tally.put(&case, 8, &mut Dice::Seed(seed), "bytes");
    (!tally.is_clean()).then(|| format!("{}\n{}\n{tally}", tally.faults.join("\n"), tally.empty.join("\n")))
}

/// A question about documents that stand in the bytes, one behind another with a zero between.
fn written(first: u8, bytes: &[u8]) -> Option<Case> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut documents: Vec<Value> =
        text.split('\0').take(3).map(|text| serde_json::from_str(text).ok()).collect::<Option<_>>()?;
    let mut dice = Dice::Seed(u64::from(first));
    let trust = text.contains("Principal");
    let question = match (first >> 1) % 4 {
        0 | 1 if trust => Question::Assume(facts::trust_facts(&mut dice)),
        2 if trust => Question::NobodyNew(facts::trust_facts(&mut dice)),
        _ if trust => Question::Keeps(facts::trust_facts(&mut dice)),
        0 => Question::Within,
        1 => Question::Never(facts::grant_facts(&mut dice), "*".to_owned()),
        _ => Question::Grants(facts::grant_facts(&mut dice)),
    };
    if documents.len() < 2 {
        documents.push(if trust { policies::trust(&mut dice) } else { policies::permissions(&mut dice) });
    }
    if matches!(question, Question::Assume(_)) {
        documents.truncate(1);
    }
    Some(Case { question, documents })
}

/// Bytes that hold documents, some of their strings exchanged.
pub(crate) fn mutated(dice: &mut Dice<'_>, documents: &[String]) -> Vec<u8> {
    let mut text = dice.one(documents).cloned().unwrap_or_default();
    if dice.chance(40) {
        text = format!("{text}\0{}", dice.one(documents).cloned().unwrap_or_default());
    }
    for _ in 0..=dice.below(3) {
        let other = dice.one(documents).cloned().unwrap_or_default();
        let (theirs, ours) = (strings(&other), strings(&text));
        if let (Some(mine), Some(new)) = (dice.one(&ours).cloned(), dice.one(&theirs).cloned()) {
            text.replace_range(mine, &other[new]);
        }
    }
    let choice = u8::try_from(dice.below(128)).unwrap() * 2 + 1;
    std::iter::once(choice).chain(text.into_bytes()).collect()
}

/// Where the strings stand, with their quotes.
fn strings(text: &str) -> Vec<std::ops::Range<usize>> {
    let quotes: Vec<usize> = text.match_indices('"').map(|(at, _)| at).collect();
    quotes.chunks_exact(2).map(|pair| pair[0]..pair[1] + 1).collect()
}
