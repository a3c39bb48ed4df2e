//! What a role holds: its policies, read, and the question whether one of them allows something forbidden.

use policy::analyse::grants::{self, GrantFacts};
use policy::analyse::within::Permissions;
use policy::analyse::{Answer, Budget};
use policy::{Document, edit};

use crate::finding::PolicyRef;
use crate::narrow::may_allow;
use crate::role::{AttachedPolicy, InlinePolicy, Role};
use crate::rules::Rules;

/// The policies of a role.
pub(crate) struct Held {
    pub(crate) policies: Vec<HeldPolicy>,
    boundary: Option<Document>,
    facts: Option<GrantFacts>,
    /// Allows exactly the requests by which the role would rewrite its own permissions.
    self_rewrite: Option<Document>,
}

/// One policy of a role.
pub(crate) struct HeldPolicy {
    pub(crate) name: PolicyRef,
    pub(crate) text: String,
    /// Why it could not be read, if so.
    pub(crate) document: Result<Document, String>,
    /// The document without whatever allows: it limits the other policies.
    denies: Option<Document>,
}

/// Something that no guarded role may be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Forbidden {
    /// All actions, but for what the holder can undo; or to rewrite its own permissions, which comes to the
    /// same.
    Administrator,
    /// Any action that matches this pattern.
    Never(String),
}

/// Does a policy allow something forbidden?
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No request of the kind is allowed.
    Absent,
    /// This one is.
    Present { witness: String },
    /// Not decided.
    Undecided { reason: String },
}

impl Verdict {
    pub(crate) fn is_present(&self) -> bool {
        match self {
            Self::Present { .. } => true,
            Self::Absent | Self::Undecided { .. } => false,
        }
    }
}

impl Held {
    pub(crate) fn new(rules: &Rules, role: &Role) -> Self {
        let (inline, attached) = match &role.permissions {
            Some(permissions) => (permissions.inline.as_slice(), permissions.attached.as_slice()),
            None => (&[][..], &[][..]),
        };
        let boundary = role.permissions.as_ref().and_then(|permissions| permissions.boundary.as_ref());
        Self {
            policies: inline.iter().map(inline_policy).chain(attached.iter().map(attached_policy)).collect(),
            // A boundary that cannot be read limits nothing, as far as anyone can tell.
            boundary: boundary.and_then(|boundary| Document::read(boundary.text.as_str()).ok()),
            facts: rules.grant_facts(Some(&role.arn)),
            self_rewrite: Document::read(self_rewrite(role.arn.as_str())).ok(),
        }
    }

    /// Does `part`, which stands for the whole or a part of `policy`, allow what is forbidden, under the
    /// denies of all other policies and under the boundary?
    pub(crate) fn ask(&self, forbidden: &Forbidden, policy: &HeldPolicy, part: &Document) -> Verdict {
        let Some(facts) = &self.facts else {
            return Verdict::Undecided { reason: "the partition of the role is unknown".to_owned() };
        };
        let others = self.policies.iter().filter(|other| other.name != policy.name);
        let denies = others.filter_map(|other| other.denies.as_ref());
        let mut permissions = Permissions::of(std::iter::once(part).chain(denies));
        if let Some(boundary) = &self.boundary {
            permissions = permissions.limited_by([boundary]);
        }
        match forbidden {
            Forbidden::Never(action) => {
                verdict(grants::never_allows(&permissions, action, facts, Budget::default()))
            }
            Forbidden::Administrator => self.ask_administrator(permissions, facts),
        }
    }

    fn ask_administrator(&self, permissions: Permissions<'_>, facts: &GrantFacts) -> Verdict {
        if grants::grants(&permissions, facts, Budget::default()).admin {
            return Verdict::Present {
                witness: "it allows all actions, but for what can be undone".to_owned(),
            };
        }
        let own = permissions.limited_by(self.self_rewrite.as_ref());
        verdict(grants::never_allows(&own, "*", facts, Budget::default()))
    }
}

fn verdict<W: std::fmt::Display>(answer: Answer<W>) -> Verdict {
    match answer {
        Answer::Proved => Verdict::Absent,
        Answer::Refuted(witness) => Verdict::Present { witness: witness.to_string() },
        Answer::Unknown(reason) => Verdict::Undecided { reason: reason.to_string() },
    }
}

fn inline_policy(policy: &InlinePolicy) -> HeldPolicy {
    held(PolicyRef::Inline { name: policy.name.clone() }, &policy.text)
}

fn attached_policy(policy: &AttachedPolicy) -> HeldPolicy {
    held(PolicyRef::Managed { arn: policy.arn.clone() }, &policy.text)
}

fn held(name: PolicyRef, text: &str) -> HeldPolicy {
    let document = Document::read(text).map_err(|error| error.to_string());
    let denies = document.as_ref().ok().and_then(denies);
    HeldPolicy { name, text: text.to_owned(), document, denies }
}

fn denies(document: &Document) -> Option<Document> {
    let allows: Vec<usize> = (0..)
        .zip(&document.statements)
        .filter(|(_, statement)| may_allow(statement))
        .map(|(index, _)| index)
        .collect();
    Document::read(edit::remove_statements(document, &allows).ok()??).ok()
}

/// The requests by which a role gives itself everything. A role path may hold any visible character, so the
/// ARN is escaped.
fn self_rewrite(arn: &str) -> String {
    let mut own = String::with_capacity(arn.len());
    for character in arn.chars() {
        match character {
            '*' => own.push_str("${*}"),
            '?' => own.push_str("${?}"),
            '$' => own.push_str("${$}"),
            '"' | '\\' => own.extend(['\\', character]),
            other => own.push(other),
        }
    }
    format!(
        concat!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"iam:PutRolePolicy","#,
            r#""Resource":"{own}"}},{{"Effect":"Allow","Action":"iam:AttachRolePolicy","Resource":"{own}","#,
            r#""Condition":{{"ArnEquals":{{"iam:PolicyARN":"arn:{partition}:iam::aws:policy/AdministratorAccess"}}}}}}]}}"#
        ),
        own = own,
        partition = arn.split(':').nth(1).unwrap_or("aws"),
    )
}
