//! Is there a word in all of these patterns and in none of those? A breadth-first walk through
//! the product of their automata, which starts with few patterns and adds one only when the word
//! found so far breaks it.

use std::collections::BTreeSet;

use super::class::{Class, REPRESENTATIVES};
use super::pattern::{Pattern, Positions, Token};
use crate::analyse::budget::{Exhausted, Steps};

/// A shortest word in every pattern of `all_of` and in none of `none_of`; `None` proves that there
/// is no such word.
pub(crate) fn common_word(
    all_of: &[&Pattern],
    none_of: &[&Pattern],
    steps: &mut Steps,
) -> Result<Option<String>, Exhausted> {
    if all_of.iter().any(|p| p.is_empty())
        || none_of.iter().any(|n| n.is_everything() || all_of.iter().any(|p| n.plainly_includes(p)))
    {
        return Ok(None);
    }
    if let Some(words) = all_of.iter().filter_map(|p| p.words()).min_by_key(Vec::len) {
        steps.spend(1 + words.len() * (all_of.len() + none_of.len()) / 64)?;
        return Ok(words
            .into_iter()
            .find(|w| all_of.iter().all(|p| p.matches(w)) && !none_of.iter().any(|n| n.matches(w))));
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

/// One set of positions per pattern, those of `inside` first.
type State = Vec<Positions>;

struct Walk {
    seen: BTreeSet<State>,
    /// Each state with the state before it and the character between them.
    reached: Vec<(State, usize, char)>,
}

impl Product<'_> {
    fn shortest_word(&self, steps: &mut Steps) -> Result<Option<String>, Exhausted> {
        let start: State = self.patterns().map(Pattern::start).collect();
        let mut walk = Walk { seen: BTreeSet::new(), reached: Vec::new() };
        walk.visit(self, start, usize::MAX, '\0');
        let mut at = 0;
        while let Some((state, _, _)) = walk.reached.get(at) {
            let state = state.clone();
            steps.spend(1 + state.iter().map(Vec::len).sum::<usize>() / 16)?;
            if self.accepts(&state) {
                return Ok(Some(walk.word(at)));
            }
            for c in self.alphabet(&state) {
                let next = self.patterns().zip(&state).map(|(p, s)| p.step(s, c)).collect();
                walk.visit(self, next, at, c);
            }
            at += 1;
        }
        Ok(None)
    }

    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.inside.iter().chain(&self.outside).copied()
    }

    fn accepts(&self, state: &State) -> bool {
        self.patterns().zip(state).enumerate().all(|(i, (p, s))| p.accepts(s) == (i < self.inside.len()))
    }

    /// No word from here can be in all of `inside` and outside the rest.
    fn hopeless(&self, state: &State) -> bool {
        self.patterns()
            .zip(state)
            .enumerate()
            .any(|(i, (p, s))| if i < self.inside.len() { s.is_empty() } else { p.accepts_everything(s) })
    }

    /// The characters that can make a difference in this state: every literal in play, and one
    /// fresh character per kind that the wildcards in play can tell apart.
    fn alphabet(&self, state: &State) -> Vec<char> {
        let mut letters = Vec::new();
        let mut classes = Vec::new();
        for (at, (pattern, positions)) in self.patterns().zip(state).enumerate() {
            for &position in positions {
                match pattern.token(position) {
                    // Only a pattern the word must be in can bring in the value of a variable.
                    Token::Literal(c) if at >= self.inside.len() && Class::VARIABLE.has(c) => {}
                    Token::Literal(c) => letters.push(c),
                    Token::AnyCase(c) => letters.extend([c, c.to_ascii_uppercase()]),
                    Token::One(class) | Token::Many(class) => classes.push(class),
                    Token::End => {}
                }
            }
        }
        letters.sort_unstable();
        letters.dedup();
        classes.sort_unstable();
        classes.dedup();
        letters.extend(fresh_characters(&letters, &classes));
        letters
    }
}

fn fresh_characters(letters: &[char], classes: &[Class]) -> Vec<char> {
    let told_apart_alike =
        |kind: Class, other: Class| classes.iter().all(|c| c.includes(kind) == c.includes(other));
    let mut fresh: Vec<(Class, char)> = Vec::new();
    for (kind, characters) in REPRESENTATIVES {
        if !classes.iter().any(|class| class.includes(kind))
            || fresh.iter().any(|(other, _)| told_apart_alike(kind, *other))
        {
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
    fn visit(&mut self, product: &Product<'_>, state: State, from: usize, c: char) {
        if !product.hopeless(&state) && self.seen.insert(state.clone()) {
            self.reached.push((state, from, c));
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
