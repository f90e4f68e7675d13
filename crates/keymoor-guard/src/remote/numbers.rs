use std::fmt::Write;

use super::FeedHealth;

/// How the feed is doing, in Prometheus' text format.
pub(super) fn text(health: &FeedHealth) -> String {
    let mut text = String::new();
    let mut gauge = |name: &str, help: &str, value: f64| {
        let name = format!("keymoor_guard_feed_{name}");
        // Writing to a string does not fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
    };
    let is = |it: bool| if it { 1.0 } else { 0.0 };
    gauge("connected", "Whether the guard is connected to the removal feed", is(health.connected));
    gauge("lost", "Whether the guard goes by its policy for a lost feed", is(health.lost));
    #[expect(clippy::cast_precision_loss, reason = "numbers of changes are far below 2^52")]
    gauge("number", "Number of the last change heard of", health.number as f64);
    if let Some(age) = health.age {
        gauge("age_seconds", "Time since the removal feed was heard", age.as_secs_f64());
    }
    text
}
