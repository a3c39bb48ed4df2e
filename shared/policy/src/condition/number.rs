//! Exact decimal numbers, as the `Numeric...` operators read them.

use std::{cmp::Ordering, fmt};

/// A number of a `Numeric...` condition: an integer or a decimal fraction, held exactly.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    /// The digits behind the point of `0.digits * 10^point`; neither the first nor the last is a zero.
    digits: Box<[u8]>,
    point: i32,
}

/// The largest power of ten that counts as a number, as in a double.
const LARGEST: i32 = 309;

impl Number {
    /// Reads a number, with an exponent if it has one; words such as `inf` are none, nor is what is too large for
    /// a double.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = || whole.bytes().chain(fraction.bytes());
        if digits().next().is_none() || !digits().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let zeros = digits().take_while(|byte| *byte == b'0').count();
        let mut kept: Vec<u8> = digits().skip(zeros).collect();
        kept.truncate(kept.iter().rposition(|byte| *byte != b'0').map_or(0, |last| last + 1));
        if kept.is_empty() {
            return Some(Self::new(false, Vec::new(), 0));
        }
        let point = i32::try_from(whole.len()).ok()?.checked_sub(i32::try_from(zeros).ok()?)?;
        let point = point.checked_add(exponent)?;
        (-LARGEST - 20..=LARGEST).contains(&point).then(|| Self::new(negative, kept, point))
    }

    fn new(negative: bool, digits: Vec<u8>, point: i32) -> Self {
        Self { negative, digits: digits.into(), point }
    }

    /// How many digits stand behind the point.
    fn decimals(&self) -> i32 {
        i32::try_from(self.digits.len()).unwrap_or(i32::MAX).saturating_sub(self.point).max(0)
    }

    fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The number with the other sign.
    pub(crate) fn opposite(&self) -> Self {
        Self { negative: !self.negative && !self.is_zero(), ..self.clone() }
    }

    /// Whether the number has no fraction.
    pub(crate) fn is_whole(&self) -> bool {
        self.decimals() == 0
    }

    /// The largest integer that is not above the number; nothing if it does not fit.
    pub(crate) fn floor(&self) -> Option<i128> {
        if self.point > 36 {
            return None;
        }
        let places = usize::try_from(self.point).unwrap_or(0);
        let at = |place: usize| self.digits.get(place).copied().unwrap_or(b'0');
        let whole = (0..places).fold(0_i128, |sum, place| sum * 10 + i128::from(at(place) - b'0'));
        Some(match (self.negative, self.is_whole()) {
            (false, _) => whole,
            (true, true) => -whole,
            (true, false) => -whole - 1,
        })
    }

    /// A number above this one, the next integer where that is known.
    pub(crate) fn above(&self) -> Self {
        match self.floor() {
            Some(floor) => Self::integer(floor + 1),
            None if self.negative => Self::integer(0),
            None => Self::new(false, vec![b'1'], self.point.saturating_add(1)),
        }
    }

    /// A number below this one.
    pub(crate) fn below(&self) -> Self {
        self.opposite().above().opposite()
    }

    /// A number between this one and `high`, which is above it.
    pub(crate) fn towards(&self, high: &Self) -> Self {
        if self.negative {
            return if high.negative || high.is_zero() {
                high.opposite().towards(&self.opposite()).opposite()
            } else {
                Self::integer(0)
            };
        }
        // Half a unit of the last place that either number has.
        let decimals = self.decimals().max(high.decimals());
        if self.is_zero() {
            return Self::new(false, vec![b'5'], -decimals);
        }
        let length = usize::try_from(self.point.saturating_add(decimals)).unwrap_or(0);
        let mut digits = self.digits.to_vec();
        digits.resize(length.max(digits.len()), b'0');
        digits.push(b'5');
        Self::new(false, digits, self.point)
    }

    fn integer(value: i128) -> Self {
        Self::parse(&value.to_string()).unwrap_or_else(|| Self::new(false, Vec::new(), 0))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |one: &Self, other: &Self| match (one.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => one.point.cmp(&other.point).then_with(|| one.digits.cmp(&other.digits)),
        };
        match (self.negative, other.negative) {
            (false, false) => size(self, other),
            (true, true) => size(other, self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

/// Plain decimal notation.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.negative { "-" } else { "" })?;
        let places = usize::try_from(self.point).unwrap_or(0);
        let digit = |place: usize| char::from(self.digits.get(place).copied().unwrap_or(b'0'));
        if places == 0 {
            f.write_str("0")?;
        }
        (0..places).try_for_each(|place| write!(f, "{}", digit(place)))?;
        if self.is_whole() {
            return Ok(());
        }
        f.write_str(".")?;
        (self.point..0).try_for_each(|_| f.write_str("0"))?;
        (places..self.digits.len()).try_for_each(|place| write!(f, "{}", digit(place)))
    }
}

#[cfg(test)]
mod tests {
    use super::Number;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn numbers_are_exact() {
        for (low, high) in [
            ("9007199254740992", "9007199254740993"),
            ("-1.5e3", "-1499"),
            ("-1", "0"),
            ("0", "0.000000000000000000001"),
            ("0.1", "0.10000000000000000000000000001"),
            ("9", "1e1"),
            ("-0.5", "-0.25"),
        ] {
            let (low, high) = (number(low), number(high));
            assert!(low < high, "{low} {high}");
            let between = low.towards(&high);
            assert!(low < between && between < high, "{low} {between} {high}");
            assert!(
                low.below() < low
                    && low < low.above()
                    && Number::parse(&between.to_string()) == Some(between)
            );
        }
        for (one, other) in
            [("5", "5.0"), ("+05", "5"), ("0", "-0.00"), ("1e2", "100"), (".5", "0.50"), ("5.", "5")]
        {
            assert_eq!(number(one), number(other));
            assert_eq!(number(one).to_string(), number(other).to_string());
        }
        for (text, floor) in [("2.5", 2), ("-2.5", -3), ("-2", -2), ("0.2", 0), ("1.2e2", 120), ("0", 0)] {
            assert_eq!(number(text).floor(), Some(floor), "{text}");
        }
        let bad =
            ["", "inf", "NaN", "1 ", "0x1", "1e999", ".", "e5", "+", "-", "1e", "1.2.3", "--1", "5e0.5"];
        assert!(bad.iter().all(|bad| Number::parse(bad).is_none()));
    }
}
