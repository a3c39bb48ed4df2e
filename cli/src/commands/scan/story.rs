//! The findings, for people.

use std::collections::BTreeMap;
use std::io;

use anstyle::Style;
use guardrails::{Guardrail, Severity, Why};

use super::found::{Found, Judged, Proposed, Repair, Report, word};
use crate::diff;
use crate::output::{self, BAD, FAINT, GOOD, Out, UNSURE};
use crate::quote::plain;
use crate::well_known::Suggestion;

pub(super) fn tell(
    judged: &[Judged],
    suggestions: &[Suggestion],
    remarks: &[String],
    is_whole: bool,
    out: &mut Out,
) -> io::Result<()> {
    for role in judged.iter().filter(|role| !role.reports.is_empty()) {
        out.line(plain(&role.role))?;
        let mut told: Vec<&str> = Vec::new();
        for Report { found, .. } in &role.reports {
            // One reason may keep both guardrails from judging.
            if !told.contains(&found.sentence()) {
                told.push(found.sentence());
                finding(found, out)?;
            }
        }
        repairs(&role.reports, out)?;
        out.line("")?;
    }
    for Suggestion { role, reason } in suggestions {
        let role = plain(role.as_str());
        out.line(format_args!("consider {role} for `protected_roles`: {reason}"))?;
    }
    for remark in remarks {
        out.line(remark)?;
    }
    summary(judged, is_whole, out)
}

fn finding(found: &Found, out: &mut Out) -> io::Result<()> {
    let severity = found.severity();
    let severity = output::painted(&word(severity), style(severity, found.is_undecided()));
    out.line(format_args!("  {severity}: {}", found.sentence()))
}

fn style(severity: Severity, is_undecided: bool) -> Style {
    match severity {
        Severity::Critical | Severity::High if !is_undecided => BAD,
        Severity::Critical | Severity::High | Severity::Medium => UNSURE,
        Severity::Low => FAINT,
    }
}

/// What would be done about a role: several findings often have one repair.
fn repairs(reports: &[Report], out: &mut Out) -> io::Result<()> {
    let is_notice = |report: &Report| matches!(report.repair, Repair::Nothing(Why::Notice));
    let mut told: Vec<String> = Vec::new();
    // Beside what is repaired, that there is nothing to repair would only puzzle.
    let only_notices = reports.iter().all(is_notice);
    let reports = reports.iter().filter(|report| only_notices || !is_notice(report));
    for report in reports {
        match &report.repair {
            Repair::Steps { steps } => {
                for step in steps {
                    if !told.contains(&step.sentence) {
                        told.push(step.sentence.clone());
                        proposed(step, steps, out)?;
                    }
                }
            }
            Repair::Nothing(why) => {
                let because = because(why);
                if !told.contains(&because) {
                    out.line(format_args!("  not repaired: {because}"))?;
                    told.push(because);
                }
            }
            Repair::Unknown { .. } => {}
        }
    }
    Ok(())
}

fn proposed(proposed: &Proposed, plan: &[Proposed], out: &mut Out) -> io::Result<()> {
    let strategy = word(proposed.strategy);
    out.line(format_args!("  {} ({strategy}): {}", output::painted("repair", GOOD), proposed.sentence))?;
    for needed in proposed.needs.iter().filter_map(|place| plan.get(*place)) {
        out.line(format_args!("    only after: {}", needed.sentence))?;
    }
    proposed.step.as_ref().map_or(Ok(()), |step| diff::step(step, "    ", out))
}

fn because(why: &Why) -> String {
    match why {
        Why::Protected { reason } => format!("the settings protect the role: {reason}"),
        Why::OwnedByAws => "only AWS can change the role".to_owned(),
        Why::Undecided { reason } => format!("undecided: {reason}"),
        Why::Notice => "there is nothing to repair".to_owned(),
        Why::ReportOnly => "the settings ask to report it only".to_owned(),
        Why::NoProof { reason } => format!("no repair could be proved: {reason}"),
    }
}

fn summary(judged: &[Judged], is_whole: bool, out: &mut Out) -> io::Result<()> {
    let all = || judged.iter().flat_map(|role| &role.reports).map(|report| &report.found);
    let with_findings = judged.iter().filter(|role| !role.reports.is_empty()).count();
    let painted = match all().map(Found::severity).max() {
        None if !is_whole => output::painted("the dump is incomplete", UNSURE),
        None => output::painted("clean", GOOD),
        Some(_) => format!("{with_findings} with findings"),
    };
    out.line(format_args!("{} roles judged, {painted}", judged.len()))?;
    for guardrail in [Guardrail::RestrictCrossAccountAccess, Guardrail::LockDownPermissions] {
        let mut counts: BTreeMap<std::cmp::Reverse<Severity>, usize> = BTreeMap::new();
        for found in all().filter(|found| found.guardrail() == guardrail) {
            *counts.entry(std::cmp::Reverse(found.severity())).or_default() += 1;
        }
        if !counts.is_empty() {
            let counts: Vec<String> =
                counts.iter().map(|(severity, count)| format!("{count} {}", word(severity.0))).collect();
            out.line(format_args!("  {}: {}", word(guardrail), counts.join(", ")))?;
        }
    }
    match all().filter(|found| found.is_undecided()).count() {
        0 => Ok(()),
        undecided => out.line(format_args!("  {undecided} of these could not be decided")),
    }
}
