//! One request against all policies that concern it.
//!
//! The order is that of the IAM User Guide, "Policy evaluation logic": a Deny that applies wins in any
//! layer; then every level of RCPs and SCPs must allow; then either the resource's policy alone, or the
//! caller's policies within boundary and session policy, or both.

mod statement;

use crate::{
    AccountId, Caller, Covered, Decision, Document, Effect, Evaluation, Layer, Mismatch, Outcome, Principal,
    Reason, Request, Standing, Statement, StatementRef, StatementTrace, Trace, Truth,
};

/// The policies that concern a request. What is not given does not exist: without SCPs nothing limits
/// the account, without a boundary nothing bounds the caller.
#[derive(Debug, Clone, Default)]
pub struct Policies<'a> {
    /// The caller's policies, inline and attached, of its groups too.
    pub identity: Vec<&'a Document>,
    /// The policy of the resource; for `sts:AssumeRole...` the role's trust policy. Without one the caller's
    /// policies decide alone within an account, except for KMS keys.
    pub resource: Option<&'a Document>,
    /// The caller's permissions boundary; empty if it has none.
    pub boundary: Vec<&'a Document>,
    /// The policies passed when the session began; empty if none was. They count as one.
    pub session: Vec<&'a Document>,
    /// Service control policies of the caller's account: one list per level, root first.
    pub scps: Vec<Vec<&'a Document>>,
    /// Resource control policies of the resource's account: one list per level, root first.
    pub rcps: Vec<Vec<&'a Document>>,
}

/// Decides a request.
#[must_use]
pub fn evaluate(request: &Request, policies: &Policies<'_>) -> Evaluation {
    let exempt = is_service_linked(request);
    let governed = governed(&request.principal);
    let mut walk = Walk {
        request,
        bounded: governed && !policies.boundary.is_empty(),
        statements: Vec::with_capacity(policies.statement_count()),
        missing: Vec::new(),
    };
    let standing = standing(request, policies.resource.is_some());

    let identity = walk.layer(Layer::Identity, &policies.identity, governed);
    let boundary = walk.limit(Layer::Boundary, &policies.boundary, governed);
    let session = walk.limit(Layer::Session, &policies.session, governed);
    let scps = walk.levels(&policies.scps, Layer::Scp, governed && !exempt);
    let rcps = walk.levels(&policies.rcps, Layer::Rcp, !exempt);
    let resource = walk.layer(Layer::Resource, policies.resource.as_slice(), true);

    let own =
        own_permission(request, identity.allow.at_all()) & boundary.allow.at_all() & session.allow.at_all();
    let granted = match standing {
        Standing::NoAccount => resource.allow.at_all(),
        Standing::CrossAccount => own & resource.allow.at_all(),
        Standing::SameAccount => own | by_resource(&resource, &boundary, &session),
        Standing::SameAccountGuarded => {
            own & resource.allow.by_account | by_resource(&resource, &boundary, &session)
        }
    };
    let allowed = granted & scps.allow.at_all() & rcps.allow.at_all();
    let layers = [&identity, &boundary, &session, &scps, &rcps, &resource];
    let denied = Truth::any(layers.map(|layer| layer.deny));
    let decision = if is_always_allowed(request) {
        Decision::Allowed
    } else {
        decide(denied, allowed, &walk.statements)
    };
    if decision == Decision::ImplicitlyDenied {
        walk.missing(standing, granted, own_permission(request, identity.allow.at_all()), &resource);
    } else {
        walk.missing.clear();
    }
    Evaluation { decision, trace: Trace { statements: walk.statements, missing: walk.missing, standing } }
}

fn decide(denied: Truth, allowed: Truth, statements: &[StatementTrace]) -> Decision {
    match (denied, allowed) {
        (Truth::True, _) => Decision::ExplicitlyDenied,
        (Truth::False | Truth::Unknown, Truth::False) => Decision::ImplicitlyDenied,
        (Truth::False, Truth::True) => Decision::Allowed,
        (Truth::Unknown, Truth::Unknown | Truth::True) | (Truth::False, Truth::Unknown) => {
            let in_doubt = statements.iter().find_map(|entry| match entry.outcome {
                Outcome::Perhaps(doubt) => Some(Reason { statement: entry.statement, doubt }),
                Outcome::Applies | Outcome::Delegates | Outcome::Not(_) => None,
            });
            // Doubt comes from some statement; without one there is nothing that allows.
            in_doubt.map_or(Decision::ImplicitlyDenied, Decision::Undecided)
        }
    }
}

/// What the policy of a resource grants within its account, without the caller's own policies.
///
/// A grant to the session, to the user or to everyone is not limited by an implicit deny of a boundary
/// or session policy; a grant to the role is (IAM User Guide, "Resource-based policies and implicit
/// denies in other policy types").
fn by_resource(resource: &Verdict, boundary: &Verdict, session: &Verdict) -> Truth {
    resource.allow.directly | resource.allow.by_role & boundary.allow.at_all() & session.allow.at_all()
}

/// The root user needs no policy to act in its account's name.
fn own_permission(request: &Request, identity: Truth) -> Truth {
    match &request.principal {
        Caller::Known(Principal::Account { .. }) => Truth::True,
        Caller::Known(_) | Caller::Anonymous => identity,
    }
}

/// Whether the caller has an account whose policies govern it.
const fn governed(caller: &Caller) -> bool {
    match caller {
        Caller::Known(principal) => principal.is_in_account(),
        Caller::Anonymous => false,
    }
}

/// Without any word on who owns the resource, the caller's account does; a caller of whom only the unique
/// id is known is taken for one of the owner's.
fn standing(request: &Request, has_resource_policy: bool) -> Standing {
    let Caller::Known(caller) = &request.principal else { return Standing::NoAccount };
    if !caller.is_in_account() {
        return Standing::NoAccount;
    }
    let owner: Option<AccountId> = request.resource_account().filter(|_| caller.account().is_some());
    if owner.is_some_and(|owner| caller.account() != Some(owner)) {
        Standing::CrossAccount
    } else if is_key_use(request) || (has_resource_policy && assumes_role(request)) {
        Standing::SameAccountGuarded
    } else {
        Standing::SameAccount
    }
}

/// Whether a KMS key is used. Its policy must allow in any case; without one nobody may use it (KMS Developer
/// Guide, "Key policies").
fn is_key_use(request: &Request) -> bool {
    names(request, "kms:")
        && crate::Arn::parse(&request.resource)
            .is_some_and(|arn| arn.service == "kms" && arn.resource.starts_with("key/"))
}

/// Whether a role is assumed. Its trust policy must allow too. Every role has one, so if none is given the
/// question is what the caller's policies say alone, as in the IAM policy simulator.
fn assumes_role(request: &Request) -> bool {
    let assumes = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"];
    assumes.iter().any(|prefix| names(request, prefix)) && !names(request, "sts:AssumeRoot")
}

/// Whether the action begins with `prefix`, in any case.
fn names(request: &Request, prefix: &str) -> bool {
    request.action.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Whoever has credentials may ask whose they are, and no Deny keeps it from them (STS API reference,
/// `GetCallerIdentity`).
fn is_always_allowed(request: &Request) -> bool {
    request.principal != Caller::Anonymous && request.action.eq_ignore_ascii_case("sts:GetCallerIdentity")
}

/// SCPs and RCPs do not restrict service-linked roles (AWS Organizations User Guide).
fn is_service_linked(request: &Request) -> bool {
    match &request.principal {
        Caller::Known(Principal::Role { path, .. }) => path.starts_with("/aws-service-role/"),
        Caller::Known(Principal::Session { role, .. }) => role.starts_with("AWSServiceRoleFor"),
        Caller::Known(_) | Caller::Anonymous => false,
    }
}

impl<'a> Policies<'a> {
    /// The document that a trace speaks of.
    #[must_use]
    pub fn document(&self, layer: Layer, policy: usize) -> Option<&'a Document> {
        match layer {
            Layer::Identity => self.identity.get(policy).copied(),
            Layer::Resource => self.resource,
            Layer::Boundary => self.boundary.get(policy).copied(),
            Layer::Session => self.session.get(policy).copied(),
            Layer::Scp(level) => self.scps.get(level)?.get(policy).copied(),
            Layer::Rcp(level) => self.rcps.get(level)?.get(policy).copied(),
        }
    }

    /// The statement that a trace speaks of.
    #[must_use]
    pub fn statement(&self, place: StatementRef) -> Option<&'a Statement> {
        self.document(place.layer, place.policy)?.statements.get(place.statement)
    }
}

impl Policies<'_> {
    fn statement_count(&self) -> usize {
        let flat = [&self.identity, &self.boundary, &self.session].into_iter();
        let lists = flat.chain(&self.scps).chain(&self.rcps);
        lists.flatten().chain(&self.resource).map(|document| document.statements.len()).sum()
    }
}

/// What one layer says.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    allow: Covered,
    deny: Truth,
}

/// What a layer says that is not there.
const OPEN: Verdict = Verdict { allow: Covered::DIRECTLY, deny: Truth::False };

fn allows(document: &Document) -> bool {
    document.statements.iter().any(|statement| statement.effect != Effect::Deny)
}

/// The walk through all statements, with its record.
struct Walk<'a> {
    request: &'a Request,
    /// Whether the caller has a permissions boundary.
    bounded: bool,
    statements: Vec<StatementTrace>,
    missing: Vec<Layer>,
}

impl Walk<'_> {
    /// A layer that only limits: where it is absent, it limits nothing.
    fn limit(&mut self, layer: Layer, documents: &[&Document], applies: bool) -> Verdict {
        let verdict = self.layer(layer, documents, applies);
        if documents.is_empty() || !applies {
            return OPEN;
        }
        self.note_missing(layer, verdict)
    }

    /// Levels of an organization: each must allow, any may deny.
    ///
    /// A level of RCPs without any Allow still has `RCPFullAWSAccess`, which cannot be detached
    /// (Organizations User Guide, "RCP evaluation").
    fn levels(&mut self, levels: &[Vec<&Document>], layer: fn(usize) -> Layer, applies: bool) -> Verdict {
        let mut all = OPEN;
        for (index, documents) in levels.iter().enumerate() {
            let layer = layer(index);
            let mut verdict = self.layer(layer, documents, applies);
            if applies {
                if matches!(layer, Layer::Rcp(_)) && !documents.iter().any(|document| allows(document)) {
                    verdict.allow = Covered::DIRECTLY;
                }
                let verdict = self.note_missing(layer, verdict);
                all = Verdict { allow: all.allow.and(verdict.allow.at_all()), deny: all.deny | verdict.deny };
            }
        }
        all
    }

    fn note_missing(&mut self, layer: Layer, verdict: Verdict) -> Verdict {
        if verdict.allow.at_all() == Truth::False {
            self.missing.push(layer);
        }
        verdict
    }

    fn layer(&mut self, layer: Layer, documents: &[&Document], applies: bool) -> Verdict {
        let mut verdict = Verdict { allow: Covered::NOT, deny: Truth::False };
        for (policy, document) in documents.iter().enumerate() {
            for (index, statement) in document.statements.iter().enumerate() {
                let (covered, outcome) = if applies {
                    statement::judge(statement, layer, self.request, self.bounded)
                } else {
                    (Covered::NOT, Outcome::Not(Mismatch::Layer))
                };
                match statement.effect {
                    Effect::Allow => verdict.allow = verdict.allow.or(covered),
                    Effect::Deny => verdict.deny = verdict.deny | covered.at_all(),
                    Effect::Unreadable => {
                        verdict.allow = verdict.allow.or(covered.and(Truth::Unknown));
                        verdict.deny = verdict.deny | (covered.at_all() & Truth::Unknown);
                    }
                }
                let statement_ref = StatementRef { layer, policy, statement: index };
                self.statements.push(StatementTrace {
                    statement: statement_ref,
                    effect: statement.effect,
                    outcome,
                });
            }
        }
        verdict
    }

    /// Adds the layers that had to grant and did not to those that had to agree and did not.
    fn missing(&mut self, standing: Standing, granted: Truth, own: Truth, resource: &Verdict) {
        let resource_needed = match standing {
            Standing::CrossAccount | Standing::NoAccount | Standing::SameAccountGuarded => true,
            Standing::SameAccount => false,
        };
        let limits = std::mem::take(&mut self.missing);
        if granted == Truth::False && own == Truth::False && standing != Standing::NoAccount {
            self.missing.push(Layer::Identity);
        }
        if granted == Truth::False && resource_needed && resource.allow.at_all() == Truth::False {
            self.missing.push(Layer::Resource);
        }
        self.missing.extend(limits);
    }
}
