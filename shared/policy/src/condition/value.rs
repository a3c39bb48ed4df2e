//! Instants, networks and truth values, as the condition operators read them.

use std::net::IpAddr;

/// A point in time, in nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(pub i128);

const NANOS: i128 = 1_000_000_000;

impl Instant {
    /// Reads one of the W3C forms of ISO 8601 (`2026`, `2026-11`, `2026-11-22`,
    /// `2026-11-22T01:02Z`, `2026-11-22T01:02:03.5+01:00`), or seconds since 1970. Four digits are a
    /// year; twelve or more, which as seconds would lie beyond the year 5000, are milliseconds; a time
    /// without an offset is UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let epoch = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && text.len() != 4;
        if epoch {
            let unit = if digits.len() < 12 { NANOS } else { NANOS / 1000 };
            return text.parse::<i64>().ok().map(|count| Self(i128::from(count) * unit));
        }
        if let Some((seconds, fraction)) = text.split_once('.').filter(|_| !text.contains(['T', 't', ':'])) {
            return Some(Self(i128::from(seconds.parse::<i64>().ok()?) * NANOS + nanos(fraction)?));
        }
        let (date, time) = match text.split_once(['T', 't']) {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let day = day(date)? * 86_400 * NANOS;
        Some(Self(day + time.map_or(Some(0), time_of_day)?))
    }
}

/// Days since 1970-01-01 of `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn day(date: &str) -> Option<i128> {
    let mut parts = date.split('-');
    let year = i128::from(fixed(parts.next()?, 4)?);
    let month = parts.next().map_or(Some(1), |part| fixed(part, 2))?;
    let day = parts.next().map_or(Some(1), |part| fixed(part, 2))?;
    let legal =
        parts.next().is_none() && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    if !legal {
        return None;
    }
    // Years begin in March here, so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let before_month = i128::from((153 * month + 2) / 5);
    Some(year * 365 + leap_days + before_month + i128::from(day) - 1 - 719_468)
}

const fn days_in(year: i128, month: u32) -> u32 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Nanoseconds since midnight UTC of `hh:mm[:ss[.f]]` with an offset.
fn time_of_day(time: &str) -> Option<i128> {
    let (clock, offset) = match time.find(['Z', 'z', '+', '-']) {
        Some(at) => time.split_at_checked(at)?,
        None => (time, "Z"),
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, nanos(fraction)?),
        None => (clock, 0),
    };
    let mut parts = clock.split(':');
    let hours = fixed(parts.next()?, 2)?;
    let minutes = fixed(parts.next()?, 2)?;
    let seconds = parts.next().map_or(Some(0), |part| fixed(part, 2))?;
    if parts.next().is_some() || hours > 24 || minutes > 59 || seconds > 60 {
        return None;
    }
    let local = i128::from(hours * 3600 + minutes * 60 + seconds) * NANOS + fraction;
    Some(local - i128::from(offset_seconds(offset)?) * NANOS)
}

/// `Z`, `+hh:mm` or `-hhmm` in seconds.
fn offset_seconds(offset: &str) -> Option<i64> {
    let (sign, rest) = match offset.split_at_checked(1)? {
        ("Z" | "z", "") => return Some(0),
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None => rest.split_at_checked(2)?,
    };
    let minutes = if minutes.is_empty() { 0 } else { fixed(minutes, 2)? };
    Some(sign * i64::from(fixed(hours, 2)? * 3600 + minutes * 60))
}

/// A fraction of a second; digits beyond the ninth are dropped.
fn nanos(fraction: &str) -> Option<i128> {
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(digits.fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0')))
}

/// Exactly this many digits.
fn fixed(text: &str, digits: usize) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Whether `text` is `true` or `false`; letter case does not count.
pub(crate) const fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Whether two letters are the same but for their case. A letter outside ASCII never equals one of it.
pub(crate) fn same_letter(one: char, other: char) -> bool {
    one == other || one.is_ascii() == other.is_ascii() && lower(one) == lower(other)
}

/// The letter in lower case, where that is one letter.
pub(crate) fn lower(letter: char) -> char {
    let mut lower = letter.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) if one.is_ascii() == letter.is_ascii() => one,
        _ => letter,
    }
}

/// The letter in upper case, where that is one letter.
pub(crate) fn upper(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) if lower(one) == lower(letter) => one,
        _ => letter,
    }
}

/// A range of addresses: `203.0.113.0/24`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// Any address of the range.
    pub address: IpAddr,
    /// How many of its leading bits count.
    pub prefix: u8,
}

impl Network {
    /// Reads CIDR notation; bits behind the prefix do not count.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok()?
            }
            Some(_) => return None,
            None => longest,
        };
        (prefix <= longest).then_some(Self { address, prefix })
    }

    /// Whether `address` lies in the range. The two families share no address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let different = match (self.address, address) {
            (IpAddr::V4(one), IpAddr::V4(two)) => u128::from(one.to_bits() ^ two.to_bits()) << 96,
            (IpAddr::V6(one), IpAddr::V6(two)) => one.to_bits() ^ two.to_bits(),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => return false,
        };
        different.leading_zeros() >= u32::from(self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::{Instant, Network};

    #[test]
    fn instants_agree_with_their_epoch_seconds() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970", 0),
            ("2000-03", 951_868_800),
            ("2000-02-29", 951_782_400),
            ("2013-06-30T00:00:00Z", 1_372_550_400),
            ("2026-11-22T01:02:03+01:00", 1_795_305_723),
            ("2026-11-22T00:02:03", 1_795_305_723),
            ("2026-11-21t23:02:03-0100", 1_795_305_723),
            ("1969-12-31T23:59:59z", -1),
            ("1795305723", 1_795_305_723),
            ("1795305723000", 1_795_305_723),
            ("-1", -1),
        ] {
            assert_eq!(Instant::parse(text), Some(Instant(seconds * 1_000_000_000)), "{text}");
        }
        assert_eq!(Instant::parse("1970-01-01T00:00:00.25Z"), Some(Instant(250_000_000)));
        for bad in [
            "",
            "now",
            "2026-13",
            "2025-02-29",
            "2026-11-22T",
            "2026-11-22T25:00Z",
            "2026-11-22 01:02",
            "--1",
        ] {
            assert_eq!(Instant::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn networks_hold_their_edges_only() {
        let holds = |network: &str, address: &str| {
            Network::parse(network).unwrap().contains(address.parse().unwrap())
        };
        assert!(holds("203.0.113.7/24", "203.0.113.0") && holds("203.0.113.7/24", "203.0.113.255"));
        assert!(!holds("203.0.113.0/24", "203.0.112.255") && !holds("203.0.113.0/24", "203.0.114.0"));
        assert!(holds("0.0.0.0/0", "1.2.3.4") && !holds("0.0.0.0/0", "::1") && holds("::/0", "::1"));
        assert!(holds("2001:db8::/33", "2001:db8:7fff::") && !holds("2001:db8::/33", "2001:db8:8000::"));
        assert!(holds("10.0.0.1", "10.0.0.1") && !holds("10.0.0.1", "10.0.0.2"));
        assert!(
            ["10.0.0.0/33", "10.0.0/8", "x", "10.0.0.0/", "10.0.0.0/+8"]
                .iter()
                .all(|bad| Network::parse(bad).is_none())
        );
    }
}
