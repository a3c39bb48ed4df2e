//! What the Service Authorization Reference says of the keys of services: which are truth values, numbers, dates,
//! addresses or lists. A key that is not here is a text, as far as anybody knows.

use std::sync::LazyLock;

use super::rules::Form;
use crate::ConditionKey;

/// The key in lower case, a tab, its form; sorted.
const TABLE: &str = include_str!("../../data/service-keys.tsv");

static ROWS: LazyLock<Vec<(&str, Documented)>> = LazyLock::new(|| TABLE.lines().filter_map(row).collect());

/// What is documented of a key of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Documented {
    /// It has one value of this form.
    One(Form),
    /// It has several values.
    List,
}

fn row(line: &'static str) -> Option<(&'static str, Documented)> {
    let (key, form) = line.split_once('\t')?;
    let documented = match form {
        "boolean" => Documented::One(Form::Boolean),
        "number" => Documented::One(Form::Number),
        "date" => Documented::One(Form::Date),
        "address" => Documented::One(Form::Address),
        "list" => Documented::List,
        _ => return None,
    };
    Some((key, documented))
}

/// What is documented of the key, if its form is more than a text.
pub(crate) fn documented(key: &ConditionKey) -> Option<Documented> {
    let folded = || key.as_str().bytes().map(|byte| byte.to_ascii_lowercase());
    let at = ROWS.binary_search_by(|(known, _)| known.bytes().cmp(folded())).ok()?;
    ROWS.get(at).map(|(_, documented)| *documented)
}

#[cfg(test)]
mod tests {
    use super::{Documented, ROWS, TABLE, documented};
    use crate::{ConditionKey, keys::rules::Form};

    #[test]
    fn every_line_is_a_row_and_can_be_found() {
        assert_eq!(ROWS.len(), TABLE.lines().count());
        assert!(ROWS.iter().zip(ROWS.iter().skip(1)).all(|(one, next)| one.0 < next.0));
        for (key, form) in ROWS.iter() {
            assert_eq!(documented(&ConditionKey::new(key.to_ascii_uppercase())), Some(*form));
        }
        assert_eq!(documented(&ConditionKey::new("ec2:encrypted")), Some(Documented::One(Form::Boolean)));
        assert_eq!(documented(&ConditionKey::new("dynamodb:LeadingKeys")), Some(Documented::List));
        assert_eq!(documented(&ConditionKey::new("s3:prefix")), None);
    }
}
