//! Looks at a role whose permissions boundary was changed.

use aws::authority::ChangePermissionsBoundary;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::run::<ChangePermissionsBoundary>().await
}
