//! What is worth knowing about a trust policy that lets nobody in who may not: notices, which no repair
//! answers and which do not make a role unsafe.

use policy::{Document, Element, Principal};

use super::{GUARDRAIL, imitates_aws};
use crate::facet::Facet;
use crate::finding::{Finding, Kind, Severity};
use crate::role::Role;
use crate::words::listed;

/// The notices about a role.
pub(super) fn of(role: &Role, document: Option<&Document>) -> Vec<Finding> {
    let deleted = document.into_iter().flat_map(deleted_principals);
    deleted.chain(imitates_aws(role).then(|| decoy(role))).collect()
}

/// In a document that IAM holds, a bare unique id is a principal that was deleted, for ever.
fn deleted_principals(document: &Document) -> Vec<Finding> {
    let statements = document.statements.iter().enumerate();
    let found = statements.filter_map(|(statement, found)| {
        let Some(Element::Only(entries)) = &found.principal else { return None };
        let deleted = entries.iter().filter(|entry| matches!(entry.principal, Principal::UniqueId(_)));
        let ids: Vec<String> = deleted.map(|entry| entry.text.to_string()).collect();
        (!ids.is_empty()).then(|| deleted_in(statement, ids))
    });
    found.collect()
}

fn deleted_in(statement: usize, ids: Vec<String>) -> Finding {
    let named: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    let sentence = format!(
        "statement {} of the trust policy names {}, deleted since: it lets nobody in, and goes with the next \
         repair",
        statement + 1,
        listed(&named)
    );
    notice(Kind::DeletedPrincipal { ids }, Severity::Low, vec![statement], sentence)
}

fn decoy(role: &Role) -> Finding {
    let path = role.arn.path();
    let sentence = format!(
        "the name of the role imitates one that AWS owns, but `{path}` is no path of AWS: somebody chose it"
    );
    notice(Kind::DecoyName { path: path.to_owned() }, Severity::Medium, Vec::new(), sentence)
}

fn notice(kind: Kind, severity: Severity, statements: Vec<usize>, sentence: String) -> Finding {
    Finding { guardrail: GUARDRAIL, kind, severity, facet: Facet::Trust, statements, witness: None, sentence }
}
