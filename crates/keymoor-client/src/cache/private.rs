//! Files that nobody else reads. On Unix by their rights; elsewhere by those of the user's folder.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// Makes the folder (0700) if it is missing. One that is there already has to be a folder, not a
/// link, and the user's own; rights of others are taken away.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    platform::make(path)?;
    let found = fs::symlink_metadata(path)?;
    if !found.is_dir() {
        return Err(io::Error::other("it is not a folder, or a symbolic link to one"));
    }
    platform::close(path, &found)
}

/// Opens a file to read. A symbolic link is not followed.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let file = platform::without_links(OpenOptions::new().read(true)).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    Ok(file)
}

/// Opens a file (0600) to lock, made if it is missing. A symbolic link is not followed.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    platform::without_links(options.create(true).truncate(false).write(true)).open(path)
}

#[cfg(unix)]
mod platform {
    use std::{
        fs::{self, DirBuilder, Metadata, OpenOptions, Permissions},
        io,
        os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
        path::Path,
    };

    use rustix::{fs::OFlags, process::geteuid};

    /// Every right of the group and of others.
    const OTHERS: u32 = 0o077;

    pub(super) fn make(path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    pub(super) fn close(path: &Path, found: &Metadata) -> io::Result<()> {
        if found.uid() != geteuid().as_raw() {
            return Err(io::Error::other("it belongs to another user"));
        }
        if found.mode() & OTHERS == 0 {
            return Ok(());
        }
        fs::set_permissions(path, Permissions::from_mode(0o700))
    }

    pub(super) fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
        let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
        options.mode(0o600).custom_flags(flags.bits().cast_signed())
    }
}

#[cfg(not(unix))]
mod platform {
    use std::{
        fs::{self, Metadata, OpenOptions},
        io,
        path::Path,
    };

    pub(super) fn make(path: &Path) -> io::Result<()> {
        fs::create_dir_all(path)
    }

    /// The user's profile folder, where caches are, is closed to others by itself.
    pub(super) fn close(_: &Path, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
        options
    }
}
