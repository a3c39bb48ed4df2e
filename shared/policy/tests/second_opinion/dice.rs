//! Choices: a fixed stream of numbers, or the bytes that a fuzzer hands over.

/// Where choices come from.
pub(crate) enum Dice<'a> {
    /// splitmix64: the same choices for the same seed.
    Seed(u64),
    /// One byte for each choice; when they are used up, the first alternative.
    Bytes(&'a [u8]),
}

impl Dice<'_> {
    /// The stream of the `number`th case of a run.
    pub(crate) const fn of_case(seed: u64, number: u64) -> Self {
        Self::Seed(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ number.wrapping_mul(0xd134_2543_de82_ef95))
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        match self {
            Self::Seed(state) => {
                *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mut z = *state;
                z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).unwrap()).unwrap()
            }
            Self::Bytes(bytes) => match bytes.split_first() {
                Some((first, rest)) => {
                    *bytes = rest;
                    usize::from(*first) % limit
                }
                None => 0,
            },
        }
    }

    /// Never when the bytes are used up.
    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100 - percent
    }

    pub(crate) fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.below(all.len())]
    }

    pub(crate) fn one<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        if all.is_empty() { None } else { all.get(self.below(all.len())) }
    }
}
