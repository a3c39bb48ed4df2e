//! Runs the suite that every history must pass over a DynamoDB table: `history_conformance TABLE`.

use remediation::history::conformance;
use rescind_aws::Table;

#[expect(clippy::print_stdout, reason = "an example says what it found")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let name = std::env::args().nth(1).ok_or("name the table")?;
    let failed = conformance::run(&Table::from_environment(&name)?, 1).await;
    for why in &failed {
        println!("{why}");
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("{} cases failed", failed.len()).into()) }
}
