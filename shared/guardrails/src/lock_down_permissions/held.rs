//! What a role holds: its policies, read, and the question whether some of them break a limit.

use policy::analyse::grants::{self, GrantFacts};
use policy::analyse::within::{self, Permissions};
use policy::analyse::{Answer, Budget, Witness};
use policy::{ConditionKey, Document};

use super::culprit;
use super::data;
use super::limit::Limit;
use crate::exceptions::Exempt;
use crate::finding::{Finding, Guardrail, PolicyRef};
use crate::repair::narrow;
use crate::role::{AttachedPolicy, InlinePolicy, Role};
use crate::rules::Rules;
use crate::words::objection;

/// The policies of a role.
pub(crate) struct Held {
    pub(crate) policies: Vec<HeldPolicy>,
    /// Why a policy could not be read.
    unreadable: Vec<(PolicyRef, String)>,
    boundary: Option<Document>,
    /// There is a boundary, and its document is none.
    boundary_is_unreadable: bool,
    /// Denies what exceptions let through.
    exempt: Option<Document>,
    facts: Option<GrantFacts>,
    /// Allows exactly the requests by which the role would rewrite its own permissions.
    self_rewrite: Option<Document>,
    /// Allows to read or hand out data that no policy names.
    unnamed_data: Option<Document>,
}

/// One policy of a role.
pub(crate) struct HeldPolicy {
    pub(crate) name: PolicyRef,
    pub(crate) document: Document,
    /// The document without whatever allows: it limits the other policies.
    pub(crate) denies: Option<Document>,
    /// The version, of a managed policy.
    pub(crate) version: Option<String>,
}

/// Do some policies break a limit?
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// No request of the kind is allowed.
    Absent,
    /// This one is.
    Present(Evidence),
    /// Not decided.
    Undecided { reason: String },
}

/// What shows that a limit is broken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) witness: String,
    /// The actions of one way to more permissions.
    pub(crate) path: Vec<String>,
    /// How many ways there are.
    pub(crate) ways: usize,
}

impl Verdict {
    pub(crate) fn is_present(&self) -> bool {
        match self {
            Self::Present(_) => true,
            Self::Absent | Self::Undecided { .. } => false,
        }
    }
}

impl Held {
    pub(crate) fn new(rules: &Rules, role: &Role) -> Self {
        let permissions = role.permissions.as_ref();
        let inline = permissions.iter().flat_map(|permissions| &permissions.inline).map(inline_policy);
        let attached = permissions.iter().flat_map(|permissions| &permissions.attached).map(attached_policy);
        // A boundary that cannot be read limits nothing, as far as anyone can tell.
        let boundary = permissions
            .and_then(|permissions| permissions.boundary.as_ref())
            .and_then(|boundary| Document::read(boundary.text.as_str()).ok());
        let mut held = Self {
            policies: Vec::new(),
            unreadable: Vec::new(),
            boundary_is_unreadable: role.boundary.is_some() && boundary.is_none(),
            boundary,
            exempt: Exempt::new(rules, Guardrail::LockDownPermissions, role).denied(),
            facts: rules.grant_facts(Some(&role.arn)),
            self_rewrite: Document::read(self_rewrite(role.arn.as_str())).ok(),
            unnamed_data: data::unnamed(&role.arn),
        };
        for policy in inline.chain(attached) {
            match policy {
                Ok(policy) => held.policies.push(policy),
                Err(unreadable) => held.unreadable.push(unreadable),
            }
        }
        held
    }

    /// The same role under another boundary.
    pub(crate) fn with_boundary(mut self, boundary: Document) -> Self {
        self.boundary = Some(boundary);
        self
    }

    /// A finding for each policy that is no policy document.
    pub(crate) fn unreadable(&self) -> impl Iterator<Item = Finding> {
        self.unreadable.iter().map(|(name, reason)| culprit::undecided(vec![name.clone()], reason.clone()))
    }

    /// All policies.
    pub(crate) fn whole(&self) -> Vec<&Document> {
        self.policies.iter().map(|policy| &policy.document).collect()
    }

    /// A document in the place of one policy, under the denies of all others.
    pub(crate) fn alone<'a>(&'a self, policy: &HeldPolicy, document: &'a Document) -> Vec<&'a Document> {
        let others = self.policies.iter().filter(|other| other.name != policy.name);
        std::iter::once(document).chain(others.filter_map(|other| other.denies.as_ref())).collect()
    }

    /// Some policies, under the denies of all others.
    pub(crate) fn only<'a>(&'a self, some: &[&'a HeldPolicy]) -> Vec<&'a Document> {
        let others = self.policies.iter().filter(|other| some.iter().all(|policy| policy.name != other.name));
        some.iter()
            .map(|policy| &policy.document)
            .chain(others.filter_map(|other| other.denies.as_ref()))
            .collect()
    }

    fn under_boundary<'a>(&'a self, documents: &[&'a Document]) -> Permissions<'a> {
        let permissions = Permissions::of(documents.iter().copied());
        match &self.boundary {
            Some(boundary) => permissions.limited_by([boundary]),
            None => permissions,
        }
    }

    /// Do these documents break the limit, under the role's boundary?
    pub(crate) fn ask(&self, limit: &Limit<'_>, documents: &[&Document]) -> Verdict {
        let Some(facts) = &self.facts else {
            return Verdict::Undecided { reason: "the partition of the role is unknown".to_owned() };
        };
        let judged: Vec<&Document> = documents.iter().copied().chain(&self.exempt).collect();
        let permissions = self.under_boundary(&judged);
        match limit {
            Limit::Never(action) => {
                verdict(documents, grants::never_allows(&permissions, action, facts, Budget::default()))
            }
            Limit::Administrator => self.ask_administrator(documents, permissions, facts),
            Limit::Escalation => ask_escalation(documents, &permissions, facts),
            Limit::Ceiling(ceiling) => {
                let ceiling = Permissions::of([&ceiling.document]);
                verdict(documents, within::within(&permissions, &ceiling, Budget::default()).answer)
            }
            Limit::DataExposure => {
                let data = permissions.limited_by(self.unnamed_data.as_ref());
                verdict(documents, grants::never_allows(&data, "*", facts, Budget::default()))
            }
        }
    }

    fn ask_administrator(
        &self,
        documents: &[&Document],
        permissions: Permissions<'_>,
        facts: &GrantFacts,
    ) -> Verdict {
        if grants::is_administrator(&permissions, facts, Budget::default()) {
            return Verdict::Present(Evidence {
                witness: "all actions are allowed, but for what can be undone".to_owned(),
                ..Evidence::default()
            });
        }
        let is_held_by_boundary = || {
            self.boundary.as_ref().is_some_and(|boundary| {
                !grants::is_administrator(&Permissions::of([boundary]), facts, Budget::default())
            })
        };
        // Under a boundary, rewriting itself gives a role no more than the boundary allows.
        if !may_rewrite_policies(&permissions) || is_held_by_boundary() {
            return Verdict::Absent;
        }
        let own = permissions.limited_by(self.self_rewrite.as_ref());
        verdict(documents, grants::never_allows(&own, "*", facts, Budget::default()))
    }

    /// Is there a policy, or a boundary, that limits or allows nobody knows what?
    pub(crate) fn is_in_part_unreadable(&self) -> bool {
        !self.unreadable.is_empty() || self.boundary_is_unreadable
    }

    /// What is this role allowed that it was not allowed before? `None` if nothing.
    pub(crate) fn newly_allowed_since(&self, before: &Self) -> Option<String> {
        newly_allowed(&self.under_boundary(&self.whole()), &before.under_boundary(&before.whole()))
    }

    /// What do the new documents allow that the old do not? `None` if nothing.
    pub(crate) fn newly_allowed(&self, new: &[&Document], old: &[&Document]) -> Option<String> {
        newly_allowed(&self.under_boundary(new), &self.under_boundary(old))
    }
}

fn newly_allowed(new: &Permissions<'_>, old: &Permissions<'_>) -> Option<String> {
    objection(within::within(new, old, Budget::default()).answer)
}

/// Might the permissions allow what [`self_rewrite`] is about? Told from the actions alone, which is quick.
fn may_rewrite_policies(permissions: &Permissions<'_>) -> bool {
    let statements =
        permissions.layers.first().into_iter().flatten().flat_map(|document| &document.statements);
    let mut allows = statements.filter(|statement| narrow::may_allow(statement));
    allows.any(|statement| REWRITES.iter().any(|action| statement.covers_action(action)))
}

/// What a role gives itself everything with.
const REWRITES: [&str; 2] = ["iam:PutRolePolicy", "iam:AttachRolePolicy"];

fn ask_escalation(documents: &[&Document], permissions: &Permissions<'_>, facts: &GrantFacts) -> Verdict {
    let grants = grants::grants(permissions, facts, Budget::default());
    match verdict(documents, grants.answer) {
        Verdict::Present(evidence) => Verdict::Present(Evidence {
            path: grants.paths.first().into_iter().flatten().map(|&action| action.to_owned()).collect(),
            ways: grants.paths.len(),
            ..evidence
        }),
        other @ (Verdict::Absent | Verdict::Undecided { .. }) => other,
    }
}

fn verdict(documents: &[&Document], answer: Answer<Witness>) -> Verdict {
    match answer {
        Answer::Proved => Verdict::Absent,
        Answer::Refuted(witness) => {
            Verdict::Present(Evidence { witness: told(&witness, documents), ..Evidence::default() })
        }
        Answer::Unknown(reason) => Verdict::Undecided { reason: reason.to_string() },
    }
}

/// The witness in a sentence, with those circumstances only that some condition looks at.
pub(super) fn told(witness: &Witness, documents: &[&Document]) -> String {
    let request = witness.request();
    let statements = documents.iter().flat_map(|document| &document.statements);
    let keys: Vec<&ConditionKey> =
        statements.flat_map(|statement| &statement.conditions).map(|condition| &condition.key).collect();
    let context: Vec<String> = request
        .context
        .iter()
        .filter(|(key, _)| keys.contains(key))
        .map(|(key, values)| format!("`{key}` is `{}`", values.join("`, `")))
        .collect();
    let on =
        if request.resource == "*" { "any resource".to_owned() } else { format!("`{}`", request.resource) };
    let when = if context.is_empty() { String::new() } else { format!(" when {}", context.join(" and ")) };
    format!("for example `{}` on {on}{when}", request.action)
}

fn inline_policy(policy: &InlinePolicy) -> Result<HeldPolicy, (PolicyRef, String)> {
    held(PolicyRef::Inline { name: policy.name.clone() }, &policy.text, None)
}

fn attached_policy(policy: &AttachedPolicy) -> Result<HeldPolicy, (PolicyRef, String)> {
    held(PolicyRef::Managed { arn: policy.arn.clone() }, &policy.text, Some(policy.version.clone()))
}

fn held(name: PolicyRef, text: &str, version: Option<String>) -> Result<HeldPolicy, (PolicyRef, String)> {
    match Document::read(text) {
        Ok(document) => {
            let denies = narrow::denies(&document);
            Ok(HeldPolicy { name, document, denies, version })
        }
        Err(error) => Err((name, error.to_string())),
    }
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
