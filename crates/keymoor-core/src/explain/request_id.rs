use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The id of a request: 96 bits drawn at random, since an id that counts would tell of the traffic.
/// Always ours: what a client calls its request is another matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(u64, u32);

/// The text is no id of a request: 24 hexadecimal digits in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a request id is 24 hexadecimal digits, as the header X-Request-Id of the answer has it")]
pub struct InvalidRequestId;

const HIGH: usize = 16;
const LENGTH: usize = 24;

impl RequestId {
    /// The id of these bits.
    pub const fn new(high: u64, low: u32) -> Self {
        Self(high, low)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:08x}", self.0, self.1)
    }
}

impl FromStr for RequestId {
    type Err = InvalidRequestId;

    fn from_str(text: &str) -> Result<Self, InvalidRequestId> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != LENGTH || !text.bytes().all(digit) {
            return Err(InvalidRequestId);
        }
        let high = u64::from_str_radix(&text[..HIGH], 16).map_err(|_| InvalidRequestId)?;
        let low = u32::from_str_radix(&text[HIGH..], 16).map_err(|_| InvalidRequestId)?;
        Ok(Self(high, low))
    }
}

impl Serialize for RequestId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
