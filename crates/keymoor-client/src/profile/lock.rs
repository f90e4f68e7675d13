//! Waiting for another process, for a limited time.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::cache::private;

/// Longer than a login holds it, which may ask the system's store for something.
const LIMIT: Duration = Duration::from_mins(1);

/// The file at `path` (0600), locked.
pub(super) fn take(path: &Path) -> io::Result<File> {
    within(path, LIMIT)
}

fn within(path: &Path, limit: Duration) -> io::Result<File> {
    let file = private::open_lock(path)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let (sender, receiver) = mpsc::channel();
    // A lock that comes too late goes with its thread.
    thread::spawn(move || sender.send(file.lock().map(|()| file)).is_ok());
    receiver.recv_timeout(limit).unwrap_or_else(|_| {
        let seconds = limit.as_secs();
        Err(io::Error::other(format!("another process has been changing it for {seconds} s")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_at_a_time_and_the_next_when_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let first = take(&path).unwrap();
        assert!(within(&path, Duration::from_millis(10)).is_err());
        let second = thread::spawn({
            let path = path.clone();
            move || take(&path).is_ok()
        });
        drop(first);
        assert!(second.join().unwrap());
    }
}
