use jiff::Timestamp;
use keymoor_core::UnixTime;

/// The time as the wire format writes it, `2026-11-23T19:11:00+00:00`.
pub(crate) fn rfc3339(time: UnixTime) -> String {
    let timestamp = Timestamp::from_second(time.seconds()).unwrap_or(Timestamp::UNIX_EPOCH);
    timestamp.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// The time that a text of RFC 3339 names, to the second.
pub(crate) fn parse_rfc3339(text: &str) -> Option<UnixTime> {
    let time: Timestamp = text.parse().ok()?;
    Some(UnixTime::from_seconds(time.as_second()))
}
