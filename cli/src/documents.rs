//! The one door for policy documents: a file is a policy, it wraps policies as AWS's own answers do, or it is
//! refused. Nothing is judged that was not read.

mod looks;
mod wrapper;

use std::fmt;

use anyhow::anyhow;
use policy::{Document, Unreadable};

use crate::input::{self, Text};
use crate::output::Out;
use crate::quote::quoted;

pub(crate) use looks::{Looks, looks};
use wrapper::Held;

/// A policy document and the file it came from.
#[derive(Clone, Debug)]
pub(crate) struct PolicyFile {
    pub(crate) name: String,
    pub(crate) document: Document,
    /// Which policy of the file it is, such as `the trust policy of role`; `None` if the file is the policy.
    pub(crate) inside: Option<String>,
}

/// What a policy is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// A trust policy.
    Trust,
    /// A policy that says what its holder may do.
    Permissions,
    /// Any policy.
    Any,
}

/// A policy document in the text of a file.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) text: String,
    pub(crate) inside: Option<String>,
}

/// Why a text is no policy, and holds none that could be meant.
#[derive(Clone, Debug)]
pub(crate) enum NoPolicy {
    /// A policy that can't be read.
    Unreadable(Unreadable),
    /// Something else.
    Other(Looks),
    /// Policies, and not one that could be meant.
    Choice(String),
}

/// Reads the policy document of a file.
pub(crate) fn read(path: &str, wanted: Wanted) -> anyhow::Result<PolicyFile> {
    let Text { name, text } = input::read(path)?;
    let (document, inside) = document(&text, wanted).map_err(|none| none.complaint(&name))?;
    let file = PolicyFile { name, document, inside };
    file.suits(wanted)?;
    Ok(file)
}

pub(crate) fn read_all(paths: &[String], wanted: Wanted) -> anyhow::Result<Vec<PolicyFile>> {
    paths.iter().map(|path| read(path, wanted)).collect()
}

/// The document that a text is or holds, and which one it is.
pub(crate) fn document(text: &str, wanted: Wanted) -> Result<(Document, Option<String>), NoPolicy> {
    let Found { text, inside } = find(text, wanted)?;
    match Document::read(text) {
        Ok(document) => Ok((document, inside)),
        Err(error) => Err(NoPolicy::Unreadable(error)),
    }
}

/// The text of the policy that a text is or holds. It need not be one that can be read, if it was meant as one.
pub(crate) fn find(text: &str, wanted: Wanted) -> Result<Found, NoPolicy> {
    let error = match Document::read(text) {
        Ok(_) => return Ok(Found { text: text.to_owned(), inside: None }),
        Err(error) => error,
    };
    match wrapper::policies(text) {
        Some(held) => the_one(held, wanted),
        None => match looks(text) {
            Some(looks) => Err(NoPolicy::Other(looks)),
            None => Err(NoPolicy::Unreadable(error)),
        },
    }
}

/// What a text is that should have been something else than a policy: a policy, what holds one, or what it looks
/// like.
pub(crate) fn resembles(text: &str) -> Option<String> {
    match find(text, Wanted::Any) {
        Ok(Found { inside: None, .. }) => Some("it is a policy, which `rescind check` takes".to_owned()),
        Ok(Found { inside: Some(inside), .. }) => {
            Some(format!("it holds {inside}, which `rescind check` takes"))
        }
        Err(NoPolicy::Other(Looks::Dump) | NoPolicy::Unreadable(_)) => None,
        Err(NoPolicy::Other(looks)) => Some(looks.to_string()),
        Err(NoPolicy::Choice(text)) => Some(text),
    }
}

/// The only policy that could be meant.
fn the_one(held: Vec<Held>, wanted: Wanted) -> Result<Found, NoPolicy> {
    let (mut fitting, other): (Vec<Held>, Vec<Held>) =
        held.into_iter().partition(|held| held.part.fits(wanted));
    match (fitting.pop(), fitting.first()) {
        (Some(one), None) => Ok(Found { text: one.text, inside: Some(one.what) }),
        (Some(last), Some(first)) => Err(NoPolicy::Choice(format!(
            "it holds {} policies, from {} to {}: give each in a file of its own, or have `rescind scan` judge the \
             whole account",
            fitting.len() + 1,
            first.what,
            last.what
        ))),
        (None, _) => Err(NoPolicy::Choice(match other.first() {
            Some(first) => {
                format!("it holds {}, and {wanted} was asked for: {}", first.what, wanted.advice())
            }
            None => "it holds no policy".to_owned(),
        })),
    }
}

impl Wanted {
    fn advice(self) -> &'static str {
        match self {
            Self::Trust => {
                "`aws iam get-role` prints a role's trust policy; `--identity` takes permission policies"
            }
            Self::Permissions => {
                "`aws iam get-role-policy` and `get-policy-version` print those; `--trust` takes trust policies"
            }
            Self::Any => "give a policy document",
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trust => "a trust policy",
            Self::Permissions => "a permission policy",
            Self::Any => "a policy",
        })
    }
}

impl NoPolicy {
    /// The whole message.
    pub(crate) fn complaint(&self, name: &str) -> anyhow::Error {
        match self {
            Self::Unreadable(Unreadable::Syntax { problem, position, .. }) => {
                anyhow!("{name}:{}:{}: not a policy: {problem}", position.line, position.column)
            }
            Self::Unreadable(_) | Self::Other(_) | Self::Choice(_) => anyhow!("{name}: not a policy: {self}"),
        }
    }
}

impl fmt::Display for NoPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => error.fmt(f),
            Self::Other(looks) => looks.fmt(f),
            Self::Choice(text) => f.write_str(text),
        }
    }
}

impl PolicyFile {
    /// Whether any statement names principals: the policy says who may, not what its holder may.
    pub(crate) fn names_principals(&self) -> bool {
        self.document.statements.iter().any(|statement| statement.principal.is_some())
    }

    /// A trust policy has nothing to say about permissions, nor the other way round.
    fn suits(&self, wanted: Wanted) -> anyhow::Result<()> {
        let name = &self.name;
        let mut statements = self.document.statements.iter();
        match wanted {
            Wanted::Trust if !self.document.statements.is_empty() && !self.names_principals() => {
                Err(anyhow!(
                    "{name}: no statement has a `Principal`, so this is no trust policy; `--identity` takes permission \
                 policies"
                ))
            }
            Wanted::Permissions => match statements.position(|statement| statement.principal.is_some()) {
                Some(index) => Err(anyhow!(
                    "{name}: {} has a `Principal`, which has no place in a permission policy; `--trust` takes trust \
                     policies",
                    statement(&self.document, index)
                )),
                None => Ok(()),
            },
            Wanted::Trust | Wanted::Any => Ok(()),
        }
    }

    /// What was judged, if the file holds more than the policy.
    pub(crate) fn judged(&self) -> Option<String> {
        self.inside.as_ref().map(|inside| format!("{inside} in {}", quoted(&self.name)))
    }
}

/// What was judged of files that hold more than a policy.
pub(crate) fn judged<'f>(files: impl IntoIterator<Item = &'f PolicyFile>) -> Vec<String> {
    files.into_iter().filter_map(PolicyFile::judged).collect()
}

/// Says what was judged of such files.
pub(crate) fn say_judged<'f>(
    files: impl IntoIterator<Item = &'f PolicyFile>,
    out: &mut Out,
) -> std::io::Result<()> {
    judged(files).into_iter().try_for_each(|what| out.line(format_args!("  judged: {what}")))
}

/// `statement 2 (\`Sid\`)`, counted from 1 for people.
pub(crate) fn statement(document: &Document, index: usize) -> String {
    let sid = document.statements.get(index).and_then(|statement| statement.sid.as_deref());
    let sid = sid.map(|sid| format!(" (`{sid}`)")).unwrap_or_default();
    format!("statement {}{sid}", index + 1)
}
