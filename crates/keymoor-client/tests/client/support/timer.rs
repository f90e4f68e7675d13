use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use keymoor_client::{Timer, timing::Since};
use keymoor_core::{Clock, UnixTime};

/// Clocks that move when they are told to. Waiting is written down, and takes no time.
#[derive(Debug)]
pub(crate) struct SteppedTimer(Mutex<Times>);

#[derive(Debug)]
struct Times {
    wall: i64,
    monotonic: Duration,
    pauses: Vec<Duration>,
}

impl SteppedTimer {
    pub(crate) fn new() -> Self {
        let (wall, monotonic) = (1_800_000_000, Duration::from_secs(1000));
        Self(Mutex::new(Times { wall, monotonic, pauses: Vec::new() }))
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        self.0.lock().unwrap()
    }

    /// Time goes by, on both clocks.
    pub(crate) fn step(&self, seconds: u64) {
        let mut times = self.times();
        times.wall += i64::try_from(seconds).unwrap();
        times.monotonic += Duration::from_secs(seconds);
    }

    /// Somebody sets the calendar.
    pub(crate) fn set_calendar_by(&self, seconds: i64) {
        self.times().wall += seconds;
    }

    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.times().pauses.clone()
    }
}

impl Clock for SteppedTimer {
    fn now(&self) -> UnixTime {
        UnixTime::from_seconds(self.times().wall)
    }

    fn monotonic(&self) -> Duration {
        self.times().monotonic
    }
}

impl Timer for SteppedTimer {
    fn since(&self) -> Since {
        Since::Boot(7)
    }

    fn pause(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.times().pauses.push(duration);
        Box::pin(tokio::task::yield_now())
    }

    fn chance(&self) -> f64 {
        1.0
    }
}
