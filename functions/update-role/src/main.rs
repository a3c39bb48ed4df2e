//! Looks at a role whose description, session length or tags were changed.

use aws::authority::UpdateRole;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::run::<UpdateRole>().await
}
