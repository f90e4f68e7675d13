use std::{
    io::{IsTerminal, Write, stderr},
    time::{Duration, Instant},
};

/// How often something new is shown.
const PAUSE: Duration = Duration::from_millis(200);

/// How far something that takes long has come, on a terminal.
pub(super) struct Progress {
    watched: bool,
    shown: Option<Instant>,
}

impl Progress {
    pub(super) fn new() -> Self {
        Self { watched: stderr().is_terminal(), shown: None }
    }

    /// Shows `line` in place of the one before.
    pub(super) fn show(&mut self, line: impl FnOnce() -> String) {
        let due = self.shown.is_none_or(|at| at.elapsed() >= PAUSE);
        if self.watched && due {
            self.shown = Some(Instant::now());
            let _ = write!(stderr(), "\r\x1b[K{}", line());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown.is_some() {
            let _ = write!(stderr(), "\r\x1b[K");
        }
    }
}

/// `[######----] 60 %`
pub(super) fn bar(done: u64, all: u64) -> String {
    const WIDTH: u64 = 30;
    let part = |of: u64| (done.min(all) * of).checked_div(all).unwrap_or(of);
    let filled = usize::try_from(part(WIDTH)).unwrap_or_default();
    let empty = usize::try_from(WIDTH).unwrap_or_default() - filled;
    format!("[{}{}] {} %", "#".repeat(filled), "-".repeat(empty), part(100))
}

/// `12.3 MB`
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::{bar, size};

    #[test]
    fn a_bar_is_full_at_its_end() {
        assert_eq!(bar(0, 200), format!("[{}] 0 %", "-".repeat(30)));
        assert_eq!(bar(100, 200), format!("[{}{}] 50 %", "#".repeat(15), "-".repeat(15)));
        assert_eq!(bar(200, 200), format!("[{}] 100 %", "#".repeat(30)));
        assert_eq!(bar(0, 0), format!("[{}] 100 %", "#".repeat(30)));
    }

    #[test]
    fn a_size_is_told_as_people_do() {
        assert_eq!(size(1), "1 kB");
        assert_eq!(size(12_345_678), "12.3 MB");
    }
}
