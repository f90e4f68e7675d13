//! Points in time as SAML writes them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use keymoor_core::UnixTime;

/// Reads an `xs:dateTime` in UTC, such as `2026-01-31T12:00:00.123Z` (saml-core §1.3.3). Fractions
/// of a second are cut off.
pub(crate) fn parse(text: &str) -> Option<UnixTime> {
    let text = text.strip_suffix('Z').filter(|text| is_date_time(text))?;
    let read: DateTime = text.parse().ok()?;
    // Past the end of what can be told apart is the last day of the year 9999 alone.
    let instant = TimeZone::UTC.to_timestamp(read).unwrap_or(Timestamp::MAX);
    let time = UnixTime::from_seconds(instant.as_second());
    time.is_plausible().then_some(time)
}

/// Writes `time` so that [`parse`] reads it.
pub(crate) fn format(time: UnixTime) -> String {
    let instant = Timestamp::from_second(time.seconds());
    instant.unwrap_or(Timestamp::MAX).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn is_date_time(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let fits = |(byte, pattern): (u8, u8)| match pattern {
        b'0' => byte.is_ascii_digit(),
        other => byte == other,
    };
    let pattern = b"0000-00-00T00:00:00";
    whole.len() == pattern.len()
        && whole.bytes().zip(*pattern).all(fits)
        && (1..=12).contains(&fraction.len())
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_utc_is_read() {
        let at = Some(UnixTime::from_seconds(1_769_860_800));
        for text in ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.999Z"] {
            assert_eq!(parse(text), at, "{text}");
        }
        for text in [
            "2026-01-31T12:00:00",
            "2026-01-31T12:00:00+01:00",
            "2026-01-31 12:00:00Z",
            "2026-01-31T12:00:00z",
            "2026-02-31T12:00:00Z",
            " 2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00.Z",
            "12026-01-31T12:00:00Z",
            "1926-01-31T12:00:00Z",
            "",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_day_that_some_libraries_write_is_read() {
        assert!(parse("9999-12-31T23:59:59.9999999Z").is_some());
    }

    #[test]
    fn what_is_written_is_read() {
        for seconds in [0, 1_769_860_800, 253_402_000_000] {
            let time = UnixTime::from_seconds(seconds);
            assert_eq!(parse(&format(time)), Some(time));
        }
    }
}
