//! The command line `rescind`.
//!
//! Each command is a file in `commands`; what they share is reading (`input`, `cases`) and printing
//! (`output`). A command answers with a [`status::Status`].

mod cases;
mod clock;
mod commands;
mod diff;
mod documents;
mod exceptions;
mod excerpt;
mod explanation;
mod facts;
mod input;
mod output;
mod past;
mod quote;
mod sarif;
mod status;
mod well_known;
mod witness;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use crate::output::Out;
use crate::status::Status;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command = commands::Cli::parse();
    let mut out = Out::stdout();
    let status = command.run(&mut out).and_then(|status| {
        out.flush()?;
        Ok(status)
    });
    status.unwrap_or_else(|error| complain(&error)).into()
}

/// Says what went wrong, except to a reader who has hung up. Whoever hung up got no answer, so the status
/// never is yes.
fn complain(error: &anyhow::Error) -> Status {
    let hung_up = error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    });
    if !hung_up {
        output::say(format_args!("{}: {}", output::painted("error", output::BAD), told(error)));
    }
    Status::Input
}

/// An error and its causes, leaving out a cause that the text before it tells already.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
