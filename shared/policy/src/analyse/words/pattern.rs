//! Patterns as small automata: every token is a position, and a set of positions is a state.

use super::class::{Class, kind_of};

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Token {
    /// This character.
    Literal(char),
    /// This ASCII letter in either case; it is held in lower case.
    AnyCase(char),
    /// One character of the class.
    One(Class),
    /// Any number of characters of the class.
    Many(Class),
    /// The end of an alternative.
    End,
}

/// The set of live positions, ascending.
pub(crate) type Positions = Vec<u32>;

/// A set of words: the union of alternatives, each a run of tokens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Pattern {
    /// All alternatives one after the other, each closed by `End`.
    tokens: Vec<Token>,
    starts: Vec<u32>,
    /// Whether a variable's letter in the word may stand for any text here. See `variables`.
    generous: bool,
}

impl Pattern {
    /// The union of `alternatives`.
    pub(crate) fn union<I, A>(alternatives: I) -> Self
    where
        I: IntoIterator<Item = A>,
        A: IntoIterator<Item = Token>,
    {
        let mut pattern = Self::default();
        for alternative in alternatives {
            pattern.push(alternative);
        }
        pattern
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

    /// Adds an alternative. `**` becomes `*` and `*?` becomes `?*`: the same words, fewer states.
    pub(crate) fn push(&mut self, alternative: impl IntoIterator<Item = Token>) {
        self.starts.push(index(self.tokens.len()));
        let first = self.tokens.len();
        for token in alternative {
            let last = self.tokens.get(first..).and_then(<[Token]>::last).copied();
            match (last, token) {
                (Some(Token::Many(star)), Token::Many(next)) if star.includes(next) => {}
                (Some(Token::Many(star)), Token::Many(next)) if next.includes(star) => {
                    self.tokens.pop();
                    self.tokens.push(token);
                }
                (Some(Token::Many(star)), Token::One(next))
                    if star == next || (star == Class::TEXT && next == Class::CHARACTER) =>
                {
                    self.tokens.pop();
                    self.tokens.push(token);
                    self.tokens.push(Token::Many(star));
                }
                _ => self.tokens.push(token),
            }
        }
        self.tokens.push(Token::End);
    }

    pub(crate) fn alternatives(&self) -> impl Iterator<Item = &[Token]> {
        self.tokens.split(|token| *token == Token::End).take(self.starts.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Whether every word is in the pattern, told from its tokens.
    pub(crate) fn is_everything(&self) -> bool {
        self.alternatives().any(|tokens| tokens == [Token::Many(Class::TEXT)])
    }

    /// The words of a pattern without wildcards; nothing if it has any, or if a variable's letter may
    /// stand in them for any text.
    pub(crate) fn words(&self) -> Option<Vec<String>> {
        if self.generous {
            return None;
        }
        self.alternatives()
            .map(|tokens| {
                tokens
                    .iter()
                    .map(|token| match token {
                        Token::Literal(c) => Some(*c),
                        Token::AnyCase(_) | Token::One(_) | Token::Many(_) | Token::End => None,
                    })
                    .collect()
            })
            .collect()
    }

    /// How little the pattern leaves open; the search starts with the largest.
    pub(crate) fn literalness(&self) -> usize {
        self.alternatives()
            .map(|tokens| {
                tokens.iter().filter(|t| matches!(t, Token::Literal(_) | Token::AnyCase(_))).count()
            })
            .min()
            .unwrap_or(usize::MAX)
    }

    pub(crate) fn matches(&self, word: &str) -> bool {
        let mut state = self.start();
        for c in word.chars() {
            state = self.step(&state, c);
            if state.is_empty() {
                return false;
            }
        }
        self.accepts(&state)
    }

    pub(crate) fn start(&self) -> Positions {
        let mut state = Positions::new();
        for start in &self.starts {
            self.enter(*start, &mut state);
        }
        self.settle(state)
    }

    pub(crate) fn step(&self, state: &[u32], c: char) -> Positions {
        let mut next = Positions::with_capacity(state.len() + 1);
        let kind = kind_of(c);
        for &position in state {
            if self.generous && kind == Class::VARIABLE {
                self.enter_all_later(position, &mut next);
                continue;
            }
            match self.token(position) {
                Token::Literal(own) if own == c => self.enter(position + 1, &mut next),
                Token::AnyCase(own) if own == c.to_ascii_lowercase() => self.enter(position + 1, &mut next),
                Token::One(class) if class.includes(kind) => self.enter(position + 1, &mut next),
                Token::Many(class) if class.includes(kind) => self.enter(position, &mut next),
                Token::Literal(_) | Token::AnyCase(_) | Token::One(_) | Token::Many(_) | Token::End => {}
            }
        }
        self.settle(next)
    }

    pub(crate) fn accepts(&self, state: &[u32]) -> bool {
        state.iter().any(|position| self.token(*position) == Token::End)
    }

    /// Whether the state accepts every continuation.
    pub(crate) fn accepts_everything(&self, state: &[u32]) -> bool {
        matches!(state, [star, end] if *end == star + 1
            && self.token(*star) == Token::Many(Class::TEXT) && self.token(*end) == Token::End)
    }

    pub(crate) fn token(&self, position: u32) -> Token {
        usize::try_from(position).ok().and_then(|at| self.tokens.get(at)).copied().unwrap_or(Token::End)
    }

    /// Whether each word of `inner` is in this pattern, told from the tokens alone: `false` only
    /// means that the automaton has to decide.
    pub(crate) fn plainly_includes(&self, inner: &Self) -> bool {
        !self.generous && !inner.generous && inner.alternatives().all(|tokens| self.follows(tokens))
    }

    /// Reads the tokens of a pattern as a word: a star is a letter that only a star can read.
    fn follows(&self, tokens: &[Token]) -> bool {
        let mut state = self.start();
        for token in tokens {
            state = if let Token::Literal(c) = token {
                self.step(&state, *c)
            } else {
                self.step_token(&state, *token)
            };
            if state.is_empty() {
                return false;
            }
        }
        self.accepts(&state)
    }

    fn step_token(&self, state: &[u32], token: Token) -> Positions {
        let mut next = Positions::new();
        for &position in state {
            match (self.token(position), token) {
                (Token::AnyCase(own), Token::AnyCase(other)) if own == other => {
                    self.enter(position + 1, &mut next)
                }
                (Token::One(class), Token::AnyCase(_)) if class.includes(Class::LOWER.and(Class::UPPER)) => {
                    self.enter(position + 1, &mut next)
                }
                (Token::Many(class), Token::AnyCase(_)) if class.includes(Class::LOWER.and(Class::UPPER)) => {
                    self.enter(position, &mut next)
                }
                (Token::One(class), Token::One(other)) if class.includes(other) => {
                    self.enter(position + 1, &mut next)
                }
                (Token::Many(class), Token::One(other) | Token::Many(other)) if class.includes(other) => {
                    self.enter(position, &mut next)
                }
                _ => {}
            }
        }
        self.settle(next)
    }

    /// Makes a position live, and those behind the stars that may be empty.
    fn enter(&self, mut position: u32, state: &mut Positions) {
        state.push(position);
        while let Token::Many(_) = self.token(position) {
            position += 1;
            state.push(position);
        }
    }

    fn enter_all_later(&self, mut position: u32, state: &mut Positions) {
        state.push(position);
        while self.token(position) != Token::End {
            position += 1;
            state.push(position);
        }
    }

    /// Sorts the state and drops what a later any-star of the same alternative makes superfluous
    /// (greedy matching is complete for globs); a star at an end leaves nothing else to know.
    fn settle(&self, mut state: Positions) -> Positions {
        state.sort_unstable();
        state.dedup();
        let mut kept = Positions::with_capacity(state.len());
        let mut starred_from: Option<u32> = None;
        for &position in state.iter().rev() {
            if starred_from.is_some_and(|star| self.same_alternative(position, star)) {
                continue;
            }
            kept.push(position);
            if self.token(position) == Token::Many(Class::TEXT) {
                starred_from = Some(position);
                if self.token(position + 1) == Token::End {
                    return vec![position, position + 1];
                }
            }
        }
        kept.reverse();
        kept
    }

    fn same_alternative(&self, earlier: u32, later: u32) -> bool {
        self.starts.partition_point(|start| *start <= earlier)
            == self.starts.partition_point(|start| *start <= later)
    }
}

fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
