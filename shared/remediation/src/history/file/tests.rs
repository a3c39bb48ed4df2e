use std::path::PathBuf;

use guardrails::{Digest, RoleArn, RoleId};
use time::OffsetDateTime;

use super::*;
use crate::pass::block_on;

/// A file of its own for each test, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rescind-history-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn role() -> RoleId {
    RoleId::parse("AROA3AEW23DC76AD3735E").unwrap()
}

fn hold(by: &str) -> Hold {
    Hold {
        version: 1,
        role_id: role(),
        role: RoleArn::parse("arn:aws:iam::111122223333:role/app").unwrap(),
        facet: Facet::Trust,
        digest: Digest::of(by),
        at: OffsetDateTime::UNIX_EPOCH,
        until: OffsetDateTime::UNIX_EPOCH + std::time::Duration::from_secs(10),
        by: by.to_owned(),
    }
}

fn holders(history: &FileHistory) -> Vec<String> {
    let holds = block_on(history.holds(&role(), Facet::All, OffsetDateTime::UNIX_EPOCH)).unwrap();
    holds.into_iter().map(|hold| hold.by).collect()
}

#[test]
fn what_was_appended_is_there_after_opening_again() {
    let scratch = Scratch::new("again");
    block_on(FileHistory::open(&scratch.0).unwrap().hold(&hold("dana"))).unwrap();
    let history = FileHistory::open(&scratch.0).unwrap();
    assert_eq!((holders(&history), history.damaged()), (vec!["dana".to_owned()], [].as_slice()));
    let later = OffsetDateTime::UNIX_EPOCH + std::time::Duration::from_secs(10);
    assert!(block_on(history.holds(&role(), Facet::Trust, later)).unwrap().is_empty());
    let other = block_on(history.holds(&role(), Facet::Permissions, OffsetDateTime::UNIX_EPOCH));
    assert!(other.unwrap().is_empty());
}

/// The process may die after any byte of a line.
#[test]
fn a_line_torn_at_any_byte_is_reported_and_the_rest_survives() {
    let scratch = Scratch::new("torn");
    let whole = FileHistory::open(&scratch.0).unwrap();
    block_on(whole.hold(&hold("dana"))).unwrap();
    block_on(whole.hold(&hold("eve"))).unwrap();
    let bytes = std::fs::read(&scratch.0).unwrap();
    let first = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for end in first..bytes.len() {
        std::fs::write(&scratch.0, &bytes[..end]).unwrap();
        let history = FileHistory::open(&scratch.0).unwrap();
        // Only the line's end is missing: nothing is lost.
        let complete = end + 1 == bytes.len();
        let expected = usize::from(end > first && !complete);
        assert_eq!(history.damaged().len(), expected, "cut at {end}");
        block_on(history.hold(&hold("frank"))).unwrap();
        let again = FileHistory::open(&scratch.0).unwrap();
        let mut names = vec!["dana"];
        if complete {
            names.push("eve");
        }
        names.push("frank");
        assert_eq!(holders(&again), names, "cut at {end}");
    }
}

#[test]
fn a_line_of_a_later_version_is_reported_and_survived() {
    let scratch = Scratch::new("later");
    std::fs::write(&scratch.0, "{\"verdict\":{\"version\":2}}\n\u{0}\n").unwrap();
    let history = FileHistory::open(&scratch.0).unwrap();
    let lines: Vec<usize> = history.damaged().iter().map(|damaged| damaged.line).collect();
    assert_eq!(lines, [1, 2]);
    block_on(history.hold(&hold("dana"))).unwrap();
    assert_eq!(holders(&FileHistory::open(&scratch.0).unwrap()), ["dana"]);
}

#[test]
fn a_folder_is_no_history() {
    assert!(FileHistory::open(&std::env::temp_dir()).is_err());
}

#[test]
fn it_does_what_every_history_must_before_and_after_it_was_opened_again() {
    let scratch = Scratch::new("conformance");
    for seed in 1..3 {
        let history = FileHistory::open(&scratch.0).unwrap();
        assert_eq!(block_on(crate::history::conformance::run(&history, seed)), [""; 0]);
        assert!(history.damaged().is_empty());
    }
}
