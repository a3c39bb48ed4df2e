//! Is there a word in all of these patterns and in none of those? A breadth-first walk through
//! the product of their automata, which starts with few patterns and adds one only when the word
//! found so far breaks it.

use std::collections::BTreeSet;

use super::{
    class::{Class, REPRESENTATIVES},
    pattern::{Pattern, Token},
    trie::State,
};
use crate::{
    analyse::budget::{Exhausted, Steps},
    condition::upper,
};

/// A shortest word in every pattern of `all_of` and in none of `none_of`; `None` proves that there
/// is no such word.
pub(crate) fn common_word(
    all_of: &[&Pattern],
    none_of: &[&Pattern],
    steps: &mut Steps,
) -> Result<Option<String>, Exhausted> {
    if all_of.iter().any(|p| p.is_empty()) || none_of.iter().any(|n| n.is_everything()) {
        return Ok(None);
    }
    if let Some(words) = all_of.iter().filter_map(|p| p.words()).min_by_key(Vec::len) {
        steps.spend(1 + words.len() * (all_of.len() + none_of.len()) / 16)?;
        let fits = |w: &String| all_of.iter().all(|p| p.matches(w)) && !none_of.iter().any(|n| n.matches(w));
        return Ok(words.into_iter().find(fits));
    }
    for n in none_of {
        steps.spend(all_of.iter().map(|p| p.size()).sum::<usize>() / 64)?;
        if all_of.iter().any(|p| n.plainly_includes(p)) {
            return Ok(None);
        }
    }
    let mut chosen = Product::default();
    chosen.inside.extend(all_of.iter().max_by_key(|p| p.literalness()));
    loop {
        let Some(word) = chosen.shortest_word(steps)? else { return Ok(None) };
        if let Some(broken) = all_of.iter().find(|p| !p.matches(&word)) {
            chosen.inside.push(broken);
        } else if let Some(broken) = none_of.iter().find(|n| n.matches(&word)) {
            chosen.outside.push(broken);
        } else {
            return Ok(Some(word));
        }
    }
}

#[derive(Default)]
struct Product<'a> {
    inside: Vec<&'a Pattern>,
    outside: Vec<&'a Pattern>,
}

/// One state per pattern, those of `inside` first, each with its length before it.
type Joint = Vec<u32>;

struct Walk {
    seen: BTreeSet<Joint>,
    /// Each state with the state before it and the character between them.
    reached: Vec<(Joint, usize, char)>,
}

impl Product<'_> {
    fn shortest_word(&self, steps: &mut Steps) -> Result<Option<String>, Exhausted> {
        let mut walk = Walk { seen: BTreeSet::new(), reached: Vec::new() };
        let mut start = Joint::new();
        self.patterns().for_each(|pattern| append(&mut start, &pattern.start()));
        walk.visit(self, start, usize::MAX, '\0');
        let (mut at, mut part) = (0, State::new());
        while let Some((joint, _, _)) = walk.reached.get(at) {
            let joint = joint.clone();
            if self.accepts(&joint) {
                return Ok(Some(walk.word(at)));
            }
            let alphabet = self.alphabet(&joint);
            steps.spend(1 + alphabet.len() * joint.len() / 32)?;
            for c in alphabet {
                let mut next = Joint::with_capacity(joint.len());
                for (pattern, state) in self.patterns().zip(parts(&joint)) {
                    part.clear();
                    pattern.step(state, c, &mut part);
                    append(&mut next, &part);
                }
                walk.visit(self, next, at, c);
            }
            at += 1;
        }
        Ok(None)
    }

    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.inside.iter().chain(&self.outside).copied()
    }

    fn accepts(&self, joint: &Joint) -> bool {
        self.patterns()
            .zip(parts(joint))
            .enumerate()
            .all(|(i, (p, s))| p.accepts(s) == (i < self.inside.len()))
    }

    /// No word from here can be in all of `inside` and outside the rest.
    fn hopeless(&self, joint: &Joint) -> bool {
        let dead = |(i, (p, s)): (usize, (&Pattern, &[u32]))| {
            if i < self.inside.len() { s.is_empty() } else { p.accepts_everything(s) }
        };
        self.patterns().zip(parts(joint)).enumerate().any(dead)
    }

    /// The characters that can make a difference in this state: every literal in play, and one
    /// fresh character per kind that the wildcards in play can tell apart.
    fn alphabet(&self, joint: &Joint) -> Vec<char> {
        let (mut letters, mut classes) = (Vec::new(), Vec::new());
        for (at, (pattern, state)) in self.patterns().zip(parts(joint)).enumerate() {
            pattern.readable(state, |token| match token {
                // Only a pattern the word must be in can bring in the value of a variable.
                Token::Literal(c) if at >= self.inside.len() && Class::VARIABLE.has(c) => {}
                Token::Literal(c) => letters.push(c),
                Token::AnyCase(c) => letters.extend([c, upper(c)]),
                Token::One(class) | Token::Many(class) => classes.push(class),
            });
        }
        letters.sort_unstable();
        letters.dedup();
        classes.sort_unstable();
        classes.dedup();
        letters.extend(fresh_characters(&letters, &classes));
        letters
    }
}

fn append(joint: &mut Joint, state: &[u32]) {
    joint.push(u32::try_from(state.len()).unwrap_or(u32::MAX));
    joint.extend(state);
}

/// The states of the patterns one by one.
fn parts(joint: &Joint) -> impl Iterator<Item = &[u32]> {
    let mut rest = joint.as_slice();
    std::iter::from_fn(move || {
        let (length, tail) = rest.split_first()?;
        let (part, tail) = tail.split_at_checked(usize::try_from(*length).ok()?)?;
        rest = tail;
        Some(part)
    })
}

fn fresh_characters(letters: &[char], classes: &[Class]) -> Vec<char> {
    let alike = |kind: Class, other: Class| classes.iter().all(|c| c.includes(kind) == c.includes(other));
    let mut fresh: Vec<(Class, char)> = Vec::new();
    for (kind, characters) in REPRESENTATIVES {
        let readable = classes.iter().any(|class| class.includes(kind));
        if !readable || fresh.iter().any(|(other, _)| alike(kind, *other)) {
            continue;
        }
        let spare = if kind == Class::OTHER { '\u{100}'..='\u{2fff}' } else { '\u{1}'..='\u{0}' };
        if let Some(c) = characters.chars().chain(spare).find(|c| letters.binary_search(c).is_err()) {
            fresh.push((kind, c));
        }
    }
    fresh.into_iter().map(|(_, c)| c).collect()
}

impl Walk {
    fn visit(&mut self, product: &Product<'_>, joint: Joint, from: usize, c: char) {
        if !product.hopeless(&joint) && self.seen.insert(joint.clone()) {
            self.reached.push((joint, from, c));
        }
    }

    fn word(&self, mut at: usize) -> String {
        let mut letters = Vec::new();
        while let Some((_, from, c)) = self.reached.get(at).filter(|(_, from, _)| *from != usize::MAX) {
            letters.push(*c);
            at = *from;
        }
        letters.iter().rev().collect()
    }
}
