//! What wraps policies: the answers of AWS's own calls, lists, and text in JSON's or a URL's encoding.
//!
//! Sources: the IAM API reference (`GetRole`, `ListRoles`, `GetRolePolicy`, `GetPolicyVersion`,
//! `ManagedPolicyDetail`) and what the calls for resources' policies print.

use percent_encoding::percent_decode_str;
use policy::Document;
use serde_json::value::RawValue;

use super::Wanted;
use crate::input::json::{Kind, Node, Source};
use crate::quote::quoted;

/// Text in text in text: nobody wraps deeper on purpose.
const DEEPEST: usize = 4;

/// A policy that a text holds. Whether it can be read is not known yet.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// Which one it is, such as `` the trust policy of role `app` ``.
    pub(super) what: String,
    pub(super) part: Part,
    pub(super) text: String,
}

/// What a policy says, as far as its wrapper tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Who may assume a role.
    Trust,
    /// What its holder may do.
    Permissions,
    /// Who may use a resource.
    Resource,
    /// The wrapper does not tell.
    Untold,
}

impl Part {
    pub(super) fn fits(self, wanted: Wanted) -> bool {
        match (self, wanted) {
            (Self::Untold, _)
            | (_, Wanted::Any)
            | (Self::Trust, Wanted::Trust)
            | (Self::Permissions, Wanted::Permissions) => true,
            (Self::Trust | Self::Resource, Wanted::Permissions)
            | (Self::Permissions | Self::Resource, Wanted::Trust) => false,
        }
    }
}

/// All policies that the text wraps; `None` if it is no wrapper.
pub(super) fn policies(text: &str) -> Option<Vec<Held>> {
    let source = Source::new(decoded(text).unwrap_or_else(|| text.to_owned()));
    let raw: &RawValue = serde_json::from_str(&source.json).ok()?;
    if source.json != text && Document::read(source.json.as_str()).is_ok() {
        return Some(vec![held("the policy, decoded,".to_owned(), Part::Untold, source.json)]);
    }
    of_value(Node::new(&source, raw), DEEPEST)
}

/// URL-encoded text without its encoding. JSON never starts with `%`.
fn decoded(text: &str) -> Option<String> {
    let text = text.trim();
    text.starts_with('%').then(|| percent_decode_str(text).decode_utf8().ok())?.map(Into::into)
}

fn held(what: String, part: Part, text: String) -> Held {
    Held { what, part, text }
}

fn of_value(node: Node<'_>, depth: usize) -> Option<Vec<Held>> {
    match node.kind() {
        Kind::Object => of_object(node),
        Kind::List => of_list(node, depth.checked_sub(1)?),
        Kind::String => of_string(node, depth.checked_sub(1)?),
        Kind::Null | Kind::Bool | Kind::Number => None,
    }
}

/// Every entry must be a policy, or wrap some.
fn of_list(node: Node<'_>, depth: usize) -> Option<Vec<Held>> {
    let entries = node.entries().ok()?;
    let mut policies = Vec::new();
    for (entry, number) in entries.iter().zip(1..) {
        if Document::read(entry.text).is_ok() {
            let what = format!("policy {number} of the list");
            policies.push(held(what, Part::Untold, entry.text.to_owned()));
        } else {
            policies.extend(of_value(*entry, depth)?);
        }
    }
    (!policies.is_empty()).then_some(policies)
}

fn of_string(node: Node<'_>, depth: usize) -> Option<Vec<Held>> {
    let text = node.string().ok()?;
    let text = decoded(&text).unwrap_or(text);
    if Document::read(text.as_str()).is_ok() {
        return Some(vec![held("the policy in a JSON string".to_owned(), Part::Untold, text)]);
    }
    let source = Source::new(text);
    let raw: &RawValue = serde_json::from_str(&source.json).ok()?;
    of_value(Node::new(&source, raw), depth)
}

/// The members of an object by name.
struct Members<'a>(Vec<(String, Node<'a>)>);

impl<'a> Members<'a> {
    fn of(node: Node<'a>) -> Option<Self> {
        node.members().ok().map(Self)
    }

    fn get(&self, name: &str) -> Option<Node<'a>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, node)| *node)
    }

    /// The member, if it is an object.
    fn object(&self, name: &str) -> Option<Self> {
        self.get(name).filter(|node| node.kind() == Kind::Object).and_then(Self::of)
    }

    /// What the member names, for people.
    fn name(&self, names: &[&str]) -> Option<String> {
        let node = names.iter().find_map(|name| self.get(name))?;
        node.string().ok().map(|text| quoted(&text))
    }
}

fn of_object(node: Node<'_>) -> Option<Vec<Held>> {
    let members = Members::of(node)?;
    if let Some(role) = members.object("Role") {
        return Some(vec![trust(&role)?]);
    }
    if let Some(roles) = members.get("Roles").filter(|roles| roles.kind() == Kind::List) {
        let roles = roles.entries().ok()?;
        return roles.into_iter().map(|role| trust(&Members::of(role)?)).collect();
    }
    let one = trust(&members)
        .or_else(|| inline(&members))
        .or_else(|| version(&members.object("PolicyVersion")?, None))
        .or_else(|| managed(&members))
        .or_else(|| version(&members, None))
        .or_else(|| of_organization(&members))
        .or_else(|| of_resource(&members));
    one.map(|one| vec![one])
}

/// A role, as `GetRole`, `ListRoles` and `CreateRole` answer it.
fn trust(role: &Members<'_>) -> Option<Held> {
    let document = role.get("AssumeRolePolicyDocument")?;
    let name = role.name(&["RoleName", "Arn"]).map(|name| format!(" of role {name}")).unwrap_or_default();
    Some(held(format!("the trust policy{name}"), Part::Trust, document_text(document)))
}

/// An inline policy, as `GetRolePolicy`, `GetUserPolicy` and `GetGroupPolicy` answer it.
fn inline(answer: &Members<'_>) -> Option<Held> {
    let document = answer.get("PolicyDocument")?;
    let holder = [("RoleName", "role"), ("UserName", "user"), ("GroupName", "group")]
        .into_iter()
        .find_map(|(member, kind)| Some(format!(" of {kind} {}", answer.name(&[member])?)));
    let name = answer.name(&["PolicyName"]);
    let part = if holder.is_some() || name.is_some() { Part::Permissions } else { Part::Untold };
    let name = name.map(|name| format!(" {name}")).unwrap_or_default();
    let what = format!("the policy{name}{}", holder.unwrap_or_default());
    Some(held(what, part, document_text(document)))
}

/// A version of a managed policy, as `GetPolicyVersion` answers it.
fn version(version: &Members<'_>, of: Option<String>) -> Option<Held> {
    let document = version.get("Document")?;
    let id = version.name(&["VersionId"]);
    let part = if id.is_some() { Part::Permissions } else { Part::Untold };
    let of = of.map(|name| format!(" {name}")).unwrap_or_default();
    let id = id.map(|id| format!(" in version {id}")).unwrap_or_default();
    Some(held(format!("the policy{of}{id}"), part, document_text(document)))
}

/// A managed policy with its versions: the one in force counts.
fn managed(policy: &Members<'_>) -> Option<Held> {
    let default = policy.get("DefaultVersionId")?.string().ok()?;
    let versions = policy.get("PolicyVersionList")?.entries().ok()?;
    let mut versions = versions.into_iter().filter_map(Members::of);
    let in_force = versions.find(|version| {
        version.get("VersionId").and_then(|id| id.string().ok()).is_some_and(|id| id == default)
    })?;
    version(&in_force, policy.name(&["PolicyName", "Arn"]))
}

/// What `aws organizations describe-policy` prints.
fn of_organization(answer: &Members<'_>) -> Option<Held> {
    let policy = answer.object("Policy")?;
    let content = policy.get("Content")?;
    let summary = policy.object("PolicySummary")?;
    let name = summary.name(&["Name"]).map(|name| format!(" {name}")).unwrap_or_default();
    let is_rcp = summary.get("Type").is_some_and(|kind| kind.text.contains("RESOURCE_CONTROL_POLICY"));
    let part = if is_rcp { Part::Resource } else { Part::Permissions };
    Some(held(format!("the policy{name} of the organization"), part, document_text(content)))
}

/// The policy of a bucket, key, queue, topic, function, secret or repository, as text in a member.
fn of_resource(answer: &Members<'_>) -> Option<Held> {
    let attributes = answer.object("Attributes");
    let places = [Some(answer), attributes.as_ref()];
    let names = ["Policy", "ResourcePolicy", "resourcePolicy", "policyText"];
    let document = places.into_iter().flatten().find_map(|place| {
        names.iter().filter_map(|name| place.get(name)).find(|node| node.kind() == Kind::String)
    })?;
    Some(held("the resource policy".to_owned(), Part::Resource, document_text(document)))
}

/// The text of a document: an object to the byte, a string without its encodings.
fn document_text(node: Node<'_>) -> String {
    match node.kind() {
        Kind::String => {
            let text = node.string().unwrap_or_default();
            decoded(&text).unwrap_or(text)
        }
        Kind::Object | Kind::List | Kind::Null | Kind::Bool | Kind::Number => node.text.to_owned(),
    }
}
