//! The published schema: what the reader of settings refuses, an editor shows. And the examples to begin with.

use std::fs;
use std::path::{Path, PathBuf};

use boon::{Compiler, SchemaIndex, Schemas};
use guardrails::{Account, AccountId, Mode, Settings, SettingsError};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn account(id: &str) -> Account {
    Account { partition: "aws".to_owned(), id: AccountId::parse(id).unwrap() }
}

/// Settings as the functions read them.
fn read(text: &str, folder: &Path) -> Result<Settings, SettingsError> {
    let beside = |file: &str| fs::read_to_string(folder.join(file)).map_err(|error| error.to_string());
    let settings = Settings::read_with_files(text, &beside)?;
    for id in ["111122223333", "222233334444"] {
        settings.rules(&account(id), Mode::Enforce)?;
    }
    Ok(settings)
}

/// The published schema; compiling it checks it against the schema of schemas.
struct Schema {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Schema {
    fn published() -> Self {
        let text = fs::read_to_string(root().join("settings/settings.schema.json")).unwrap();
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("settings.schema.json", serde_json::from_str(&text).unwrap()).unwrap();
        let index = compiler.compile("settings.schema.json", &mut schemas).unwrap();
        Self { schemas, index }
    }

    fn validate(&self, text: &str) -> Result<(), String> {
        // Editors read YAML 1.2: `off` is a text, and an account id without quotes is a number.
        let options = serde_saphyr::options! { strict_booleans: true };
        let value: Value = serde_saphyr::from_str_with_options(text, options).unwrap();
        self.schemas.validate(&value, self.index).map_err(|error| error.to_string())
    }
}

const SHIPPED: &str = "settings/settings.yaml";
const EXAMPLES: [&str; 3] = [
    "settings/examples/small-account.yaml",
    "settings/examples/organization.yaml",
    "settings/examples/strict.yaml",
];

#[test]
fn reader_and_schema_accept_all_settings_of_this_repository() {
    let schema = Schema::published();
    let tests = ["tests/e2e/settings.yaml", "tests/tools/gen_account-settings.yaml"];
    let data = ["settings", "enforce", "vendor", "unwise", "exceptions", "paths"]
        .map(|name| format!("cli/tests/data/{name}.yaml"));
    let all = EXAMPLES.iter().chain(&tests).chain([&SHIPPED]).map(|path| (*path).to_owned()).chain(data);
    for path in all {
        let path = root().join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(read(&text, path.parent().unwrap()).is_ok(), "{}", path.display());
        assert_eq!(schema.validate(&text), Ok(()), "{}", path.display());
    }
}

#[test]
fn reader_and_schema_refuse_the_same_settings() {
    let schema = Schema::published();
    let text = fs::read_to_string(root().join("tests/corpus/broken-settings.yaml")).unwrap();
    let cases: Vec<&str> = text.split("\n---\n").skip(1).collect();
    assert!(cases.len() >= 30);
    for case in cases {
        assert!(read(case, &root()).is_err(), "the reader accepts\n{case}");
        assert!(schema.validate(case).is_err(), "the schema accepts\n{case}");
    }
}

#[test]
fn the_examples_explain_every_field_and_have_no_flaw() {
    for path in EXAMPLES {
        let text = fs::read_to_string(root().join(path)).unwrap();
        assert!(text.starts_with("# yaml-language-server: $schema=../settings.schema.json\n"), "{path}");
        let settings = read(&text, &root().join("settings/examples")).unwrap();
        for id in ["111122223333", "222233334444"] {
            let rules = settings.rules(&account(id), Mode::Enforce).unwrap();
            assert!(rules.warnings().is_empty(), "{path}: {:?}", rules.warnings());
        }
        let comments = text.lines().filter(|line| line.trim_start().starts_with('#')).count();
        let fields = text.lines().filter(|line| line.contains(": ") && !line.contains('#')).count();
        assert!(comments * 5 >= fields * 3, "{path}: {comments} lines explain {fields}");
    }
    assert!(
        fs::read_to_string(root().join(SHIPPED)).unwrap().starts_with("# yaml-language-server: $schema=")
    );
}
