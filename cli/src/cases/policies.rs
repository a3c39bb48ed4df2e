//! Reads the policies of a case.

use policy::Document;

use super::words;
use crate::documents::{self, Wanted};
use crate::input::json::{Kind, Node, Wrong};

/// The policies that decide a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policies {
    pub(crate) identity: Vec<Document>,
    /// The resource's policy; for an `sts:` request the role's trust policy.
    pub(crate) resource: Option<Document>,
    /// Empty: no boundary.
    pub(crate) boundary: Vec<Document>,
    /// Empty: not narrowed for the session.
    pub(crate) session: Vec<Document>,
    /// Level by level, from the root of the organization to the account.
    pub(crate) scps: Vec<Vec<Document>>,
    /// The same for the organization of the resource.
    pub(crate) rcps: Vec<Vec<Document>>,
}

impl Policies {
    /// The same for the evaluator.
    pub(crate) fn view(&self) -> policy::Policies<'_> {
        policy::Policies {
            identity: self.identity.iter().collect(),
            resource: self.resource.as_ref(),
            boundary: self.boundary.iter().collect(),
            session: self.session.iter().collect(),
            scps: borrowed(&self.scps),
            rcps: borrowed(&self.rcps),
        }
    }
}

fn borrowed(levels: &[Vec<Document>]) -> Vec<Vec<&Document>> {
    levels.iter().map(|level| level.iter().collect()).collect()
}

pub(super) fn read(node: Node<'_>) -> Result<Policies, Wrong> {
    if node.kind() != Kind::Object {
        return Err(node.wrong(format!("`policies` is an object, not {}", node.kind().words())));
    }
    let mut policies = Policies::default();
    for (member, value) in node.members()? {
        match member.as_str() {
            "identity" => policies.identity = documents(value, "identity")?,
            "resource" => policies.resource = at_most_one(value)?,
            "boundary" => policies.boundary = documents(value, "boundary")?,
            "session" => policies.session = documents(value, "session")?,
            "scps" => policies.scps = levels(value, "scps")?,
            "rcps" => policies.rcps = levels(value, "rcps")?,
            other => return Err(value.wrong(words::unknown(other, "`policies`", &words::POLICIES))),
        }
    }
    Ok(policies)
}

fn at_most_one(node: Node<'_>) -> Result<Option<Document>, Wrong> {
    let mut documents = documents(node, "resource")?;
    let first = documents.pop();
    if documents.is_empty() {
        return Ok(first);
    }
    Err(node.wrong("a resource has one policy; `resource` lists several"))
}

/// A list of documents, or one alone.
fn documents(node: Node<'_>, kind: &str) -> Result<Vec<Document>, Wrong> {
    let nodes = match node.kind() {
        Kind::Null => Vec::new(),
        Kind::List => node.entries()?,
        Kind::Object | Kind::String | Kind::Bool | Kind::Number => vec![node],
    };
    nodes.into_iter().zip(1..).map(|(node, number)| document(node, kind, number)).collect()
}

/// A list of levels, each a list of documents; one document alone is one level.
fn levels(node: Node<'_>, kind: &str) -> Result<Vec<Vec<Document>>, Wrong> {
    if node.kind() != Kind::List {
        return Ok(vec![documents(node, kind)?].into_iter().filter(|level| !level.is_empty()).collect());
    }
    let levels = node.entries()?;
    let loose = levels.iter().filter(|level| level.kind() != Kind::List).count();
    if loose > 1 || loose == 1 && levels.len() > 1 {
        // Beside each other in one level, either may allow; one per level, both must.
        return Err(node.wrong(format!(
            "`{kind}` is a list of levels, each a list of policies: write [[a, b]] for two policies at one level, \
             [[a], [b]] for two levels"
        )));
    }
    levels.into_iter().map(|level| documents(level, kind)).collect()
}

/// A policy as an object, or as a string that holds its JSON.
fn document(node: Node<'_>, kind: &str, number: usize) -> Result<Document, Wrong> {
    let text = match node.kind() {
        Kind::Object => node.text.to_owned(),
        Kind::String => node.string()?,
        other @ (Kind::Null | Kind::Bool | Kind::Number | Kind::List) => {
            return Err(node.wrong(format!("a policy is an object or its JSON text, not {}", other.words())));
        }
    };
    let read = documents::document(&text, Wanted::Any);
    let (document, _) = read.map_err(|error| node.wrong(format!("policy {number} of `{kind}`: {error}")))?;
    Ok(document)
}
