//! Limits that several statements, and several policies, can break together: everything allowed, or a way to more
//! permissions.

use policy::Document;
use policy::analyse::grants::{Capabilities, GrantFacts, Reach};
use policy::analyse::within::{Permissions, Place};
use policy::analyse::{Answer, Budget, Witness};

use super::held::{Group, Held};
use super::known::{self, Deciding, KnownPolicy};
use super::limit::Limit;
use super::requests::worst;
use super::verdict::{Alone, Shown, Verdict};
use crate::known::{About, Asked};
use crate::repair::narrow;

impl Held<'_> {
    /// Do these policies open a way together? `limit` is one of the two that ask for ways.
    pub(super) fn ask_ways(&self, limit: &Limit<'_>, group: &Group<'_>, facts: &GrantFacts) -> Verdict {
        if is_out_of_reach(limit, group) {
            return Verdict::Absent;
        }
        Verdict::of_ways(
            self.with_compiled(limit, group, facts, |compiled| compiled.ask()),
            &group.documents(),
        )
    }

    /// The same of one policy with everything that limits it, and which of its statements are at fault.
    pub(super) fn ask_ways_alone(
        &self,
        limit: &Limit<'_>,
        policy: &KnownPolicy,
        denies: &[&Document],
        facts: &GrantFacts,
    ) -> Alone {
        let group = Group { policies: vec![policy], denies: denies.to_vec() };
        if is_out_of_reach(limit, &group) {
            return Alone { verdict: Verdict::Absent, statements: Vec::new() };
        }
        let deciding = if *limit == Limit::Escalation { policy.deciding() } else { None };
        let (policy, places) = match deciding {
            Some(Deciding { policy, places }) => (&**policy, Some(places)),
            None => (policy, None),
        };
        let asked = Group { policies: vec![policy], denies: denies.to_vec() };
        let (verdict, mut statements) = self.ask_once(limit, &asked, &group.documents(), facts);
        if let Some(places) = places {
            statements = statements.iter().filter_map(|at| places.get(*at).copied()).collect();
        }
        Alone { verdict, statements }
    }

    /// Where nothing of what is asked about makes a difference between roles, the answer is the same for all of them,
    /// and is found out once. It is told of the conditions in `told_of`.
    fn ask_once(
        &self,
        limit: &Limit<'_>,
        group: &Group<'_>,
        told_of: &[&Document],
        facts: &GrantFacts,
    ) -> (Verdict, Vec<usize>) {
        let find = |facts: &GrantFacts| self.with_compiled(limit, group, facts, |compiled| compiled.alone());
        let told = |(shown, statements): (Shown, _)| (Verdict::of_ways(shown, told_of), statements);
        let some_role = some_role(facts);
        let Some((asked, own)) = self.without_a_role(limit, group, facts, &some_role) else {
            return told(find(facts));
        };
        let of_some_role = || find(&GrantFacts { self_arn: Some(some_role.clone()), ..facts.clone() });
        let (verdict, statements) = told(self.rules.known().way(asked, of_some_role));
        if verdict.mentions(own) {
            return told(find(facts));
        }
        (verdict.told_of(&some_role, own), statements)
    }

    /// What is asked, if it is the same for `some_role`, and the role that it is asked of.
    fn without_a_role<'f>(
        &self,
        limit: &Limit<'_>,
        group: &Group<'_>,
        facts: &'f GrantFacts,
        some_role: &str,
    ) -> Option<(Asked, &'f str)> {
        let ([policy], Some(own), None) = (group.policies.as_slice(), &facts.self_arn, &self.exempt) else {
            return None;
        };
        let boundary = self.boundary.as_ref().map(|boundary| &boundary.document);
        let mut documents = group.documents().into_iter().chain(boundary);
        if documents.any(|one| known::tells_apart(one, own, some_role)) {
            return None;
        }
        let about = if *limit == Limit::Administrator { About::Everything } else { About::More };
        Some((Asked::of(about, &policy.document, &group.denies, boundary), own))
    }

    fn with_compiled<T>(
        &self,
        limit: &Limit<'_>,
        group: &Group<'_>,
        facts: &GrantFacts,
        ask: impl FnOnce(&mut Compiled<'_, '_>) -> T,
    ) -> T {
        let documents = group.documents();
        let judged: Vec<&Document> = documents.iter().copied().chain(&self.exempt).collect();
        let permissions = self.under_boundary(&judged);
        let may_rewrite =
            *limit == Limit::Administrator && group.policies.iter().any(|policy| policy.may_rewrite);
        let own = facts.self_arn.as_deref().filter(|_| may_rewrite);
        let self_rewrite = own.and_then(|own| Document::read(self_rewrite(own)).ok());
        let rewriting = self_rewrite.iter().map(|own| permissions.clone().limited_by([own])).next();
        ask(&mut Compiled {
            limit,
            document: documents.first().copied(),
            capabilities: Capabilities::new(&permissions, facts),
            rewriting: rewriting.as_ref().map(|rewriting| Capabilities::new(rewriting, facts)),
            boundary: self.boundary.as_ref().map(|boundary| &boundary.document),
            may_rewrite,
            facts,
        })
    }
}

/// Can the policies not break the limit, as their actions alone tell?
fn is_out_of_reach(limit: &Limit<'_>, group: &Group<'_>) -> bool {
    let reaches = || group.policies.iter().map(|policy| policy.reach);
    match limit {
        Limit::Administrator => {
            let is_all = group.policies.iter().any(|policy| policy.is_broad) && Reach::opens_all(reaches());
            !is_all && !group.policies.iter().any(|policy| policy.may_rewrite)
        }
        Limit::Escalation => Reach::opens_nothing(reaches()),
        Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => false,
    }
}

/// The ARN of no role in particular.
fn some_role(facts: &GrantFacts) -> String {
    format!("arn:{}:iam::{}:role/rescind-some-role", facts.partition, facts.account)
}

/// Policies that are asked, compiled once.
struct Compiled<'q, 'd> {
    limit: &'q Limit<'q>,
    /// The first of them.
    document: Option<&'d Document>,
    capabilities: Capabilities<'q>,
    /// The same, but for the requests by which the role rewrites its own permissions.
    rewriting: Option<Capabilities<'q>>,
    /// Might one of the statements that count allow to rewrite the policies of a role?
    may_rewrite: bool,
    facts: &'q GrantFacts,
    boundary: Option<&'q Document>,
}

impl Compiled<'_, '_> {
    /// The statements of the first document that are at fault: those that are so alone, and a smallest set of
    /// those that are so together.
    fn alone(&mut self) -> (Shown, Vec<usize>) {
        let shown = self.ask();
        let Some(document) = self.document.filter(|_| shown.answer.witness().is_some()) else {
            return (shown, Vec::new());
        };
        let allowing: Vec<usize> = narrow::allowing(document).collect();
        let mut is_broken = |some: &[usize]| {
            let counts = |place: Place| place.document == 0 && some.contains(&place.statement);
            self.capabilities.consider(counts);
            self.rewriting.iter_mut().for_each(|rewriting| rewriting.consider(counts));
            self.may_rewrite = known::may_rewrite(document, |statement| some.contains(&statement));
            match self.limit {
                Limit::Escalation => self.capabilities.open_a_way(Budget::default()),
                Limit::Administrator | Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => {
                    self.ask().answer.witness().is_some()
                }
            }
        };
        let mut statements = narrow::guilty_among(&allowing, &mut is_broken);
        statements.extend(narrow::together(&allowing, &mut is_broken));
        statements.sort_unstable();
        statements.dedup();
        (shown, statements)
    }

    fn ask(&mut self) -> Shown {
        match self.limit {
            Limit::Administrator => Shown { answer: self.administrator(), ..Shown::default() },
            Limit::Escalation => self.escalation(),
            Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => Shown::default(),
        }
    }

    fn administrator(&mut self) -> Answer<Witness> {
        if let Some(witness) = self.capabilities.are_an_administrators(Budget::default()) {
            return Answer::Refuted(witness);
        }
        let doubt = self.capabilities.may_be_an_administrators(Budget::default());
        let plain = doubt.map_or(Answer::Proved, Answer::Unknown);
        // Under a boundary, rewriting itself gives a role no more than the boundary allows.
        let is_held = self.boundary.is_some_and(|boundary| {
            let boundary = Permissions::of([boundary]);
            Capabilities::new(&boundary, self.facts).are_an_administrators(Budget::default()).is_none()
        });
        match self.rewriting.as_mut().filter(|_| self.may_rewrite && !is_held) {
            Some(rewriting) => worst([plain, rewriting.never_allow("*", Budget::default())]),
            None => plain,
        }
    }

    fn escalation(&mut self) -> Shown {
        let grants = self.capabilities.grants(Budget::default());
        let path =
            grants.paths.first().copied().into_iter().flatten().map(|&action| action.to_owned()).collect();
        Shown { answer: grants.answer, path, ways: grants.paths.len() }
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
