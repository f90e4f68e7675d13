//! A bound on memory, for work whose size others choose: a jq expression, a list without end.

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::bound;
#[cfg(target_os = "linux")]
pub(crate) use linux::bound;

#[cfg(target_os = "linux")]
mod linux {
    use std::{sync::mpsc, thread, time::Duration};

    use crate::client::{
        failure::{Failure, Reason},
        guard::wants_json,
    };

    /// The most KiB: 2 GiB.
    const MOST: u64 = 2 * 1024 * 1024;
    const GLANCE: Duration = Duration::from_millis(10);

    /// From here on, the process ends when it holds more. One expression or one list can want any
    /// amount, and makes it in one piece: nothing but the process as a whole can be measured.
    #[expect(clippy::disallowed_methods, reason = "the main thread may be busy for ever")]
    pub(crate) fn bound() {
        let watch = thread::Builder::new().name("memory".to_owned()).spawn(|| {
            let (_never, nothing) = mpsc::channel::<()>();
            while held().is_none_or(|kibibytes| kibibytes <= MOST) {
                let _ = nothing.recv_timeout(GLANCE);
            }
            let failure = Failure::new(Reason::Other, "this makes more than 2 GiB of the answer");
            let failure =
                failure.hint("Ask for less of it: by --limit, --filter or the expression.");
            failure.tell(wants_json(std::env::args_os()));
            std::process::exit(Reason::Other as i32);
        });
        // Without a thread there is no bound, as on other systems.
        drop(watch);
    }

    /// What lies in memory, in KiB.
    fn held() -> Option<u64> {
        let text = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn what_the_process_holds_is_known() {
            assert!(super::held().is_some_and(|held| held > 0 && held < super::MOST));
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    /// Not here: the system's own limits count.
    pub(crate) fn bound() {}
}
