//! `make package` ships no settings that the functions would refuse.

use std::path::Path;
use std::process::{Command, Output};

/// Runs `make package` with these settings. No compiler is there: what is asked is how far it gets.
fn package(settings: &Path) -> Output {
    Command::new("make")
        .arg("package")
        .arg(format!("SETTINGS={}", settings.display()))
        .arg(format!("RESCIND={}", env!("CARGO_BIN_EXE_rescind")))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("package"))
        .env("RUSTC", "/nonexistent")
        .output()
        .unwrap()
}

#[test]
fn packaging_stops_before_it_builds_when_the_settings_are_broken() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../settings/settings.yaml");
    let sound = String::from_utf8(package(&shipped).stdout).unwrap();
    assert!(sound.contains("settings.yaml: ok") && sound.contains("cargo build --profile dist"), "{sound}");
    let text = std::fs::read_to_string(&shipped).unwrap().replace("mode: monitor", "mode: monitr");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken-settings.yaml");
    std::fs::write(&copy, text).unwrap();
    let broken = package(&copy);
    let told = String::from_utf8(broken.stdout).unwrap();
    assert!(!broken.status.success());
    assert!(told.contains("did you mean `monitor`?") && !told.contains("cargo build"), "{told}");
}
