//! Looks at a role whose inline policies were changed.

use aws::authority::PutRolePolicy;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::run::<PutRolePolicy>().await
}
