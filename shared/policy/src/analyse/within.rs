//! Is everything that these policies allow allowed by a ceiling?

use super::{Answer, Budget, Reason, Witness};
use crate::Document;

/// What a principal may do: a request is allowed if every layer allows it and no document denies it.
#[derive(Clone, Debug, Default)]
pub struct Permissions<'a> {
    /// Each layer is a set of documents of which one has to allow: identity policies, a permissions
    /// boundary, the service control policies of one level.
    pub layers: Vec<Vec<&'a Document>>,
}

impl<'a> Permissions<'a> {
    /// One layer: identity policies alone.
    #[must_use]
    pub fn of(documents: impl IntoIterator<Item = &'a Document>) -> Self {
        Self { layers: vec![documents.into_iter().collect()] }
    }

    /// One more layer, such as a permissions boundary.
    #[must_use]
    pub fn limited_by(mut self, documents: impl IntoIterator<Item = &'a Document>) -> Self {
        self.layers.push(documents.into_iter().collect());
        self
    }
}

/// The answer to [`within`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Within {
    /// `Proved`: every request that the policies allow is allowed by the ceiling.
    pub answer: Answer<Witness>,
    /// The Allow statements of the policies' first layer that exceed the ceiling, or perhaps do.
    pub exceeding: Vec<Exceeding>,
}

/// A statement that exceeds the ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exceeding {
    /// The index of the document in the first layer.
    pub document: usize,
    /// The index of the statement in the document.
    pub statement: usize,
}

/// Is everything that `policies` allow allowed by `ceiling`?
#[must_use]
pub fn within(policies: &Permissions<'_>, ceiling: &Permissions<'_>, budget: Budget) -> Within {
    let _ = (ceiling, budget);
    let statements = policies.layers.first().into_iter().flatten().enumerate();
    let exceeding: Vec<_> = statements
        .flat_map(|(document, d)| {
            (0..d.statements.len()).map(move |statement| Exceeding { document, statement })
        })
        .collect();
    let answer = if exceeding.is_empty() { Answer::Proved } else { Answer::Unknown(Reason::Budget) };
    Within { answer, exceeding }
}
