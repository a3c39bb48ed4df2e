//! Looks at every role that uses a managed policy whose default version was changed.

use aws::authority::ChangePolicyVersion;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::run::<ChangePolicyVersion>().await
}
