//! Items: a packed body of versioned JSON, and the few attributes that questions are asked of.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use remediation::ports::PortError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::{Duration, OffsetDateTime};

use super::key::Key;

/// The attributes of an item, by name.
pub(super) type Attributes = BTreeMap<String, AttributeValue>;

/// The most bytes of body that an item carries: DynamoDB takes 400 KB, attribute names included.
pub(super) const MOST: usize = 380_000;

/// The most that a body may unpack to. The documents of one role are far smaller.
const MOST_UNPACKED: u64 = 256 << 20;

/// Bodies are in this version of their types.
const VERSION: u64 = 1;

/// How long the table keeps what nothing will be decided by.
pub(super) const KEPT: Duration = Duration::days(400);
/// How long a notification can come again: queues keep messages for 14 days.
pub(super) const NOTICES_KEPT: Duration = Duration::days(30);

pub(super) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(super) fn number(value: i128) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub(super) fn bytes(value: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// When DynamoDB may drop an item (its TTL attribute), in seconds since 1970.
pub(super) fn expires(at: OffsetDateTime) -> (String, AttributeValue) {
    ("expires".to_owned(), number(at.unix_timestamp().into()))
}

pub(super) fn keyed(key: &Key) -> Attributes {
    [("pk".to_owned(), text(&key.partition)), ("sk".to_owned(), text(&key.sort))].into()
}

pub(super) fn as_text<'a>(item: &'a Attributes, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

pub(super) fn as_number<T: std::str::FromStr>(item: &Attributes, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

/// The value as packed JSON.
pub(super) fn pack(value: &impl Serialize) -> Result<Vec<u8>, PortError> {
    let failed = |error: &dyn std::fmt::Display| PortError(format!("an entry can't be packed: {error}"));
    let json = serde_json::to_vec(value).map_err(|error| failed(&error))?;
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&json).and_then(|()| packed.finish()).map_err(|error| failed(&error))
}

/// The value of a body.
pub(super) fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T, PortError> {
    let failed = |error: &dyn std::fmt::Display| {
        PortError(format!("an entry of the table can't be read: {error}; see whether it was written by hand"))
    };
    let mut json = Vec::new();
    ZlibDecoder::new(packed).take(MOST_UNPACKED).read_to_end(&mut json).map_err(|error| failed(&error))?;
    let Version { version } = serde_json::from_slice(&json).map_err(|error| failed(&error))?;
    if version != VERSION {
        return Err(PortError(format!(
            "an entry of the table has version {version}, which this release does not know: update rescind"
        )));
    }
    serde_json::from_slice(&json).map_err(|error| failed(&error))
}

#[derive(serde::Deserialize)]
struct Version {
    version: u64,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_body_reads_back_and_only_in_the_version_that_is_known() {
        let body = json!({"version": 1, "text": "a".repeat(1_000)});
        let packed = pack(&body).unwrap();
        assert!(packed.len() < 100);
        assert_eq!(unpack::<Value>(&packed).unwrap(), body);
        for other in [json!({"version": 2}), json!({}), json!([])] {
            assert!(unpack::<Value>(&pack(&other).unwrap()).is_err(), "{other}");
        }
        for end in 0..packed.len() - 4 {
            assert!(unpack::<Value>(&packed[..end]).is_err(), "cut at {end}");
        }
    }
}
