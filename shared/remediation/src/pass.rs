//! One pass over one role: read, check, plan, intend, apply, verify, record.

mod verify;

pub use verify::Verified;
