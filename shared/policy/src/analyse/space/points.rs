//! Numbers, instants and addresses: reading them, and listing the points between which no test
//! can change its mind. Such a list is complete, so finding nothing in it is a proof.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::test::ValueTest;
use crate::{Instant, Network};

/// Numbers are held in units of 10^-18, so that texts that differ are numbers that differ.
pub(crate) const UNIT: i128 = 1_000_000_000_000_000_000;
const DECIMALS: usize = 18;

/// The number that `text` is; nothing if it is none or has more digits than can be held.
pub(crate) fn number(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    if whole.is_empty() && fraction.is_empty()
        || whole.len() > 18
        || fraction.len() > DECIMALS
        || !plain(whole)
        || !plain(fraction)
    {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: i128 =
        if fraction.is_empty() { 0 } else { format!("{fraction:0<DECIMALS$}").parse().ok()? };
    let value = whole * UNIT + fraction;
    Some(if negative { -value } else { value })
}

fn number_text(value: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.abs() / UNIT, value.abs() % UNIT);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let fraction = format!("{fraction:018}");
    format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
}

/// Whether `text` is `true` or `false`; letter case does not count.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

const SECOND: i128 = 1_000_000_000;
const DAY: i128 = 86_400 * SECOND;

/// The instant that `text` is, in nanoseconds since 1970.
pub(crate) fn instant(text: &str) -> Option<i128> {
    Instant::parse(text).map(|instant| instant.0)
}

fn instant_text(value: i128) -> String {
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

/// The network that `text` is: an address, or one with a prefix length.
pub(crate) fn network(text: &str) -> Option<(IpAddr, u8)> {
    Network::parse(text).map(|network| (network.address, network.prefix))
}

pub(crate) fn contains(network: (IpAddr, u8), address: IpAddr) -> bool {
    let (first, last) = range(network);
    network.0.is_ipv4() == address.is_ipv4() && (first..=last).contains(&bits(address))
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

fn range((address, length): (IpAddr, u8)) -> (u128, u128) {
    let width: u8 = if address.is_ipv4() { 32 } else { 128 };
    let host = width.saturating_sub(length);
    let mask = if host >= 128 { u128::MAX } else { (1_u128 << host) - 1 };
    (bits(address) & !mask, bits(address) | mask)
}

fn address_text(v4: bool, bits: u128) -> Option<String> {
    if v4 {
        u32::try_from(bits).ok().map(|bits| Ipv4Addr::from(bits).to_string())
    } else {
        Some(Ipv6Addr::from(bits).to_string())
    }
}

/// Every point that `tests` can tell from its neighbours: each bound, a value between each two and
/// beyond both ends; for networks the first and last address and their outside neighbours.
pub(crate) fn critical(tests: &[ValueTest]) -> Vec<String> {
    let mut texts = Vec::new();
    let (mut numbers, mut instants) = (Vec::new(), Vec::new());
    let mut addresses = Vec::new();
    for test in tests {
        match test {
            ValueTest::Number(_, bounds) => numbers.extend(bounds),
            ValueTest::Date(_, bounds) => instants.extend(bounds),
            ValueTest::Address(networks) => addresses.extend(networks),
            ValueTest::Presence | ValueTest::Words(_) | ValueTest::Boolean(_) => {}
        }
        texts.extend(test.points());
    }
    texts.extend(around(numbers, UNIT).into_iter().map(number_text));
    texts.extend(around(instants, SECOND).into_iter().map(instant_text));
    texts.extend(edges(&addresses));
    texts
}

fn around(mut bounds: Vec<i128>, gap: i128) -> Vec<i128> {
    bounds.sort_unstable();
    bounds.dedup();
    let (Some(first), Some(last)) = (bounds.first(), bounds.last()) else { return bounds };
    let mut points = vec![last.saturating_add(gap), first.saturating_sub(gap)];
    for (low, high) in bounds.iter().zip(bounds.iter().skip(1)) {
        points.push(low + (high - low) / 2);
    }
    bounds.extend(points);
    bounds
}

fn edges(networks: &[(IpAddr, u8)]) -> Vec<String> {
    let mut points = Vec::new();
    for &network in networks {
        let v4 = network.0.is_ipv4();
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
