use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Read, Write},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use super::{
    VaultError,
    pair::{self, failed_at},
};
use crate::{
    credentials::{ClientKey, Credentials},
    profile::ProfileName,
};

/// The most bytes of a secret's file.
const MOST: u64 = 4096;

/// Secrets in files (0600) in a folder (0700): one file for each profile. Files are replaced whole.
/// A link, a file of somebody else's, or one that others can read is refused.
#[derive(Clone, Debug)]
pub struct FileVault(PathBuf);

impl FileVault {
    /// The vault in the user's folder for configuration.
    pub fn in_folder(configuration: &Path) -> Self {
        Self(configuration.join("secrets"))
    }

    /// Where the secret of a profile is, or would be.
    pub fn path(&self, profile: &ProfileName) -> PathBuf {
        self.0.join(profile.as_str())
    }

    /// The key and the secret of a profile, if there is one. A file that holds both is right about
    /// the key, whatever the profile says: it was replaced as a whole. One of a secret alone is the
    /// secret of `key`.
    pub fn credentials(
        &self,
        profile: &ProfileName,
        key: &ClientKey,
    ) -> Result<Option<Credentials>, VaultError> {
        let path = self.path(profile);
        match read_private(&path, MOST) {
            Ok(text) => pair::read(&text, key).map(Some).map_err(|e| failed_at(&path, e)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed_at(&path, error)),
        }
    }

    /// Keeps the key and the secret of a profile, in place of those that there were: both at once.
    pub fn write(&self, profile: &ProfileName, pair: &Credentials) -> Result<(), VaultError> {
        let path = self.path(profile);
        let text = pair::text(pair).map_err(|error| failed_at(&path, error))?;
        write_private(&path, &text).map_err(|error| failed_at(&path, error))
    }

    /// Forgets the secret of a profile.
    pub fn remove(&self, profile: &ProfileName) -> Result<(), VaultError> {
        let path = self.path(profile);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed_at(&path, error)),
            _ => Ok(()),
        }
    }
}

/// Reads a file that is the user's alone.
pub(crate) fn read_private(path: &Path, most: u64) -> io::Result<Zeroizing<String>> {
    let file = no_link(OpenOptions::new().read(true)).open(path)?;
    check_alone(&file)?;
    let mut text = Zeroizing::new(String::new());
    file.take(most).read_to_string(&mut text)?;
    Ok(text)
}

/// Replaces a file as a whole: 0600, in a folder that is made 0700 if it is missing.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(ErrorKind::InvalidInput)?;
    make_folder(folder)?;
    // tempfile makes its files 0600.
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    sync_folder(folder)
}

/// So that the new name outlives a loss of power, too.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(unix)]
fn no_link(options: &mut OpenOptions) -> &OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    options.custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
}

#[cfg(not(unix))]
fn no_link(options: &mut OpenOptions) -> &OpenOptions {
    options
}

#[cfg(unix)]
fn check_alone(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let known = file.metadata()?;
    if !known.is_file() || known.uid() != rustix::process::geteuid().as_raw() {
        return Err(io::Error::other("it is no file of your own"));
    }
    if known.mode() & 0o077 != 0 {
        return Err(io::Error::other("others can read it: chmod 600, and rotate the secret"));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_alone(_file: &fs::File) -> io::Result<()> {
    Ok(())
}
