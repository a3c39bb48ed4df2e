//! The commands of `rescind`.

mod ceiling;
mod check;
mod compare;
mod diff;
mod event;
mod explain;
mod history;
mod lint;
mod replay;
mod scan;
mod settings;
mod test;
mod undo;

use clap::{Parser, Subcommand};

use crate::output::Out;
use crate::status::Status;

/// Tests, explains, checks and repairs the policies of IAM roles.
///
/// Exit status: 0 yes, clean; 1 no, unsafe, a case failed; 2 usage or input error; 3 could not be decided.
#[derive(Debug, Parser)]
#[command(name = "rescind", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Test(test::Args),
    Explain(explain::Args),
    Lint(lint::Args),
    Check(check::Args),
    Compare(compare::Args),
    Replay(replay::Args),
    Event(event::Args),
    Scan(scan::Args),
    Ceiling(ceiling::Args),
    Settings(settings::Args),
    History(history::Args),
    Diff(diff::Args),
    Undo(undo::Args),
}

impl Cli {
    pub(crate) fn run(self, out: &mut Out) -> anyhow::Result<Status> {
        match self.command {
            Command::Test(args) => test::run(&args, out),
            Command::Explain(args) => explain::run(&args, out),
            Command::Lint(args) => lint::run(&args, out),
            Command::Check(args) => check::run(&args, out),
            Command::Compare(args) => compare::run(&args, out),
            Command::Replay(args) => replay::run(&args, out),
            Command::Event(args) => event::run(&args, out),
            Command::Scan(args) => scan::run(&args, out),
            Command::Ceiling(args) => ceiling::run(&args, out),
            Command::Settings(args) => settings::run(&args, out),
            Command::History(args) => history::run(&args, out),
            Command::Diff(args) => diff::run(&args, out),
            Command::Undo(args) => undo::run(&args, out),
        }
    }
}
