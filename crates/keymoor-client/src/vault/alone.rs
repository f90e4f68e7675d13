//! Whose a file is, where the system tells.

use std::{fs::Metadata, path::Path};

/// Whether others can read a file that is the user's own, who could close it by `chmod 600`. One that
/// somebody else put there, as container platforms mount secrets, is theirs to close.
pub fn is_open_to_others(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.is_file() && platform::is_open(&found))
}

#[cfg(unix)]
mod platform {
    use std::os::unix::fs::MetadataExt;

    pub(super) fn is_open(found: &super::Metadata) -> bool {
        found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o044 != 0
    }
}

#[cfg(not(unix))]
mod platform {
    pub(super) fn is_open(_: &super::Metadata) -> bool {
        false
    }
}
