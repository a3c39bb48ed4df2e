//! Is there a point in this box and in none of those? The heart of every question.
//!
//! A box is a conjunction of literals. The search holds one whole request, the model. While the
//! model lies in one of the forbidden boxes it makes one literal of that box fail and repairs only
//! that literal's dimension. The branches of a box are disjoint (branch `i` keeps the literals
//! before `i`), so no region is visited twice, and running out of branches is a proof.

use super::{
    answer::Reason,
    budget::{Exhausted, Steps},
    space::{Literal, Pick, Space},
};

/// A conjunction of literals: one way for a statement to apply.
pub(crate) type Clause = Vec<Literal>;

/// What the search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// For each dimension the number of its value.
    Point(Vec<usize>),
    /// There is no such point.
    Nothing,
    /// Part of the space could not be decided, and the rest holds no such point.
    Unknown(Reason),
}

/// A point in `inside` and in none of `outside`.
pub(crate) fn find(space: &mut Space, inside: &[Literal], outside: &[&Clause], steps: &mut Steps) -> Found {
    let mut search = Search {
        active: vec![Vec::new(); space.len()],
        model: vec![0; space.len()],
        trail: Vec::new(),
        doubt: None,
        space,
        steps,
    };
    search.run(inside, outside).unwrap_or(Found::Unknown(Reason::Budget))
}

struct Search<'a> {
    space: &'a mut Space,
    steps: &'a mut Steps,
    /// For each dimension what has to hold there, sorted.
    active: Vec<Vec<(usize, bool)>>,
    model: Vec<usize>,
    trail: Vec<Undo>,
    /// Why some branch was given up undecided.
    doubt: Option<Reason>,
}

enum Undo {
    Literal { dimension: usize, signed: (usize, bool) },
    Model { dimension: usize, cell: usize },
}

/// A forbidden box the model was in, and how far its branches were tried.
struct Frame {
    flips: Vec<Literal>,
    next: usize,
    mark: usize,
}

impl Search<'_> {
    fn run(&mut self, inside: &[Literal], outside: &[&Clause]) -> Result<Found, Exhausted> {
        if !self.start(inside)? {
            return Ok(self.exhausted());
        }
        let mut frames: Vec<Frame> = Vec::new();
        loop {
            self.steps.spend(1 + outside.len() / 64)?;
            match self.violated(outside)? {
                None => match self.doubtful() {
                    None => return Ok(Found::Point(self.model.clone())),
                    Some(reason) => {
                        self.doubt.get_or_insert(reason);
                    }
                },
                Some(flips) => frames.push(Frame { flips, next: 0, mark: self.trail.len() }),
            }
            if !self.branch(&mut frames)? {
                return Ok(self.exhausted());
            }
        }
    }

    /// Why the model is perhaps no request, if one of its values is in doubt.
    fn doubtful(&self) -> Option<Reason> {
        let cells = self.model.iter().enumerate();
        cells.filter_map(|(dimension, cell)| self.space.get(dimension)?.doubt(*cell)).next()
    }

    fn exhausted(&mut self) -> Found {
        self.doubt.take().map_or(Found::Nothing, Found::Unknown)
    }

    /// Picks a first model; `false` if the box itself is empty.
    fn start(&mut self, inside: &[Literal]) -> Result<bool, Exhausted> {
        for literal in inside {
            self.assume(*literal);
        }
        for dimension in 0..self.space.len() {
            if !self.repair(dimension)? {
                return Ok(false);
            }
        }
        self.trail.clear();
        Ok(true)
    }

    /// The literals that can be made to fail in the box that leaves the fewest ways out; `None` if
    /// the model is in no box. Action and resource come first: their dimensions are the oldest.
    fn violated(&mut self, outside: &[&Clause]) -> Result<Option<Vec<Literal>>, Exhausted> {
        if outside.iter().any(|clause| clause.is_empty()) {
            return Ok(Some(Vec::new()));
        }
        let mut best: Option<(Vec<Literal>, Option<Reason>)> = None;
        for clause in outside {
            if !self.contains_model(clause) {
                continue;
            }
            let (mut flips, mut doubt) = (Vec::new(), None);
            for literal in clause.iter() {
                match self.possible(literal.not())? {
                    Pick::Cell(_) => flips.push(*literal),
                    Pick::Empty => {}
                    Pick::Unknown(reason) => doubt = Some(reason),
                }
            }
            flips.sort_unstable();
            let done = flips.len() <= 1;
            if best.as_ref().is_none_or(|(known, _)| flips.len() < known.len()) {
                best = Some((flips, doubt));
            }
            if done {
                break;
            }
        }
        Ok(best.map(|(flips, doubt)| {
            self.doubt = self.doubt.take().or(doubt);
            flips
        }))
    }

    fn contains_model(&mut self, clause: &Clause) -> bool {
        clause.iter().all(|literal| {
            let cell = self.model.get(literal.dimension).copied().unwrap_or(0);
            self.space.get_mut(literal.dimension).is_some_and(|d| d.truth(literal.predicate, cell))
                == literal.holds
        })
    }

    /// Whether the literal can hold together with what has to hold in its dimension.
    fn possible(&mut self, literal: Literal) -> Result<Pick, Exhausted> {
        let added = self.assume(literal);
        let pick = self.pick(literal.dimension)?;
        if added {
            self.undo_last();
        }
        Ok(pick)
    }

    /// Takes the next branch of the last frame that has one; `false` if there is none.
    fn branch(&mut self, frames: &mut Vec<Frame>) -> Result<bool, Exhausted> {
        while let Some(frame) = frames.last_mut() {
            let mark = frame.mark;
            let flip = frame.flips.get(frame.next).copied();
            let kept = frame.flips.get(..frame.next).unwrap_or_default().to_vec();
            frame.next += 1;
            self.undo_to(mark);
            let Some(flip) = flip else {
                frames.pop();
                continue;
            };
            self.steps.spend(1)?;
            for literal in kept {
                self.assume(literal);
            }
            self.assume(flip.not());
            if self.repair(flip.dimension)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives the dimension a value that fits.
    fn repair(&mut self, dimension: usize) -> Result<bool, Exhausted> {
        match self.pick(dimension)? {
            Pick::Cell(cell) => {
                if let Some(current) = self.model.get_mut(dimension) {
                    self.trail.push(Undo::Model { dimension, cell: *current });
                    *current = cell;
                }
                Ok(true)
            }
            Pick::Empty => Ok(false),
            Pick::Unknown(reason) => {
                self.doubt.get_or_insert(reason);
                Ok(false)
            }
        }
    }

    fn pick(&mut self, dimension: usize) -> Result<Pick, Exhausted> {
        let signed = self.active.get(dimension).map_or(&[][..], Vec::as_slice);
        match self.space.get_mut(dimension) {
            Some(d) => d.pick(signed, self.steps),
            None => Ok(Pick::Empty),
        }
    }

    /// Adds a literal; `false` if it was there already.
    fn assume(&mut self, literal: Literal) -> bool {
        let signed = (literal.predicate, literal.holds);
        let Some(active) = self.active.get_mut(literal.dimension) else { return false };
        let Err(at) = active.binary_search(&signed) else { return false };
        active.insert(at, signed);
        self.trail.push(Undo::Literal { dimension: literal.dimension, signed });
        true
    }

    fn undo_to(&mut self, mark: usize) {
        while self.trail.len() > mark {
            self.undo_last();
        }
    }

    fn undo_last(&mut self) {
        match self.trail.pop() {
            Some(Undo::Literal { dimension, signed }) => {
                if let Some(active) = self.active.get_mut(dimension)
                    && let Ok(at) = active.binary_search(&signed)
                {
                    active.remove(at);
                }
            }
            Some(Undo::Model { dimension, cell }) => {
                if let Some(current) = self.model.get_mut(dimension) {
                    *current = cell;
                }
            }
            None => {}
        }
    }
}
