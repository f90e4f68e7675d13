//! The time of day, and how it is written.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix seconds, by this machine's clock.
#[expect(clippy::disallowed_methods, reason = "this is the clock of the caller's commands")]
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// RFC 3339 in UTC, as Kubernetes and AWS want it. What no calendar holds is told as 1970.
pub(crate) fn rfc3339(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// How long until then, for people.
pub(crate) fn left(seconds: i64) -> String {
    match seconds {
        ..=0 => format!("expired {} ago", length(-seconds)),
        _ => format!("{} left", length(seconds)),
    }
}

fn length(seconds: i64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7200 => format!("{} min {} s", seconds / 60, seconds % 60),
        7200..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{left, rfc3339};

    #[test]
    fn times_are_utc() {
        assert_eq!(rfc3339(1_700_000_300), "2023-11-14T22:18:20Z");
        assert_eq!(rfc3339(i64::MAX), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn what_is_left_is_told_in_fitting_units() {
        let told = [-90, 0, 59, 299, 7300, 200_000].map(left);
        assert_eq!(
            told,
            [
                "expired 90 s ago",
                "expired 0 s ago",
                "59 s left",
                "4 min 59 s left",
                "2 h 1 min left",
                "2 days left"
            ]
        );
    }
}
