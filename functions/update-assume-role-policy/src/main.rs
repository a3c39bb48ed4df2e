//! Looks at a role whose trust policy was replaced.

use aws::authority::UpdateAssumeRolePolicy;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::run::<UpdateAssumeRolePolicy>().await
}
