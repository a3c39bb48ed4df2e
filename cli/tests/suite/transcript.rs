//! One command line, and everything that can be seen of what it did.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Where the commands run.
pub(crate) fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// Runs `rescind` with these arguments and this standard input.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rescind"));
    command
        .args(arguments)
        .current_dir(data())
        .env_remove("RESCIND_ACCOUNT")
        .env_remove("RESCIND_SETTINGS")
        .env_remove("RESCIND_TABLE");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A command that reads nothing closes the pipe early; that is its right.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Compares the transcript of command lines with the one that is kept under this name. The lines are split
/// at blanks; `< FILE` gives standard input.
pub(crate) fn assert(name: &str, lines: &[&str]) {
    let transcript = lines.iter().map(|line| of_one(line)).collect::<Vec<_>>().join("\n");
    insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(name, transcript);
    });
}

fn of_one(line: &str) -> String {
    let (arguments, input) = line.split_once(" < ").map_or((line, None), |(line, file)| (line, Some(file)));
    let input = input.map(|file| std::fs::read(data().join(file)).unwrap()).unwrap_or_default();
    let output = run(&arguments.split_whitespace().collect::<Vec<_>>(), &input);
    let mut transcript = format!("$ rescind {line}\n{}", String::from_utf8(output.stdout).unwrap());
    for error in String::from_utf8(output.stderr).unwrap().lines() {
        transcript.push_str(&format!("! {error}\n"));
    }
    transcript.push_str(&format!("[{}]\n", output.status.code().unwrap()));
    transcript
}
