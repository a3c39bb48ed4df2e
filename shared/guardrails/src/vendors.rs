//! Whose account it is, for known vendors. Used in sentences only: a name never makes an account trusted.

/// Account, vendor and source, separated by tabs, sorted by account; lines with `#` are comments.
const VENDORS: &str = include_str!("../data/vendors.tsv");

/// The vendor that says of this account that it is its own.
pub(crate) fn vendor(account: &str) -> Option<&'static str> {
    entries().find(|(known, ..)| *known == account).map(|(_, vendor, _)| vendor)
}

fn entries() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    VENDORS.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (account, rest) = line.split_once('\t')?;
        let (vendor, source) = rest.split_once('\t')?;
        Some((account, vendor, source))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::AccountId;

    #[test]
    fn every_entry_is_well_formed_and_stands_once_in_its_place() {
        let lines = VENDORS.lines().filter(|line| !line.starts_with('#')).count();
        let all: Vec<_> = entries().collect();
        assert_eq!(all.len(), lines, "a line without its three parts");
        assert!(all.len() >= 40);
        for (account, vendor, source) in &all {
            assert!(AccountId::parse(account).is_ok(), "{account}");
            assert!(!vendor.is_empty() && vendor.trim() == *vendor, "{account}");
            assert!(source.starts_with("https://") && !source.contains(char::is_whitespace), "{account}");
        }
        let accounts: Vec<&str> = all.iter().map(|(account, ..)| *account).collect();
        assert!(accounts.is_sorted_by(|one, next| one < next), "sorted, and none twice");
        assert_eq!(vendor("464622532012"), Some("Datadog"));
        assert_eq!(vendor("111122223333"), None);
    }
}
