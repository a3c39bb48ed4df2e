//! Patterns: unions of runs of tokens, and the states of their automata.

use std::{cell::OnceCell, cmp::Ordering, rc::Rc};

use super::{
    class::Class,
    trie::{State, Trie},
};

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Token {
    /// This character.
    Literal(char),
    /// This letter in either case; it is held in lower case.
    AnyCase(char),
    /// One character of the class.
    One(Class),
    /// Any number of characters of the class.
    Many(Class),
}

/// A set of words: the union of alternatives, each a run of tokens. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pattern {
    shared: Rc<Shared>,
    /// Whether a variable's letter in the word may stand for any text here. See `compile::variables`.
    generous: bool,
}

#[derive(Debug, Default)]
struct Shared {
    /// Sorted, without repetitions: the same set written in another order is the same pattern.
    alternatives: Vec<Vec<Token>>,
    /// Made when first walked: most patterns are only compared.
    trie: OnceCell<Trie>,
}

impl Pattern {
    /// The union of `alternatives`.
    pub(crate) fn union<I, A>(alternatives: I) -> Self
    where
        I: IntoIterator<Item = A>,
        A: IntoIterator<Item = Token>,
    {
        let mut alternatives: Vec<Vec<Token>> = alternatives.into_iter().map(normal).collect();
        alternatives.sort_unstable();
        alternatives.dedup();
        Self { shared: Rc::new(Shared { alternatives, trie: OnceCell::new() }), generous: false }
    }

    /// The one word `text`.
    pub(crate) fn literal(text: &str) -> Self {
        Self::union([text.chars().map(Token::Literal)])
    }

    /// Every word.
    pub(crate) fn anything() -> Self {
        Self::union([[Token::Many(Class::TEXT)]])
    }

    /// The same pattern, letting a variable's letter stand for any text.
    pub(crate) fn generous(mut self) -> Self {
        self.generous = true;
        self
    }

    pub(crate) fn alternatives(&self) -> impl Iterator<Item = &[Token]> {
        self.shared.alternatives.iter().map(Vec::as_slice)
    }

    fn trie(&self) -> &Trie {
        self.shared.trie.get_or_init(|| Trie::of(&self.shared.alternatives))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shared.alternatives.is_empty()
    }

    /// Whether every word is in the pattern, told from its tokens.
    pub(crate) fn is_everything(&self) -> bool {
        self.alternatives().any(|tokens| tokens == [Token::Many(Class::TEXT)])
    }

    /// The number of tokens: what it costs to walk through the pattern once.
    pub(crate) fn size(&self) -> usize {
        self.alternatives().map(|tokens| tokens.len() + 1).sum()
    }

    /// The words of a pattern without wildcards; nothing if it has any, or if a variable's letter may
    /// stand in them for any text.
    pub(crate) fn words(&self) -> Option<Vec<String>> {
        if self.generous {
            return None;
        }
        let letter = |token: &Token| match token {
            Token::Literal(c) => Some(*c),
            Token::AnyCase(_) | Token::One(_) | Token::Many(_) => None,
        };
        self.alternatives().map(|tokens| tokens.iter().map(letter).collect()).collect()
    }

    /// How little the pattern leaves open; the search starts with the largest.
    pub(crate) fn literalness(&self) -> usize {
        let fixed = |token: &&Token| matches!(token, Token::Literal(_) | Token::AnyCase(_));
        self.alternatives().map(|tokens| tokens.iter().filter(fixed).count()).min().unwrap_or(usize::MAX)
    }

    pub(crate) fn matches(&self, word: &str) -> bool {
        let (mut state, mut next) = (self.start(), State::new());
        for c in word.chars() {
            if state.is_empty() {
                return false;
            }
            next.clear();
            self.step(&state, c, &mut next);
            std::mem::swap(&mut state, &mut next);
        }
        self.accepts(&state)
    }

    pub(crate) fn start(&self) -> State {
        self.trie().start()
    }

    /// Adds the state after `c` to `next`, which is empty.
    pub(crate) fn step(&self, state: &[u32], c: char, next: &mut State) {
        self.trie().step(state, c, self.generous, next);
    }

    pub(crate) fn accepts(&self, state: &[u32]) -> bool {
        state.iter().any(|node| self.trie().accepts(*node))
    }

    /// Whether the state accepts every continuation.
    pub(crate) fn accepts_everything(&self, state: &[u32]) -> bool {
        state.iter().any(|node| self.trie().accepts_everything(*node))
    }

    /// The tokens that can be read in a state.
    pub(crate) fn readable(&self, state: &[u32], mut each: impl FnMut(Token)) {
        for node in state {
            self.trie().readable(*node, &mut each);
        }
    }

    /// Whether each word of `inner` is in this pattern, told from the tokens alone: `false` only
    /// means that the automaton has to decide.
    pub(crate) fn plainly_includes(&self, inner: &Self) -> bool {
        !self.generous && !inner.generous && inner.alternatives().all(|tokens| self.follows(tokens))
    }

    /// Reads the tokens of a pattern as a word: a star is a letter that only a star can read.
    fn follows(&self, tokens: &[Token]) -> bool {
        let (mut state, mut next) = (self.start(), State::new());
        for token in tokens {
            next.clear();
            match token {
                Token::Literal(c) => self.trie().step(&state, *c, false, &mut next),
                Token::AnyCase(_) | Token::One(_) | Token::Many(_) => {
                    self.trie().step_token(&state, *token, &mut next)
                }
            }
            if next.is_empty() {
                return false;
            }
            std::mem::swap(&mut state, &mut next);
        }
        self.accepts(&state)
    }
}

/// `**` becomes `*` and `*?` becomes `?*`: the same words, fewer states.
fn normal(tokens: impl IntoIterator<Item = Token>) -> Vec<Token> {
    let mut normal: Vec<Token> = Vec::new();
    for token in tokens {
        match (normal.last().copied(), token) {
            (Some(Token::Many(star)), Token::Many(next)) if star.includes(next) => {}
            (Some(Token::Many(star)), Token::Many(next)) if next.includes(star) => {
                normal.pop();
                normal.push(token);
            }
            (Some(Token::Many(star)), Token::One(next))
                if star == next || (star == Class::TEXT && next == Class::CHARACTER) =>
            {
                normal.pop();
                normal.extend([token, Token::Many(star)]);
            }
            _ => normal.push(token),
        }
    }
    normal
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Pattern {}

impl PartialOrd for Pattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The automaton follows from the alternatives.
impl Ord for Pattern {
    fn cmp(&self, other: &Self) -> Ordering {
        let same = Rc::ptr_eq(&self.shared, &other.shared);
        let (mine, theirs) = (&self.shared.alternatives, &other.shared.alternatives);
        let alternatives =
            if same { Ordering::Equal } else { mine.len().cmp(&theirs.len()).then_with(|| mine.cmp(theirs)) };
        alternatives.then(self.generous.cmp(&other.generous))
    }
}
