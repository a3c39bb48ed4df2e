//! Parts of the settings that have their final shape and do not work yet. They are refused where they are
//! used, with line and column, because a setting that is silently ignored is worse than none.

use serde::de::{Deserialize, Deserializer, Error};

/// A value of which only one works so far.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Only<W>(std::marker::PhantomData<W>);

/// The one word of [`Only`] that works.
pub(crate) trait Word {
    /// The word.
    const WORD: &'static str;
}

impl<'de, W: Word> Deserialize<'de> for Only<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        if word == W::WORD {
            Ok(Self(std::marker::PhantomData))
        } else {
            Err(D::Error::custom(format_args!("`{word}` {NOT_YET}; only `{}` does", W::WORD)))
        }
    }
}

const NOT_YET: &str = "does not work in this version";
