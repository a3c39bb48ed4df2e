//! The catalogue as data.

use super::catalogue::PATHS;

#[test]
fn every_way_is_listed_once_with_a_source_and_passed_roles_go_somewhere() {
    let mut seen = std::collections::BTreeSet::new();
    for path in PATHS {
        assert!(seen.insert(path.actions), "{:?} stands there twice", path.actions);
        assert!(!path.source.is_empty());
        let passes = path.actions.contains(&"iam:PassRole");
        assert_eq!(passes, path.actions.first() == Some(&"iam:PassRole"));
        assert_eq!(passes, !path.services.is_empty(), "{:?}", path.actions);
    }
}
