//! What every history with a memory must do: one suite for all of them, those on a network included.
//!
//! Each case has roles of its own, so that the suite can run over a history that holds other things.

mod cases;
mod sample;

use std::fmt::Debug;

use self::sample::Roles;
use super::Archive;
use crate::ports::PortError;

/// Runs every case and returns what failed, a sentence each. `seed` makes the role ids; a second run over the
/// same history needs another.
pub async fn run<H: Archive>(history: &H, seed: u32) -> Vec<String> {
    let mut roles = Roles::new(seed);
    let mut failed = Vec::new();
    macro_rules! cases {
        ($($case:ident),+ $(,)?) => {$(
            if let Err(Failed(why)) = cases::$case(history, &mut roles).await {
                failed.push(format!("{}: {why}", stringify!($case)));
            }
        )+};
    }
    cases!(
        a_role_without_a_past_has_none,
        a_document_seen_again_is_no_news,
        the_newest_good_version_comes_first,
        unsafe_versions_do_not_crowd_out_good_ones,
        both_facets_have_versions_of_their_own,
        a_read_that_was_not_confirmed_tells_of_no_version,
        a_repair_leaves_the_version_it_found_and_the_one_it_made,
        a_document_is_known_by_the_first_time_it_was_seen,
        the_baseline_ends_once,
        of_two_that_keep_a_sweep_one_does,
        another_sweep_is_asked_for_after_one,
        the_bucket_of_calls_is_shared_and_fills_again,
        repairs_count_by_facet_and_time,
        what_is_written_on_another_function_s_word_is_no_repair,
        an_intent_without_a_record_is_unfinished,
        only_its_own_pass_finishes_a_repair,
        a_hold_is_for_one_role_and_facet_until_its_end,
        the_last_hold_on_a_document_counts,
        a_notice_is_sent_once_and_a_claim_lapses,
        an_intent_without_an_outcome_is_a_repair,
        an_intent_told_twice_is_one,
        repairs_keep_documents_of_any_size_to_the_byte,
        roles_of_one_name_are_told_apart,
    );
    failed
}

/// Why a case failed.
struct Failed(String);

impl From<PortError> for Failed {
    fn from(error: PortError) -> Self {
        Self(error.to_string())
    }
}

fn equal<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Result<(), Failed> {
    if found == expected {
        return Ok(());
    }
    let shown = |value: &T| format!("{value:?}").chars().take(600).collect::<String>();
    Err(Failed(format!("{what}: found {}, expected {}", shown(&found), shown(&expected))))
}
