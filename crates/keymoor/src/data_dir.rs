//! The data directory: who may use it at a time, and where its files are.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    os::unix::{
        fs::{DirBuilderExt, OpenOptionsExt},
        net::UnixStream,
    },
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::error::Error;

/// How long to wait for whoever holds the directory for a moment, an operator's command perhaps.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);
/// The most bytes of a Unix socket's path (`sun_path` less its final NUL).
const SOCKET_PATH: usize = 107;

/// A directory that exists.
#[derive(Clone, Debug)]
pub(crate) struct DataDir(PathBuf);

/// Holds the directory for this process, until dropped.
pub(crate) struct Lock(#[expect(dead_code, reason = "held for its lock")] File);

/// What is to be had of a directory.
pub(crate) enum Hold {
    /// Nobody else uses it.
    Lock(Lock),
    /// A server runs on it, and this is its admin socket.
    Server(UnixStream),
}

#[expect(clippy::disallowed_methods, reason = "waits for another process, before anything runs")]
fn pause() {
    thread::sleep(PAUSE);
}

impl DataDir {
    /// The directory at `path`, made (0700) if it is missing.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let describe = |error| Error::unavailable(format!("{}: {error}", path.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(describe)?;
        Ok(Self(fs::canonicalize(path).map_err(describe)?))
    }

    /// The directory at `path`, which has to be there.
    pub(crate) fn existing(path: &Path) -> Result<Self, Error> {
        let describe = |error| Error::refused(format!("{}: {error}", path.display()));
        Ok(Self(fs::canonicalize(path).map_err(describe)?))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("keymoor.sqlite")
    }

    pub(crate) fn master_key(&self) -> PathBuf {
        self.0.join("master.key")
    }

    /// Where the admin socket is, or why it cannot be there.
    pub(crate) fn socket(&self) -> Result<PathBuf, Error> {
        let path = self.0.join("admin.sock");
        let length = path.as_os_str().len();
        if length > SOCKET_PATH {
            return Err(Error::refused(format!(
                "{} is too long for a socket: {length} bytes, at most {SOCKET_PATH}. Choose a \
                 shorter --data.",
                path.display()
            )));
        }
        Ok(path)
    }

    /// Takes the directory, or reaches the server that has it.
    pub(crate) fn hold(&self) -> Result<Hold, Error> {
        let socket = self.socket()?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(lock) = self.try_lock()? {
                return Ok(Hold::Lock(lock));
            }
            if let Ok(stream) = UnixStream::connect(&socket) {
                return Ok(Hold::Server(stream));
            }
            if Instant::now() > deadline {
                return Err(self.busy());
            }
            pause();
        }
    }

    fn try_lock(&self) -> Result<Option<Lock>, Error> {
        let path = self.0.join("lock");
        let describe = |error| Error::unavailable(format!("{}: {error}", path.display()));
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(false).write(true).mode(0o600).open(&path);
        let file = file.map_err(describe)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(describe(error)),
        }
    }

    fn busy(&self) -> Error {
        Error::unavailable(format!(
            "another keymoor process holds {} and does not answer on its admin socket. Wait for \
             it, or stop it.",
            self.0.display()
        ))
    }
}
