//! Looks at a role whose attached policies were changed.

use aws::authority::AttachRolePolicy;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::run::<AttachRolePolicy>().await
}
