//! A disk that did not take what was written (s84). The system may have dropped the pages then, and
//! answers the next `fsync` as if nothing had been: nothing that this process writes after that would
//! be sure to stay, so it writes nothing more.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::StoreError;

/// Of this process, which has one database open. It is never unset: what was lost stays lost.
static UNSYNCED: AtomicBool = AtomicBool::new(false);

/// `SQLITE_IOERR_FSYNC` and `SQLITE_IOERR_DIR_FSYNC`.
const CODES: [&str; 2] = ["1034", "1290"];

/// Remembers it if that is what SQLite's extended result code says.
pub(crate) fn note(code: &str) {
    if CODES.contains(&code) {
        UNSYNCED.store(true, Ordering::SeqCst);
    }
}

/// Refuses to write after that.
pub(crate) fn check() -> Result<(), StoreError> {
    if UNSYNCED.load(Ordering::SeqCst) {
        return Err(StoreError::Unavailable(
            "the disk failed to keep what was written (fsync), so nothing more is: restart Keymoor \
             once the disk is sound"
                .to_owned(),
        ));
    }
    Ok(())
}
