use std::time::Duration;

use keymoor_core::rate::{Meter, Rate};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn so_many_happen_at_once_and_the_next_after_a_while() {
    let rate = Rate::within(10, Duration::from_mins(1));
    let (mut meter, start) = (Meter::default(), Duration::from_secs(1000));
    for _ in 0..10 {
        assert_eq!(meter.take(rate, start), Ok(()));
    }
    assert_eq!(meter.take(rate, start), Err(6 * SECOND));
    assert_eq!(meter.take(rate, start + 5 * SECOND), Err(SECOND));
    assert_eq!(meter.take(rate, start + 6 * SECOND), Ok(()));
    assert_eq!(meter.take(rate, start + 6 * SECOND), Err(6 * SECOND));
}

#[test]
fn what_is_refused_prolongs_nothing() {
    let rate = Rate::within(1, SECOND);
    let mut meter = Meter::default();
    assert_eq!(meter.take(rate, SECOND), Ok(()));
    for _ in 0..100 {
        assert_eq!(meter.take(rate, SECOND), Err(SECOND));
    }
    assert_eq!(meter.take(rate, 2 * SECOND), Ok(()));
}

#[test]
fn what_is_counted_beyond_the_rate_is_forgotten_with_the_rest() {
    let rate = Rate::within(5, Duration::from_secs(5));
    let mut meter = Meter::default();
    for _ in 0..1000 {
        meter.count(rate, SECOND);
    }
    assert_eq!(meter.look(rate, SECOND), Err(SECOND));
    assert_eq!(meter.look(rate, 2 * SECOND), Ok(()));
    assert!(!meter.is_free(5 * SECOND) && meter.is_free(6 * SECOND));
}
