//! Sets of words: patterns with wildcards, and the joint question whether some word lies in all
//! of these patterns and in none of those.

mod class;
mod pattern;
mod product;
mod trie;

#[cfg(test)]
mod tests;

pub(crate) use class::{Class, variable_letter};
pub(crate) use pattern::{Pattern, Token};
pub(crate) use product::common_word;
