//! Asks every guardrail about a role.

use crate::facet::Facet;
use crate::finding::Finding;
use crate::role::Role;
use crate::rules::Rules;
use crate::{lock_down_permissions, restrict_cross_account_access};

/// What is wrong with the role, worst first. Nothing but notices ([`crate::Kind::is_notice`]) means that every
/// guardrail that is on was proved to hold for this facet.
#[must_use]
pub fn check(rules: &Rules, role: &Role, facet: Facet) -> Vec<Finding> {
    let mut findings = Vec::new();
    if facet.has_trust() {
        findings.extend(restrict_cross_account_access::check(rules, role));
    }
    if facet.has_permissions() {
        findings.extend(lock_down_permissions::check(rules, role));
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}
