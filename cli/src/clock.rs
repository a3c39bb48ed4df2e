//! The machine's clock, read only here.

use time::OffsetDateTime;

/// The current instant, in UTC.
#[expect(clippy::disallowed_methods, reason = "the command line is the rim: it gives the time to all others")]
pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
