//! Networks from which everybody is let in.

use policy::Network;
use serde::Deserialize;

/// A range of addresses, a VPC or an endpoint of one. Only what is listed bounds a caller: a trust policy may
/// name any network, and everybody owns one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct TrustedNetwork(String);

impl TrustedNetwork {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TrustedNetwork {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match Network::parse(&text) {
            Some(network) if is_too_wide(network) => {
                Err(format!("`{text}` is wider than any network that one owner has"))
            }
            Some(_) => Ok(Self(text)),
            None if is_id(&text) => Ok(Self(text)),
            None => Err(format!(
                "`{text}` is no network: write addresses such as `203.0.113.0/24`, a VPC such as \
                 `vpc-0123456789abcdef0`, or an endpoint such as `vpce-0123456789abcdef0`"
            )),
        }
    }
}

/// The largest blocks that registries gave to one owner: /8 of IPv4, /16 of IPv6.
fn is_too_wide(network: Network) -> bool {
    network.prefix < if network.address.is_ipv4() { 8 } else { 16 }
}

fn is_id(text: &str) -> bool {
    let digits = text.strip_prefix("vpc-").or_else(|| text.strip_prefix("vpce-"));
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    digits.is_some_and(|digits| matches!(digits.len(), 8 | 17) && digits.bytes().all(is_hex))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_one_owner() {
        let read = |text: &str| TrustedNetwork::try_from(text.to_owned());
        for text in
            ["203.0.113.0/24", "198.51.100.7", "2001:db8::/32", "vpc-1a2b3c4d", "vpce-0123456789abcdef0"]
        {
            assert_eq!(read(text).map(|network| network.0), Ok(text.to_owned()));
        }
        for text in ["0.0.0.0/0", "0.0.0.0/1", "::/0", "vpc-*", "vpce-", "subnet-1a2b3c4d", "203.0.113.*", ""]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
