//! Looks at a role that was just created.

use aws::authority::CreateRole;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::run::<CreateRole>().await
}
