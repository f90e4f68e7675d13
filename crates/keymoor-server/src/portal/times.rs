//! Times as people read them: how long ago, and exactly on request.

use jiff::Timestamp;
use keymoor_core::UnixTime;

/// A time on a page.
pub(super) struct When {
    /// For machines and scripts.
    pub(super) datetime: String,
    /// For whoever wants to know exactly.
    pub(super) exact: String,
    /// For everybody.
    pub(super) relative: String,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl When {
    pub(super) fn new(at: UnixTime, now: UnixTime) -> Self {
        let time = Timestamp::from_second(at.seconds()).unwrap_or(Timestamp::UNIX_EPOCH);
        Self {
            datetime: time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            exact: time.strftime("%-d %B %Y, %H:%M:%S UTC").to_string(),
            relative: relative(at.since(now)),
        }
    }
}

fn relative(seconds: i64) -> String {
    let amount = seconds.abs();
    let (count, unit) = match amount {
        ..45 => return "just now".to_owned(),
        45..HOUR => (rounded(amount, MINUTE), "minute"),
        HOUR..DAY => (rounded(amount, HOUR), "hour"),
        _ if amount < 60 * DAY => (rounded(amount, DAY), "day"),
        _ if amount < 730 * DAY => (rounded(amount, 30 * DAY), "month"),
        _ => (rounded(amount, 365 * DAY), "year"),
    };
    let plural = if count == 1 { "" } else { "s" };
    if seconds > 0 {
        format!("in {count} {unit}{plural}")
    } else {
        format!("{count} {unit}{plural} ago")
    }
}

fn rounded(amount: i64, unit: i64) -> i64 {
    ((amount + unit / 2) / unit).max(1)
}

/// The day, as a date field of a form has it.
pub(super) fn day(at: UnixTime) -> String {
    let time = Timestamp::from_second(at.seconds()).unwrap_or(Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%d").to_string()
}

/// The end of a day that a date field names, in UTC.
pub(super) fn end_of_day(text: &str) -> Option<UnixTime> {
    let date: jiff::civil::Date = text.parse().ok()?;
    let end: Timestamp = format!("{date}T23:59:59Z").parse().ok()?;
    Some(UnixTime::from_seconds(end.as_second()))
}
