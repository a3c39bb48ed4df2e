//! Limits that several statements, and several policies, can break together: everything allowed, or a way to more
//! permissions.

use policy::Document;
use policy::analyse::Budget;
use policy::analyse::grants::{Capabilities, GrantFacts, Reach};
use policy::analyse::within::{Permissions, Place};

use super::held::{Group, Held};
use super::known;
use super::limit::Limit;
use super::verdict::{Alone, Evidence, Verdict};
use crate::repair::narrow;

impl Held<'_> {
    /// Do these policies open a way together? `limit` is one of the two that ask for ways.
    pub(super) fn ask_ways(&self, limit: &Limit<'_>, group: &Group<'_>, facts: &GrantFacts) -> Verdict {
        if is_out_of_reach(limit, group) {
            return Verdict::Absent;
        }
        match limit {
            Limit::Administrator => self.with_asked(group, facts, |asked| asked.administrator()),
            Limit::Escalation => self.with_asked(group, facts, |asked| asked.escalation()),
            Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => Verdict::Absent,
        }
    }

    /// The same of one policy with everything that limits it, and which of its statements are at fault.
    ///
    /// Where nothing limits the policy, and it makes no difference between roles, the answer is the same for all
    /// who hold it, and is found out once.
    pub(super) fn ask_ways_alone(&self, limit: &Limit<'_>, group: &Group<'_>, facts: &GrantFacts) -> Alone {
        let find = |facts: &GrantFacts| {
            if is_out_of_reach(limit, group) {
                return Alone { verdict: Verdict::Absent, statements: Vec::new() };
            }
            self.with_asked(group, facts, |asked| asked.alone(limit))
        };
        let [policy] = group.policies.as_slice() else { return find(facts) };
        let is_unlimited = group.denies.is_empty() && self.is_unlimited();
        match facts.self_arn.as_deref().filter(|_| is_unlimited) {
            Some(own) => {
                let some_role = some_role(facts);
                if policy.tells_apart(own, &some_role) {
                    return find(facts);
                }
                let alone = policy
                    .ways(limit, || find(&GrantFacts { self_arn: Some(some_role.clone()), ..facts.clone() }));
                if alone.verdict.mentions(own) { find(facts) } else { alone.told_of(&some_role, own) }
            }
            None => find(facts),
        }
    }

    fn with_asked<T>(
        &self,
        group: &Group<'_>,
        facts: &GrantFacts,
        ask: impl FnOnce(&mut Asked<'_, '_>) -> T,
    ) -> T {
        let documents = group.documents();
        let judged: Vec<&Document> = documents.iter().copied().chain(&self.exempt).collect();
        let permissions = self.under_boundary(&judged);
        let may_rewrite = group.policies.iter().any(|policy| policy.may_rewrite);
        let own = facts.self_arn.as_deref().filter(|_| may_rewrite);
        let self_rewrite = own.and_then(|own| Document::read(self_rewrite(own)).ok());
        let rewriting = self_rewrite.iter().map(|own| permissions.clone().limited_by([own])).next();
        ask(&mut Asked {
            documents: &documents,
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
    match limit {
        Limit::Administrator => !group.policies.iter().any(|policy| policy.is_broad || policy.may_rewrite),
        Limit::Escalation => Reach::opens_nothing(group.policies.iter().map(|policy| policy.reach)),
        Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => false,
    }
}

/// The ARN of no role in particular.
fn some_role(facts: &GrantFacts) -> String {
    format!("arn:{}:iam::{}:role/rescind-some-role", facts.partition, facts.account)
}

/// Policies that are asked, compiled once.
struct Asked<'q, 'd> {
    documents: &'q [&'d Document],
    capabilities: Capabilities<'q>,
    /// The same, but for the requests by which the role rewrites its own permissions.
    rewriting: Option<Capabilities<'q>>,
    /// Might one of the statements that count allow to rewrite the policies of a role?
    may_rewrite: bool,
    facts: &'q GrantFacts,
    boundary: Option<&'q Document>,
}

impl Asked<'_, '_> {
    /// The first document, and the statements of it that are at fault: those that are so alone, and a smallest
    /// set of those that are so together.
    fn alone(&mut self, limit: &Limit<'_>) -> Alone {
        let verdict = self.ask(limit);
        let Some(document) = self.documents.first().filter(|_| verdict.is_present()) else {
            return Alone { verdict, statements: Vec::new() };
        };
        let allowing: Vec<usize> = narrow::allowing(document).collect();
        let mut is_broken = |some: &[usize]| {
            let counts = |place: Place| place.document == 0 && some.contains(&place.statement);
            self.capabilities.consider(counts);
            self.rewriting.iter_mut().for_each(|rewriting| rewriting.consider(counts));
            self.may_rewrite = known::may_rewrite(document, |statement| some.contains(&statement));
            self.ask(limit).is_present()
        };
        let mut statements = narrow::guilty_among(&allowing, &mut is_broken);
        statements.extend(narrow::together(&allowing, &mut is_broken));
        statements.sort_unstable();
        statements.dedup();
        Alone { verdict, statements }
    }

    fn ask(&mut self, limit: &Limit<'_>) -> Verdict {
        match limit {
            Limit::Administrator => self.administrator(),
            Limit::Escalation => self.escalation(),
            Limit::Never(_) | Limit::Ceiling(_) | Limit::DataExposure => Verdict::Absent,
        }
    }

    fn administrator(&mut self) -> Verdict {
        if self.capabilities.are_an_administrators(Budget::default()) {
            return Verdict::Present(Evidence {
                witness: "all actions are allowed, but for what can be undone".to_owned(),
                ..Evidence::default()
            });
        }
        // Under a boundary, rewriting itself gives a role no more than the boundary allows.
        let is_held = self.boundary.is_some_and(|boundary| {
            let boundary = Permissions::of([boundary]);
            !Capabilities::new(&boundary, self.facts).are_an_administrators(Budget::default())
        });
        match self.rewriting.as_mut().filter(|_| self.may_rewrite && !is_held) {
            Some(rewriting) => Verdict::of(rewriting.never_allow("*", Budget::default()), self.documents),
            None => Verdict::Absent,
        }
    }

    fn escalation(&mut self) -> Verdict {
        let grants = self.capabilities.grants(Budget::default());
        match Verdict::of(grants.answer, self.documents) {
            Verdict::Present(evidence) => Verdict::Present(Evidence {
                path: grants.paths.first().into_iter().flatten().map(|&action| action.to_owned()).collect(),
                ways: grants.paths.len(),
                ..evidence
            }),
            other @ (Verdict::Absent | Verdict::Undecided { .. }) => other,
        }
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
