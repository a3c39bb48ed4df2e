//! Asks who can assume a role, under the rules of the account.

use policy::analyse::assume::{self, Origin, Reach, TrustFacts};
use policy::analyse::{Answer, Budget};
use policy::{AccountId, Document};

use crate::exceptions::Exempt;
use crate::facts::trust_facts;
use crate::finding::Guardrail;
use crate::known::Known;
use crate::repair::narrow;
use crate::role::Role;
use crate::rules::Rules;
use crate::settings::OnUnknown;
use crate::words::objection;

/// "Who can assume this role?", with all that the rules say about who may.
#[derive(Clone)]
pub(crate) struct Question {
    known: Known,
    facts: TrustFacts,
    on_unknown: OnUnknown,
    exempt: Exempt,
}

/// The answer for one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nobody outside the allowed set can.
    Closed,
    /// Somebody outside can, and this is how.
    Open { reach: Reach, witness: String },
    /// Not decided; at worst it reaches this far.
    Undecided { reason: String, reach: Reach },
}

/// The answer for one document, and the statements that admit somebody outside, or perhaps do.
pub(crate) type WhoCanAssume = (Verdict, Vec<usize>);

impl Question {
    /// The question for a role that IAM holds. The account and partition are those of the role's ARN, which
    /// IAM itself returned.
    pub(crate) fn new(rules: &Rules, role: &Role) -> Option<Self> {
        let facts = trust_facts(rules, Some(&role.arn), Origin::Stored)?;
        let exempt = Exempt::new(rules, Guardrail::RestrictCrossAccountAccess, role);
        Some(Self { known: rules.known().clone(), facts, on_unknown: rules.restrict.on_unknown, exempt })
    }

    /// The question of a repair: the management account may come in too. Its way into an account may be the
    /// last one, so no repair closes it; that it is not trusted stays a finding.
    pub(crate) fn with_the_last_way_in(&self, rules: &Rules) -> Self {
        let mut question = self.clone();
        let account = management_account(rules).and_then(|id| AccountId::parse(id.as_str()));
        question.facts.trusted_accounts.extend(account);
        question
    }

    pub(crate) fn ask(&self, document: &Document) -> Verdict {
        self.ask_for_statements(document).0
    }

    fn ask_for_statements(&self, document: &Document) -> WhoCanAssume {
        match self.exempt.less(document) {
            None => self.known.who_can_assume(&self.facts, document, || self.ask_afresh(document)),
            Some(less) => self.ask_afresh(&less),
        }
    }

    fn ask_afresh(&self, document: &Document) -> WhoCanAssume {
        let assumable = assume::who_can_assume(document, &self.facts, Budget::default());
        let verdict = match assumable.answer {
            Answer::Proved => Verdict::Closed,
            Answer::Refuted(witness) => {
                Verdict::Open { reach: assumable.reach, witness: witness.to_string() }
            }
            Answer::Unknown(reason) => {
                Verdict::Undecided { reason: reason.to_string(), reach: assumable.reach }
            }
        };
        (verdict, assumable.guilty)
    }

    /// Is the document to be repaired? An undecided one only where it may reach outside, or where the
    /// settings ask for it.
    pub(crate) fn calls_for_repair(&self, document: &Document) -> bool {
        match (self.ask_for_statements(document), self.on_unknown) {
            ((Verdict::Closed, _), _) => false,
            ((Verdict::Open { .. }, _) | (Verdict::Undecided { .. }, _), OnUnknown::Repair)
            | ((Verdict::Open { .. }, _), OnUnknown::Alert) => true,
            // The reach is that of the widest caller, allowed or not: only a statement alone tells whether
            // what is undecided about it reaches outside.
            ((Verdict::Undecided { .. }, statements), OnUnknown::Alert) => {
                statements.iter().any(|&statement| self.may_reach_outside(document, statement))
            }
        }
    }

    fn may_reach_outside(&self, document: &Document, statement: usize) -> bool {
        match narrow::only(document, statement, &[]).map(|alone| self.ask(&alone)) {
            None | Some(Verdict::Closed) => false,
            Some(Verdict::Open { .. }) => true,
            Some(Verdict::Undecided { reach, .. }) => reach >= Reach::ExternalAccount,
        }
    }

    /// Whom does `new` lock out of those who may come in? `None` if nobody.
    pub(crate) fn locked_out(&self, new: &Document, old: &Document) -> Option<String> {
        let find = || objection(assume::keeps_the_allowed(new, old, &self.facts, Budget::default()));
        self.known.locked_out(&self.facts, [new, old], find)
    }

    /// Whom does `new` let in whom `old` does not? `None` if nobody.
    pub(crate) fn let_in(&self, new: &Document, old: &Document) -> Option<String> {
        objection(assume::admits_nobody_new(new, old, &self.facts, Budget::default()))
    }
}

/// The account that administers the organization, if the settings name it.
pub(crate) fn management_account(rules: &Rules) -> Option<&crate::names::AccountId> {
    rules.organization.as_ref()?.management_account.as_ref()
}
