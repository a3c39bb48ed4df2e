//! The cases. The name of each is the sentence it holds a history to.

use guardrails::{Facet, Role};
use time::Duration;

use super::sample::{
    Roles, at, compliant, digest, hold, intent, noise, repaired, unrepaired, with_inline, with_trust,
};
use super::{Failed, equal};
use crate::budget::{Ask, Rate, Turn};
use crate::history::{Archive, Claim, Hold, MOST_GOOD, Repair, RepairId, RoleVersion, Verdict};
use crate::pass::Progress;
use crate::record::{OutcomeRecord, Record, RoleState};

type Case = Result<(), Failed>;

async fn good_trusts<H: Archive>(history: &H, role: &Role) -> Result<Vec<String>, Failed> {
    let good = history.good(&role.id, Facet::Trust).await?;
    Ok(good.into_iter().map(|version| version.state.trust).collect())
}

async fn versions<H: Archive>(history: &H, role: &Role) -> Result<Vec<RoleVersion>, Failed> {
    Ok(history.versions(&role.id).await?)
}

pub(super) async fn a_role_without_a_past_has_none<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let role = roles.role()?;
    equal("good", good_trusts(history, &role).await?, Vec::new())?;
    equal("versions", versions(history, &role).await?, Vec::new())?;
    equal("repairs", history.repairs(&role.id).await?, Vec::new())?;
    equal("roles", history.roles_named(role.arn.name()).await?, Vec::new())?;
    let known = history.knows(&role.id, Facet::Trust, digest(&role, Facet::Trust)).await?;
    equal("known", known, None)?;
    equal("repair", history.repair(&RepairId::new(role.id.clone(), at(0))).await?, None)
}

pub(super) async fn a_document_seen_again_is_no_news<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let role = roles.role()?;
    for seconds in [0, 10, 20] {
        history.append(&compliant(&role, seconds)).await?;
    }
    let found = versions(history, &role).await?;
    equal("versions", found.len(), 1)?;
    equal("at", found.first().map(|version| version.at), Some(at(0)))?;
    // The same policy in another layout is the same version; another verdict on it is news.
    let laid_out = Role { trust: role.trust.replace(',', " ,\n"), ..role.clone() };
    history.append(&compliant(&laid_out, 30)).await?;
    equal("laid out anew", versions(history, &role).await?.len(), 1)?;
    history.append(&unrepaired(&role, 40)).await?;
    let verdicts: Vec<_> = versions(history, &role).await?.iter().map(|version| version.verdict).collect();
    equal("verdicts", verdicts, vec![Verdict::Safe, Verdict::Unsafe])
}

pub(super) async fn the_newest_good_version_comes_first<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let role = roles.role()?;
    let (one, two) = (with_trust(&role, 1), with_trust(&role, 2));
    history.append(&compliant(&one, 0)).await?;
    history.append(&compliant(&two, 10)).await?;
    equal("good", good_trusts(history, &role).await?, vec![two.trust.clone(), one.trust.clone()])?;
    // Back to the first: it is the newest now, and no document comes twice.
    history.append(&compliant(&one, 20)).await?;
    equal("back", good_trusts(history, &role).await?, vec![one.trust, two.trust])?;
    for number in 3..12 {
        history.append(&compliant(&with_trust(&role, number), 20 + i64::from(number))).await?;
    }
    let good = good_trusts(history, &role).await?;
    equal("newest of many", good.first(), Some(&with_trust(&role, 11).trust))?;
    equal("how many", good.len(), MOST_GOOD)
}

pub(super) async fn unsafe_versions_do_not_crowd_out_good_ones<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = roles.role()?;
    history.append(&compliant(&role, 0)).await?;
    for number in 1..40 {
        history.append(&unrepaired(&with_trust(&role, number), i64::from(number))).await?;
    }
    equal("good", good_trusts(history, &role).await?, vec![role.trust.clone()])?;
    equal("versions", versions(history, &role).await?.len(), 40)
}

pub(super) async fn both_facets_have_versions_of_their_own<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = with_inline(&roles.role()?, "{}")?;
    let both = Record { facet: Facet::All, ..compliant(&role, 0) };
    history.append(&both).await?;
    let permissions = history.good(&role.id, Facet::Permissions).await?;
    let state = permissions.first().map(|version| version.state.clone());
    equal("permissions", state, Some(RoleState::from(&role)))?;
    // A trust policy is kept without what the pass read beside it.
    let trust = history.good(&role.id, Facet::Trust).await?;
    equal("trust", trust.first().map(|version| version.state.permissions.is_none()), Some(true))?;
    // A pass over the trust policy tells nothing of permissions.
    let other = with_inline(&role, r#"{"Statement":[]}"#)?;
    history.append(&compliant(&other, 10)).await?;
    equal("only trust", history.good(&role.id, Facet::Permissions).await?.len(), 1)
}

pub(super) async fn a_read_that_was_not_confirmed_tells_of_no_version<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = roles.role()?;
    let unjudged = OutcomeRecord { name: "unjudged".to_owned(), why: None };
    history.append(&Record { outcome: unjudged.clone(), ..compliant(&role, 0) }).await?;
    equal("versions", versions(history, &role).await?, Vec::new())?;
    history.append(&Record { outcome: unjudged, ..unrepaired(&role, 10) }).await?;
    let verdicts: Vec<_> = versions(history, &role).await?.iter().map(|version| version.verdict).collect();
    equal("undecided", verdicts, vec![Verdict::Undecided])
}

pub(super) async fn a_repair_leaves_the_version_it_found_and_the_one_it_made<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = roles.role()?;
    let (bad, good) = (with_trust(&role, 1), with_trust(&role, 2));
    let record = repaired(&bad, &good, 0);
    history.intend(&intent(&bad, &good, 0)).await?;
    history.append(&record).await?;
    let found = versions(history, &role).await?;
    let told: Vec<_> = found.iter().map(|version| (version.verdict, version.repair.clone())).collect();
    equal("versions", told, vec![(Verdict::Unsafe, None), (Verdict::Safe, record.repair)])?;
    equal("good", good_trusts(history, &role).await?, vec![good.trust])
}

pub(super) async fn a_document_is_known_by_the_first_time_it_was_seen<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = roles.role()?;
    let (found, changed) = (with_trust(&role, 1), with_trust(&role, 2));
    history.append(&Record { cause: "sweep".to_owned(), ..unrepaired(&found, 0) }).await?;
    history.append(&compliant(&changed, 10)).await?;
    history.append(&unrepaired(&found, 20)).await?;
    let known = history.knows(&role.id, Facet::Trust, digest(&found, Facet::Trust)).await?;
    let (is_baseline, was) =
        (known.as_ref().map(|known| known.is_baseline(Some(at(5)))), known.map(|known| known.at));
    equal("first seen", was, Some(at(0)))?;
    equal("baseline", is_baseline, Some(true))?;
    let known = history.knows(&role.id, Facet::Trust, digest(&changed, Facet::Trust)).await?;
    equal("a change", known.map(|known| known.is_baseline(None)), Some(false))?;
    let other = history.knows(&role.id, Facet::Permissions, digest(&found, Facet::Trust)).await?;
    equal("another facet", other, None)?;
    let recreated = roles.another_named(role.arn.name().as_str())?;
    let known = history.knows(&recreated.id, Facet::Trust, digest(&found, Facet::Trust)).await?;
    equal("another role of that name", known, None)
}

pub(super) async fn the_baseline_ends_once<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let (account, other) = (roles.number(), roles.number());
    equal("before", history.baseline(&account).await?, None)?;
    history.end_baseline(&account, at(10)).await?;
    history.end_baseline(&account, at(20)).await?;
    equal("after", history.baseline(&account).await?, Some(at(10)))?;
    equal("elsewhere", history.baseline(&other).await?, None)
}

pub(super) async fn the_bucket_of_calls_is_shared_and_fills_again<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let (account, other) = (roles.number(), roles.number());
    let ask = |debt, is_new| Ask { rate: Rate::default(), debt, is_new };
    let known = ask(0, false);
    equal("full", history.take(&account, known, at(0)).await?, Turn::Now)?;
    equal("at the reserve", history.take(&account, ask(8, false), at(0)).await?, Turn::Now)?;
    let tenth = std::time::Duration::from_millis(100);
    equal("kept for others", history.take(&account, known, at(0)).await?, Turn::After(tenth))?;
    equal("another account", history.take(&other, known, at(0)).await?, Turn::Now)?;
    equal("not seen this minute", history.take(&account, ask(0, true), at(0)).await?, Turn::Now)?;
    equal("filled again", history.take(&account, known, at(1)).await?, Turn::Now)
}

pub(super) async fn repairs_count_by_facet_and_time<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let role = roles.role()?;
    let after = with_trust(&role, 1);
    for seconds in [0, 100, 200] {
        history.intend(&intent(&role, &after, seconds)).await?;
        history.append(&repaired(&role, &after, seconds)).await?;
    }
    history.append(&unrepaired(&role, 300)).await?;
    let count = async |facet, since| history.repairs_since(&role.id, facet, at(since)).await;
    equal("all", count(Facet::Trust, 0).await?, 3)?;
    // Written a second after each pass began.
    equal("at the moment", count(Facet::Trust, 101).await?, 2)?;
    equal("since", count(Facet::Trust, 102).await?, 1)?;
    equal("both facets", count(Facet::All, 0).await?, 3)?;
    equal("the other facet", count(Facet::Permissions, 0).await?, 0)
}

pub(super) async fn what_is_written_on_another_function_s_word_is_no_repair<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = roles.role()?;
    let told = Record {
        cause: "handed_over".to_owned(),
        findings: Vec::new(),
        ..repaired(&role, &with_trust(&role, 1), 0)
    };
    history.append(&told).await?;
    equal("written", told.times.written.is_some(), true)?;
    equal("counted", history.repairs_since(&role.id, Facet::All, at(0)).await?, 0)
}

async fn unfinished<H: Archive>(history: &H, role: &Role, facet: Facet) -> Result<Vec<RepairId>, Failed> {
    let repairs = history.unfinished(&role.id, facet).await?;
    Ok(repairs.into_iter().map(|repair| repair.id).collect())
}

pub(super) async fn an_intent_without_a_record_is_unfinished<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = roles.role()?;
    let after = with_trust(&role, 1);
    equal("at first", history.unfinished(&role.id, Facet::Trust).await?, Vec::new())?;
    let made = intent(&role, &after, 0);
    history.intend(&made).await?;
    let begun = Repair { id: made.repair.clone(), intents: vec![made.clone()], record: None };
    equal("begun", history.unfinished(&role.id, Facet::Trust).await?, vec![begun])?;
    equal("both facets", unfinished(history, &role, Facet::All).await?, vec![made.repair.clone()])?;
    equal("the other facet", unfinished(history, &role, Facet::Permissions).await?, Vec::new())?;
    equal("its name", history.roles_named(role.arn.name()).await?, vec![role.id.clone()])?;
    let ended = repaired(&role, &after, 0);
    history.append(&Record { untold: true, ..ended.clone() }).await?;
    equal("told nobody", unfinished(history, &role, Facet::Trust).await?, vec![made.repair])?;
    history.append(&ended).await?;
    equal("ended", unfinished(history, &role, Facet::Trust).await?, Vec::new())?;
    equal("one repair", history.repairs_since(&role.id, Facet::Trust, at(0)).await?, 1)
}

/// Many later repairs do not hide it, and neither does a later pass that repaired nothing.
pub(super) async fn only_its_own_pass_finishes_a_repair<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let role = roles.role()?;
    let after = with_trust(&role, 1);
    let dead = intent(&role, &after, 0);
    history.intend(&dead).await?;
    for seconds in 1..40 {
        history.intend(&intent(&role, &after, seconds)).await?;
        history.append(&repaired(&role, &after, seconds)).await?;
    }
    history.append(&Record { pass: dead.pass.clone(), ..compliant(&role, 50) }).await?;
    equal("hidden", unfinished(history, &role, Facet::Trust).await?, vec![dead.repair.clone()])?;
    // The message came again, and the role was as unsafe as before.
    let told = Record { pass: dead.pass.clone(), ..repaired(&role, &after, 60) };
    history.intend(&crate::history::Intent { pass: dead.pass.clone(), ..intent(&role, &after, 60) }).await?;
    history.append(&told).await?;
    equal("told of", unfinished(history, &role, Facet::Trust).await?, Vec::new())?;
    let again = crate::history::Intent { pass: dead.pass, ..intent(&role, &after, 70) };
    history.intend(&again).await?;
    equal("and again", unfinished(history, &role, Facet::Trust).await?, vec![again.repair])
}

async fn holds<H: Archive>(history: &H, role: &Role, facet: Facet, now: i64) -> Result<Vec<Hold>, Failed> {
    Ok(history.holds(&role.id, facet, at(now)).await?)
}

pub(super) async fn a_hold_is_for_one_role_and_facet_until_its_end<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = roles.role()?;
    let recreated = roles.another_named(role.arn.name().as_str())?;
    let made = hold(&role, Facet::Trust, 60);
    history.hold(&made).await?;
    equal("held", holds(history, &role, Facet::Trust, 0).await?, vec![made.clone()])?;
    equal("both facets", holds(history, &role, Facet::All, 59).await?, vec![made.clone()])?;
    equal("the other facet", holds(history, &role, Facet::Permissions, 0).await?, Vec::new())?;
    equal("another role of that name", holds(history, &recreated, Facet::All, 0).await?, Vec::new())?;
    equal("over", holds(history, &role, Facet::Trust, 60).await?, Vec::new())?;
    let of_role = |holds: Vec<Hold>| holds.into_iter().filter(|hold| hold.role_id == role.id).count();
    equal("listed", of_role(history.all_holds(at(0)).await?), 1)?;
    equal("listed no more", of_role(history.all_holds(at(60)).await?), 0)
}

pub(super) async fn the_last_hold_on_a_document_counts<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let role = roles.role()?;
    let first = hold(&role, Facet::Trust, 60);
    let longer = Hold { until: at(90), by: "eve".to_owned(), ..first.clone() };
    let other = hold(&with_trust(&role, 9), Facet::Trust, 60);
    for hold in [&first, &other, &longer] {
        history.hold(hold).await?;
    }
    let mut by: Vec<_> = holds(history, &role, Facet::Trust, 0).await?;
    by.sort_by_key(|hold| hold.until);
    equal("holds", by, vec![other.clone(), longer.clone()])?;
    history.hold(&Hold { until: at(1), ..longer }).await?;
    equal("ended", holds(history, &role, Facet::Trust, 1).await?, vec![other])
}

pub(super) async fn a_notice_is_sent_once_and_a_claim_lapses<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let (id, other) = (roles.number(), roles.number());
    let lapsed = at(0) + Claim::LEASE;
    equal("first", history.claim_notice(&id, at(0)).await?, Claim::Granted)?;
    equal("at once again", history.claim_notice(&id, at(1)).await?, Claim::Sending)?;
    equal("another", history.claim_notice(&other, at(1)).await?, Claim::Granted)?;
    let just_before = lapsed - Duration::SECOND;
    equal("before it lapses", history.claim_notice(&id, just_before).await?, Claim::Sending)?;
    // Whoever was granted it died.
    equal("after a crash", history.claim_notice(&id, lapsed).await?, Claim::Granted)?;
    equal("and that one's", history.claim_notice(&id, lapsed + Duration::SECOND).await?, Claim::Sending)?;
    history.notice_sent(&id, lapsed + Duration::SECOND).await?;
    equal("sent", history.claim_notice(&id, lapsed + Duration::DAY).await?, Claim::Sent)?;
    // Confirmed by someone whose claim had lapsed meanwhile.
    history.notice_sent(&other, lapsed).await?;
    equal("confirmed late", history.claim_notice(&other, lapsed).await?, Claim::Sent)
}

pub(super) async fn an_intent_without_an_outcome_is_a_repair<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = roles.role()?;
    let (first, second) = (intent(&role, &with_trust(&role, 1), 0), intent(&role, &with_trust(&role, 2), 50));
    history.intend(&first).await?;
    history.intend(&second).await?;
    let ids: Vec<_> = history.repairs(&role.id).await?.into_iter().map(|repair| repair.id).collect();
    equal("repairs", ids, vec![first.repair.clone(), second.repair])?;
    let found = history.repair(&first.repair).await?;
    let told = found.map(|repair| (repair.before().cloned(), repair.intents, repair.record));
    equal("the first", told, Some((Some(RoleState::from(&role)), vec![first], None)))
}

/// The suite may run over one history more than once: an account for each run.
fn an_account(role: &Role) -> String {
    format!("account of {}", role.id)
}

pub(super) async fn of_two_that_keep_a_sweep_one_does<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let account = an_account(&roles.role()?);
    equal("before", history.sweep(&account).await?, None)?;
    let kept = |revision, marker: &str| Progress {
        revision,
        marker: Some(marker.to_owned()),
        ..Progress::begun(&account, at(0), None)
    };
    let last = history.sweep(&account).await?.map_or(0, |last| last.revision);
    let (one, two) = (kept(last + 1, "one"), kept(last + 1, "two"));
    equal("the first", history.keep_sweep(&one).await?, true)?;
    equal("the second", history.keep_sweep(&two).await?, false)?;
    equal("kept", history.sweep(&account).await?, Some(one))?;
    let next = kept(last + 2, "next");
    equal("the next", history.keep_sweep(&next).await?, true)?;
    equal("kept then", history.sweep(&account).await?, Some(next))
}

pub(super) async fn another_sweep_is_asked_for_after_one<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let account = an_account(&roles.role()?);
    equal("before", history.asked_for(&account).await?, None)?;
    for seconds in [0, 7] {
        history.ask_for_sweep(&account, at(seconds)).await?;
        equal("asked", history.asked_for(&account).await?, Some(at(seconds)))?;
    }
    Ok(())
}

pub(super) async fn an_intent_told_twice_is_one<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let role = roles.role()?;
    let (one, two) = (with_trust(&role, 1), with_trust(&role, 2));
    let first = intent(&role, &one, 0);
    // A second round of the same pass.
    let second = crate::history::Intent { at: at(1), ..intent(&one, &two, 0) };
    for intent in [&first, &first, &second] {
        history.intend(intent).await?;
    }
    let found = history.repair(&first.repair).await?;
    equal("intents", found.map(|repair| repair.intents), Some(vec![first, second]))
}

pub(super) async fn repairs_keep_documents_of_any_size_to_the_byte<H: Archive>(
    history: &H,
    roles: &mut Roles,
) -> Case {
    let role = roles.role()?;
    let before = Role { trust: noise(700_000), ..role.clone() };
    let after = Role { trust: " ".repeat(300_000), ..role.clone() };
    let (told, record) = (intent(&before, &after, 0), repaired(&before, &after, 0));
    history.intend(&told).await?;
    history.append(&record).await?;
    let found = history.repair(&told.repair).await?;
    let found = found.map(|repair| (repair.intents, repair.record));
    equal("repair", found, Some((vec![told], Some(record))))?;
    equal("good", good_trusts(history, &role).await?, vec![after.trust])
}

pub(super) async fn roles_of_one_name_are_told_apart<H: Archive>(history: &H, roles: &mut Roles) -> Case {
    let first = roles.role()?;
    let second = roles.another_named(first.arn.name().as_str())?;
    history.append(&compliant(&first, 0)).await?;
    history.append(&compliant(&second, 10)).await?;
    let shouted = guardrails::RoleName::parse(&first.arn.name().as_str().to_uppercase())?;
    equal("roles", history.roles_named(&shouted).await?, vec![first.id.clone(), second.id.clone()])?;
    equal("of the second", history.good(&second.id, Facet::Trust).await?.len(), 1)
}
