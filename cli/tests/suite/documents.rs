//! Policies that the documentation gives away.

use crate::transcript::run;

#[test]
fn the_sample_that_protects_rescind_is_a_clean_scp() {
    let output = run(&["lint", "../../../docs/scp-protect-rescind.json", "--as", "scp"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stdout));
}
