use std::{
    future::Future,
    pin::Pin,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use keymoor_core::{Clock, UnixTime};

use super::{Since, Timer};

/// The system's clocks. On Linux the monotonic one goes on while the machine sleeps, and all
/// processes count alike.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemTimer;

impl Clock for SystemTimer {
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    fn now(&self) -> UnixTime {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        UnixTime::from_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        platform::monotonic()
    }
}

impl Timer for SystemTimer {
    fn since(&self) -> Since {
        platform::since()
    }

    fn pause(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn chance(&self) -> f64 {
        fastrand::f64()
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use std::{fs, sync::LazyLock, time::Duration};

    use rustix::time::{ClockId, clock_gettime};

    use super::Since;

    /// The kernel's random name of this start of the machine.
    static BOOT: LazyLock<Since> = LazyLock::new(|| {
        let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        let digits: String = text.chars().filter(char::is_ascii_hexdigit).take(16).collect();
        u64::from_str_radix(&digits, 16).map_or(Since::Process, Since::Boot)
    });

    pub(super) fn since() -> Since {
        *BOOT
    }

    pub(super) fn monotonic() -> Duration {
        let time = clock_gettime(ClockId::Boottime);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or_default();
        Duration::new(seconds, nanoseconds)
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    use std::{
        sync::LazyLock,
        time::{Duration, Instant},
    };

    use super::Since;

    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

    pub(super) fn since() -> Since {
        Since::Process
    }

    pub(super) fn monotonic() -> Duration {
        BEGAN.elapsed()
    }
}
