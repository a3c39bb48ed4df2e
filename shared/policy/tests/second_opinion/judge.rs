//! Whether a request contradicts a proof. The judge is the plain evaluator, the facts, and the table of the
//! impossible; nothing of the solver.

use rescind_policy::{
    AnyoneForm, Caller, Document, Effect, Element, Outcome, Partition, Policies, Principal, Request,
    Statement, Truth,
    analyse::{
        Answer, Budget, Witness,
        assume::{Assumable, Origin, TrustFacts, admits_nobody_new, keeps_the_allowed, who_can_assume},
        grants::{GrantFacts, grants, is_administrator, never_allows},
        within::{Permissions, Place, each_within},
    },
    evaluate, relation,
};
use serde_json::Value;

use crate::{
    facts::{self, account},
    impossible::{self, Asked},
    ways,
};

/// What is claimed of some documents.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// The trust policy: who can assume the role?
    Assume(TrustFacts),
    /// Two trust policies: does the first admit nobody whom the second does not?
    NobodyNew(TrustFacts),
    /// Two trust policies: does the first keep everybody allowed whom the second admits?
    Keeps(TrustFacts),
    /// Permissions and a ceiling.
    Within,
    /// Permissions, perhaps with a boundary: is the action never allowed?
    Never(GrantFacts, String),
    /// The same: is no way to more open?
    Grants(GrantFacts),
    /// The same: is this an administrator?
    Administrator(GrantFacts),
}

/// A question about documents.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) question: Question,
    pub(crate) documents: Vec<Value>,
}

/// What the solver says.
#[derive(Debug)]
pub(crate) enum Claim {
    Assumable(Assumable),
    Answer(Answer<Witness>),
    Each(Vec<(Place, Answer<Witness>)>),
    Administrator(bool),
}

impl Question {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Assume(_) => "who_can_assume",
            Self::NobodyNew(_) => "admits_nobody_new",
            Self::Keeps(_) => "keeps_the_allowed",
            Self::Within => "within",
            Self::Never(..) => "never_allows",
            Self::Grants(_) => "grants",
            Self::Administrator(_) => "is_administrator",
        }
    }

    pub(crate) const fn trust(&self) -> Option<&TrustFacts> {
        match self {
            Self::Assume(facts) | Self::NobodyNew(facts) | Self::Keeps(facts) => Some(facts),
            Self::Within | Self::Never(..) | Self::Grants(_) | Self::Administrator(_) => None,
        }
    }

    pub(crate) fn org_id(&self) -> Option<&str> {
        match self {
            Self::Assume(facts) | Self::NobodyNew(facts) | Self::Keeps(facts) => facts.org_id.as_deref(),
            Self::Never(facts, _) | Self::Grants(facts) | Self::Administrator(facts) => {
                facts.org_id.as_deref()
            }
            Self::Within => None,
        }
    }
}

impl Claim {
    /// How many things it proves.
    pub(crate) fn proofs(&self) -> usize {
        match self {
            Self::Assumable(found) => usize::from(found.answer.is_proved()),
            Self::Answer(answer) => usize::from(answer.is_proved()),
            Self::Each(all) => all.iter().filter(|(_, answer)| answer.is_proved()).count(),
            Self::Administrator(is_one) => usize::from(!is_one),
        }
    }

    pub(crate) fn witnesses(&self) -> Vec<&Witness> {
        match self {
            Self::Assumable(found) => found.answer.witness().into_iter().collect(),
            Self::Answer(answer) => answer.witness().into_iter().collect(),
            Self::Each(all) => all.iter().filter_map(|(_, answer)| answer.witness()).collect(),
            Self::Administrator(_) => Vec::new(),
        }
    }
}

pub(crate) fn read(case: &Case) -> Option<Vec<Document>> {
    case.documents.iter().map(|value| Document::read(value.to_string()).ok()).collect()
}

/// Asks the solver.
pub(crate) fn claim(question: &Question, documents: &[Document]) -> Claim {
    let budget = Budget::default();
    match (question, documents) {
        (Question::Assume(facts), [trust, ..]) => Claim::Assumable(who_can_assume(trust, facts, budget)),
        (Question::NobodyNew(facts), [new, old, ..]) => {
            Claim::Answer(admits_nobody_new(new, old, facts, budget))
        }
        (Question::Keeps(facts), [new, old, ..]) => Claim::Answer(keeps_the_allowed(new, old, facts, budget)),
        (Question::Within, [policy, ceiling, more @ ..]) => {
            let policies = limited(policy, more);
            Claim::Each(each_within(&policies, &Permissions::of([ceiling]), &|_| true, budget))
        }
        (Question::Never(facts, action), [policy, more @ ..]) => {
            Claim::Answer(never_allows(&limited(policy, more), action, facts, budget))
        }
        (Question::Grants(facts), [policy, more @ ..]) => {
            Claim::Answer(grants(&limited(policy, more), facts, budget).answer)
        }
        (Question::Administrator(facts), [policy, more @ ..]) => {
            Claim::Administrator(is_administrator(&limited(policy, more), facts, budget))
        }
        (_, _) => Claim::Administrator(true),
    }
}

fn limited<'a>(policy: &'a Document, boundaries: &'a [Document]) -> Permissions<'a> {
    boundaries.iter().fold(Permissions::of([policy]), |all, boundary| all.limited_by([boundary]))
}

/// Whether the request shows that the claim is wrong; then in what.
pub(crate) fn contradicts(
    question: &Question,
    documents: &[Document],
    claim: &Claim,
    request: &Request,
) -> Option<String> {
    if hinges_on_several_values(documents, request) || !is_possible(question, documents, request) {
        return None;
    }
    match (question, claim, documents) {
        (Question::Assume(facts), Claim::Assumable(found), [trust, ..]) => {
            let admitted = Admitted::by(trust, request);
            if !admitted.certainly() {
                return None;
            }
            let reach = facts::reach(request, facts, trust);
            if found.reach < reach {
                return Some(format!("the reach is {}, and {reach} comes in", found.reach));
            }
            if facts::is_allowed(request, facts, &[trust]) {
                return None;
            }
            let innocent = admitted.allows.iter().find(|at| !found.guilty.contains(at))?;
            Some(format!("statement {innocent} admits an outsider and is called innocent"))
        }
        (Question::NobodyNew(_), Claim::Answer(Answer::Proved), [new, old, ..]) => {
            let wrong = Admitted::by(new, request).certainly() && Admitted::by(old, request).certainly_not();
            wrong.then(|| "somebody new is admitted".to_owned())
        }
        (Question::Keeps(facts), Claim::Answer(Answer::Proved), [new, old, ..]) => {
            let wrong = facts::is_allowed(request, facts, &[new, old])
                && !is_named_outsider(request, facts, documents)
                && Admitted::by(old, request).certainly()
                && Admitted::by(new, request).certainly_not();
            wrong.then(|| "somebody of the allowed is locked out".to_owned())
        }
        (Question::Within, Claim::Each(all), [policy, ceiling, more @ ..]) => {
            let applied = applying(policy, request);
            let outside = permitted(policy, request) == Truth::True
                && more.iter().all(|limit| permitted(limit, request) == Truth::True)
                && permitted(ceiling, request) == Truth::False;
            let proved =
                |at: &&usize| all.iter().any(|(place, answer)| place.statement == **at && answer.is_proved());
            let innocent = applied.iter().find(proved).filter(|_| outside)?;
            Some(format!("statement {innocent} exceeds the ceiling"))
        }
        (Question::Never(_, glob), Claim::Answer(Answer::Proved), all) => {
            let asked = rescind_policy::Glob::new(glob.as_str()).matches_ignoring_case(&request.action);
            let wrong = asked && all.iter().all(|one| permitted(one, request) == Truth::True);
            wrong.then(|| format!("`{}` is allowed", request.action))
        }
        (Question::Grants(facts), Claim::Answer(Answer::Proved), all) => {
            let may = |request: &Request| all.iter().all(|one| permitted(one, request) == Truth::True);
            ways::open(request, facts, &may).map(|way| format!("{} is open", way.join(" + ")))
        }
        (Question::Administrator(facts), Claim::Administrator(false), all) => {
            let may = |request: &Request| all.iter().all(|one| permitted(one, request) == Truth::True);
            ways::everything(request, facts, &may).then(|| "everything is allowed".to_owned())
        }
        (_, _, _) => None,
    }
}

/// What is wrong with a witness, if it shows nothing.
pub(crate) fn faulty_witness(
    question: &Question,
    documents: &[Document],
    witness: &Witness,
) -> Option<String> {
    let mut request = witness.request().clone();
    if question.trust().is_none() {
        request.principal = Caller::parse(facts::SELF).unwrap();
    }
    let request = &request;
    let all = |documents: &[Document]| documents.iter().all(|one| permitted(one, request) != Truth::False);
    let shown = match (question, documents) {
        (Question::Assume(facts), [trust, ..]) => {
            !Admitted::by(trust, request).certainly_not() && !facts::is_allowed(request, facts, &[trust])
        }
        (Question::NobodyNew(_), [new, old, ..]) => {
            !Admitted::by(new, request).certainly_not() && !Admitted::by(old, request).certainly()
        }
        (Question::Keeps(facts), [new, old, ..]) => {
            facts::is_allowed(request, facts, &[new, old])
                && !Admitted::by(old, request).certainly_not()
                && !Admitted::by(new, request).certainly()
        }
        (Question::Within, [policy, ceiling, more @ ..]) => {
            permitted(policy, request) != Truth::False
                && all(more)
                && permitted(ceiling, request) != Truth::True
        }
        (Question::Never(..) | Question::Grants(_), documents) => all(documents),
        (_, _) => true,
    };
    (!shown).then(|| "the witness shows nothing".to_owned())
}

pub(crate) fn is_possible(question: &Question, documents: &[Document], request: &Request) -> bool {
    why_impossible(question, documents, request).is_none()
}

pub(crate) fn why_impossible(
    question: &Question,
    documents: &[Document],
    request: &Request,
) -> Option<&'static impossible::Row> {
    let stored = question.trust().is_some_and(|facts| facts.document_origin == Origin::Stored);
    let statements = documents.iter().flat_map(|document| &document.statements);
    let named: Vec<&Principal> = statements
        .flat_map(|s| s.principal.iter().flat_map(Element::entries))
        .map(|entry| &entry.principal)
        .collect();
    impossible::why(&Asked {
        request,
        own: account(facts::OWN),
        partition: question.trust().map_or(&Partition::Aws, |facts| &facts.partition),
        org_id: question.org_id(),
        assumes: question.trust().is_some(),
        named: &named,
        stored,
    })
}

/// Whether some statement asks a key plainly, or by a variable, of which the request has several values. No page
/// says what comes of that.
fn hinges_on_several_values(documents: &[Document], request: &Request) -> bool {
    let several =
        |key: &rescind_policy::ConditionKey| request.context.get(key).is_some_and(|values| values.len() > 1);
    documents.iter().flat_map(|d| &d.statements).any(|statement| {
        let plain = statement.conditions.iter().any(|one| {
            one.operator.quantifier.is_none()
                && one.operator.test != rescind_policy::Test::Null
                && several(&one.key)
        });
        let values = statement
            .conditions
            .iter()
            .flat_map(|one| &one.values)
            .filter_map(|value| value.template.as_ref());
        let resources =
            statement.resource.iter().flat_map(Element::entries).filter_map(|entry| entry.template.as_ref());
        plain
            || values.chain(resources).flat_map(|template| &template.parts).any(|part| match part {
                rescind_policy::Part::Variable(variable) => several(&variable.key),
                rescind_policy::Part::Text(_) | rescind_policy::Part::Escaped(_) => false,
            })
    })
}

/// How a trust policy stands to a request to assume the role.
struct Admitted {
    /// The Allow statements that certainly apply.
    allows: Vec<usize>,
    allow: Truth,
    deny: Truth,
}

impl Admitted {
    fn by(trust: &Document, request: &Request) -> Self {
        let policies = Policies { resource: Some(trust), ..Policies::default() };
        let mut admitted = Self { allows: Vec::new(), allow: Truth::False, deny: Truth::False };
        for entry in &evaluate(request, &policies).trace.statements {
            let at = entry.statement.statement;
            let Some(statement) = trust.statements.get(at) else { continue };
            let applies = match entry.outcome {
                Outcome::Applies | Outcome::Delegates => Truth::True,
                Outcome::Perhaps(_) => Truth::Unknown,
                Outcome::Not(_) => Truth::False,
            };
            let applies = reaches(statement, request, applies);
            match entry.effect {
                Effect::Allow => {
                    admitted.allow = admitted.allow.max(applies);
                    if applies == Truth::True {
                        admitted.allows.push(at);
                    }
                }
                Effect::Deny => admitted.deny = admitted.deny.max(applies),
                Effect::Unreadable => {
                    admitted.allow = admitted.allow.max(applies.min(Truth::Unknown));
                    admitted.deny = admitted.deny.max(applies.min(Truth::Unknown));
                }
            }
        }
        admitted
    }

    fn certainly(&self) -> bool {
        self.allow == Truth::True && self.deny == Truth::False
    }

    fn certainly_not(&self) -> bool {
        self.allow == Truth::False || self.deny == Truth::True
    }
}

/// Whether the statement speaks of callers of this kind at all. Of `{"AWS": "*"}` no page says whether services are
/// meant, and whether an Allow means callers with a token; a Deny does not (IAM User Guide, "Control access to AWS
/// STS with VPC endpoint policies"). `NotPrincipal` is refused in trust policies, so nobody knows what it would do.
fn reaches(statement: &Statement, request: &Request, applies: Truth) -> Truth {
    let Caller::Known(caller) = &request.principal else { return applies };
    let entries = match &statement.principal {
        Some(Element::Only(entries)) => entries,
        Some(Element::AllBut(_)) | None => return Truth::Unknown,
    };
    if caller.is_in_account() {
        return applies;
    }
    let plainly = entries.iter().any(|entry| {
        entry.principal != Principal::Anyone(AnyoneForm::Aws)
            && relation(&entry.principal, &request.principal, &request.context).at_all() == Truth::True
    });
    match (plainly, caller) {
        (true, _) => applies,
        (false, Principal::Oidc { .. } | Principal::Saml { .. }) if statement.effect == Effect::Deny => {
            Truth::False
        }
        (false, _) => applies.min(Truth::Unknown),
    }
}

/// Whether policies of one layer allow the request and none of them denies it.
fn permitted(document: &Document, request: &Request) -> Truth {
    let policies = Policies { identity: vec![document], ..Policies::default() };
    let evaluation = evaluate(request, &policies);
    let (mut allow, mut deny) = (Truth::False, Truth::False);
    for entry in &evaluation.trace.statements {
        let applies = match entry.outcome {
            Outcome::Applies | Outcome::Delegates => Truth::True,
            Outcome::Perhaps(_) => Truth::Unknown,
            Outcome::Not(_) => Truth::False,
        };
        match entry.effect {
            Effect::Allow => allow = allow.max(applies),
            Effect::Deny => deny = deny.max(applies),
            Effect::Unreadable => {
                allow = allow.max(applies.min(Truth::Unknown));
                deny = deny.max(applies.min(Truth::Unknown));
            }
        }
    }
    allow.min(!deny)
}

/// The Allow statements that apply.
fn applying(document: &Document, request: &Request) -> Vec<usize> {
    let policies = Policies { identity: vec![document], ..Policies::default() };
    let statements = evaluate(request, &policies).trace.statements;
    let applies =
        statements.iter().filter(|one| one.effect == Effect::Allow && one.outcome == Outcome::Applies);
    applies.map(|one| one.statement.statement).collect()
}

/// Whether the caller is of an account that the documents name and the facts do not: what such a one may keep is
/// settled by whether its statement stays.
fn is_named_outsider(request: &Request, facts: &TrustFacts, documents: &[Document]) -> bool {
    let Caller::Known(principal) = &request.principal else { return false };
    let Some(account) = principal.account() else { return false };
    let allowed = account == facts.account
        || facts.trusted_accounts.contains(&account)
        || facts.vendors.iter().any(|vendor| vendor.account == account);
    !allowed && documents.iter().any(|document| document.text.contains(&account.to_string()))
}
