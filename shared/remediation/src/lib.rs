//! rescind remediation.
