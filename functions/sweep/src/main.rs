//! Looks at every role of the account, and tells which of them trust an identity provider that was changed.

use aws::authority::Sweep;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    aws::run::<Sweep>().await
}
