//! The settings that ship in `settings/` are the layer's, so a bad one would stop every function.

use guardrails::{Account, AccountId, Guardrail, Mode, Settings};

#[test]
fn the_settings_that_ship_are_accepted_and_write_nothing() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../settings/settings.yaml");
    let settings = Settings::read(&std::fs::read_to_string(path).unwrap()).unwrap();
    let account = Account { partition: "aws".to_owned(), id: AccountId::parse("111122223333").unwrap() };
    let rules = settings.rules(&account, Mode::Enforce).unwrap();
    for guardrail in [Guardrail::RestrictCrossAccountAccess, Guardrail::LockDownPermissions] {
        assert_eq!(rules.mode(guardrail), Mode::Monitor);
    }
}
