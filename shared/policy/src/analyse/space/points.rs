//! The points between which no test of numbers, instants, addresses or truth values can change its mind. Such a list
//! is complete, so finding nothing in it is a proof.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::test::{Kind, ValueTest};
use crate::{Instant, Network, Number};

/// Every point that `tests` can tell from its neighbours: each bound, a value between each two and beyond both ends;
/// for networks the first and last address and their outside neighbours. Each in several spellings, since a number
/// need be no date, and the words that tests of text write out.
pub(crate) fn critical(tests: &[ValueTest]) -> Vec<String> {
    let mut texts = Vec::new();
    let (mut numbers, mut instants, mut networks) = (Vec::new(), Vec::new(), Vec::new());
    for test in tests {
        match test {
            ValueTest::Number(_, bounds) => numbers.extend(bounds.iter().cloned()),
            ValueTest::Date(_, bounds) => instants.extend(bounds),
            ValueTest::Address(list) | ValueTest::AddressOutside(list) => networks.extend(list),
            ValueTest::Boolean(_) => texts.extend(["true", "false"].map(str::to_owned)),
            ValueTest::Words(pattern) => texts.extend(pattern.words().unwrap_or_default()),
            ValueTest::Presence => {}
        }
        texts.push(test.kind().sample().to_owned());
    }
    texts.extend(around_numbers(numbers).iter().flat_map(number_texts));
    texts.extend(around_instants(instants).into_iter().flat_map(instant_texts));
    texts.extend(edges(&networks));
    if tests.iter().any(|test| test.kind() == Kind::Boolean) {
        texts.extend(["TRUE", "FALSE", "True", "False"].map(str::to_owned));
    }
    texts
}

/// The text in every mixture of lower and upper case.
pub(crate) fn spellings(text: &str) -> Vec<String> {
    text.chars().fold(vec![String::new()], |known, letter| {
        let longer = |start: &String| {
            [letter.to_ascii_lowercase(), letter.to_ascii_uppercase()]
                .map(|letter| format!("{start}{letter}"))
        };
        known.iter().flat_map(longer).collect()
    })
}

fn around_numbers(mut bounds: Vec<Number>) -> Vec<Number> {
    bounds.sort_unstable();
    bounds.dedup();
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else { return bounds };
    let mut points = vec![last.above(), first.below()];
    points.extend(bounds.iter().zip(bounds.iter().skip(1)).map(|(low, high)| low.towards(high)));
    [bounds, points].concat()
}

/// A number as people write it, and in forms that no date has.
fn number_texts(number: &Number) -> Vec<String> {
    let plain = number.to_string();
    let signed = if plain.starts_with('-') { format!("0{plain}") } else { format!("+{plain}") };
    let exponent = format!("{plain}e0");
    vec![plain, signed, exponent]
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

fn around_instants(mut bounds: Vec<Instant>) -> Vec<Instant> {
    bounds.sort_unstable();
    bounds.dedup();
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else { return bounds };
    let mut points = vec![Instant(last.0.saturating_add(SECOND)), Instant(first.0.saturating_sub(SECOND))];
    let between = |(low, high): (&Instant, &Instant)| Instant(low.0 + (high.0 - low.0) / 2);
    points.extend(bounds.iter().zip(bounds.iter().skip(1)).map(between));
    [bounds, points].concat()
}

/// An instant as a date, and as seconds since 1970 where that says the same.
fn instant_texts(instant: Instant) -> Vec<String> {
    let seconds = instant.0.div_euclid(SECOND).to_string();
    let mut texts = vec![date_text(instant.0)];
    texts.extend((Instant::parse(&seconds) == Some(instant)).then_some(seconds));
    texts
}

fn date_text(value: i128) -> String {
    let days = value.div_euclid(DAY) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i128::from(month <= 2);
    let (seconds, nanos) = (value.rem_euclid(DAY) / SECOND, value.rem_euclid(SECOND));
    let fraction = if nanos == 0 { String::new() } else { format!(".{nanos:09}") };
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}{fraction}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// The first and the last address of a network, as bits.
fn range(network: Network) -> (u128, u128) {
    let (width, bits): (u8, u128) = match network.address {
        IpAddr::V4(v4) => (32, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (128, u128::from(v6)),
    };
    let host = width.saturating_sub(network.prefix);
    let mask = if host >= 128 { u128::MAX } else { (1_u128 << host) - 1 };
    (bits & !mask, bits | mask)
}

fn address_text(v4: bool, bits: u128) -> Option<String> {
    if v4 {
        u32::try_from(bits).ok().map(|bits| Ipv4Addr::from(bits).to_string())
    } else {
        Some(Ipv6Addr::from(bits).to_string())
    }
}

fn edges(networks: &[Network]) -> Vec<String> {
    let mut points = Vec::new();
    for &network in networks {
        let v4 = network.address.is_ipv4();
        let (first, last) = range(network);
        points.extend([
            (v4, Some(first)),
            (v4, Some(last)),
            (v4, first.checked_sub(1)),
            (v4, last.checked_add(1)),
        ]);
    }
    if !networks.is_empty() {
        // One address of each family that no policy is likely to name (documentation networks).
        points.extend([(true, Some(0xcb00_7107)), (false, Some(0x2001_0db8_ffff_0000_0000_0000_0000_0007))]);
    }
    points.sort_unstable();
    points.dedup();
    points.into_iter().filter_map(|(v4, bits)| address_text(v4, bits?)).collect()
}
