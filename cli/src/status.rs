//! What the exit status says.

use std::process::ExitCode;

/// The four answers a command can give to whoever called it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Yes, clean.
    Yes,
    /// No, unsafe, a case failed.
    No,
    /// The command or its input is wrong.
    Input,
    /// It could not be decided.
    Undecided,
}

impl Status {
    /// The status of two answers together. Wrong input hides behind nothing, a plain no outweighs what is
    /// undecided, and only yes and yes is yes.
    pub(crate) fn and(self, other: Self) -> Self {
        [Self::Input, Self::No, Self::Undecided]
            .into_iter()
            .find(|status| *status == self || *status == other)
            .unwrap_or(Self::Yes)
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Yes => 0,
            Status::No => 1,
            Status::Input => 2,
            Status::Undecided => 3,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Status;

    #[test]
    fn only_yes_and_yes_is_yes() {
        assert_eq!(Status::Yes.and(Status::Yes), Status::Yes);
        assert_eq!(Status::Yes.and(Status::Undecided), Status::Undecided);
        assert_eq!(Status::Undecided.and(Status::No), Status::No);
        assert_eq!(Status::No.and(Status::Input), Status::Input);
    }
}
