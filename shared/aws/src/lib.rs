//! rescind aws.
