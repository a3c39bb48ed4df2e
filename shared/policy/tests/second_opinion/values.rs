//! Values of keys: of their type, out of the policies' own words, and what nobody thinks of.

use rescind_policy::ConditionKey;

use crate::{
    dice::Dice,
    facts::{NAMED, ORG, OWN, TRUSTED, UNNAMED},
    keys::{self, Type},
};

/// A value of the key's type, or any text.
pub(crate) fn drawn(dice: &mut Dice<'_>, key: &ConditionKey, texts: &[String]) -> String {
    if let Some((_, odd)) = ODD.iter().find(|(one, _)| key.is(one)) {
        return dice.of(odd).to_owned();
    }
    let typed = keys::type_of(key.as_str());
    let suiting: Vec<String> = texts
        .iter()
        .map(|text| spelled(dice, text))
        .filter(|text| typed.is_some_and(|t| t.holds(text)))
        .collect();
    let mut all: Vec<&str> = suiting.iter().map(String::as_str).collect();
    let more: &[&str] = match typed {
        Some(Type::Address) => &["203.0.113.7", "203.0.114.1", "10.1.2.3", "2001:db8::1", "::"],
        Some(Type::Boolean) => &["true", "false"],
        Some(Type::Date) => &["2026-11-30T00:00:00Z", "2019-01-01T00:00:00Z"],
        Some(Type::Number) => &["0", "5", "4.9", "-1", "10", "1000"],
        Some(Type::Account) => &["anonymous", OWN, TRUSTED, NAMED, UNNAMED],
        Some(Type::Arn) => &[
            "arn:aws:iam::888877776666:role/x",
            "arn:aws:s3:::b",
            "arn:aws:scheduler:eu-west-1:111122223333:schedule/x",
            "arn:aws:sns:eu-west-1:888877776666:x",
            "arn:aws:iam::aws:policy/AdministratorAccess",
            "arn:aws:iam::111122223333:oidc-provider/evil.example",
        ],
        Some(Type::Organization) => &[ORG, "o-strangers99"],
        Some(Type::Service) => &[
            "lambda.amazonaws.com",
            "ec2.amazonaws.com",
            "cloudformation.amazonaws.com",
            "sns.amazonaws.com",
        ],
        None if key.is("aws:SourceOrgPaths") => &["o-exampleorg1/r-ab12/", "o-strangers99/r-zz99/"],
        None => return text(dice, texts),
    };
    all.extend(more);
    dice.of(&all).to_owned()
}

/// Any text: what the policies say, its neighbours, and what nobody thinks of.
pub(crate) fn text(dice: &mut Dice<'_>, texts: &[String]) -> String {
    let known = dice.one(texts).cloned();
    match (dice.below(16), known) {
        (0..=5, Some(known)) => spelled(dice, &known),
        (6, Some(known)) => known,
        (7..=9, Some(known)) => {
            let near = spelled(dice, &known);
            neighbour(dice, &near)
        }
        (10, _) => String::new(),
        (11, _) => dice.of(&["*", "?", "a*", "repo:*"]).to_owned(),
        (12, _) => dice.of(&["true", "TRUE", "True", "false", "FALSE"]).to_owned(),
        (13, _) => dice.of(&["5", "4", "0", "-1", "5.0", "abc5"]).to_owned(),
        (14, _) => {
            dice.of(&["2030-01-01T00:00:00Z", "2019-01-01", "203.0.113.7", "10.1.2.3", "::1"]).to_owned()
        }
        _ => dice
            .of(&[
                "abc",
                "x",
                "B",
                "é",
                " ",
                "a b",
                OWN,
                UNNAMED,
                "arn:aws:iam::888877776666:role/x",
                "arn:x",
                "repo:evil/x:y",
            ])
            .to_owned(),
    }
}

/// A text that the glob may match.
pub(crate) fn spelled(dice: &mut Dice<'_>, glob: &str) -> String {
    let mut text = String::new();
    for character in glob.chars() {
        match character {
            '*' => text.push_str(dice.of(&["", "x", "a/b", ":", "111122223333"])),
            '?' => text.push_str(dice.of(&["x", "?", "A"])),
            _ => text.push(character),
        }
    }
    text
}

/// One letter more, less, other, or in the other case.
fn neighbour(dice: &mut Dice<'_>, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = dice.below(letters.len().max(1));
    match dice.below(5) {
        0 => letters.push('x'),
        1 => drop(letters.pop()),
        2 => letters.insert(0, 'x'),
        3 => {
            for letter in &mut letters {
                *letter = if letter.is_ascii_uppercase() {
                    letter.to_ascii_lowercase()
                } else {
                    letter.to_ascii_uppercase()
                };
            }
        }
        _ => {
            if let Some(letter) = letters.get_mut(at) {
                *letter = 'z';
            }
        }
    }
    letters.into_iter().collect()
}

/// What those may say of themselves who are of no account.
pub(crate) const ODD: [(&str, &[&str]); 4] = [
    ("aws:PrincipalAccount", &["anonymous", UNNAMED]),
    ("aws:PrincipalArn", &["arn:aws:iam::888877776666:root", "arn:aws:sts::888877776666:assumed-role/x/y"]),
    ("aws:userid", &["anonymous", "AIDAOFNOBODYOFNOBODY1"]),
    ("aws:PrincipalType", &["Anonymous", "AssumedRole", "Account"]),
];
