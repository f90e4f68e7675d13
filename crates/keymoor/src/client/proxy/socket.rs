//! A socket in a folder that its owner alone can open.

use std::path::Path;

use crate::client::failure::Failure;

#[cfg(unix)]
pub(super) use here::Socket;

/// Where there are none.
#[cfg(not(unix))]
pub(super) fn unsupported(_: &Path) -> Failure {
    Failure::usage("unix:PATH is for Unix").hint("Listen on 127.0.0.1.")
}

#[cfg(unix)]
mod here {
    use std::{
        fs::{self, Permissions},
        io,
        os::unix::{
            fs::{FileTypeExt, PermissionsExt},
            net::UnixStream,
        },
        path::PathBuf,
    };

    use tokio::net::UnixListener;

    use super::{Failure, Path};

    /// A listener, whose file goes with it.
    pub(in crate::client::proxy) struct Socket {
        pub(in crate::client::proxy) listener: UnixListener,
        path: PathBuf,
    }

    impl Socket {
        pub(in crate::client::proxy) fn bind(path: &Path) -> Result<Self, Failure> {
            let failed = |error: io::Error| {
                Failure::other(format!("{} cannot be listened on: {error}", path.display()))
            };
            make_way(path).map_err(failed)?;
            let listener = bound(path).map_err(failed)?;
            Ok(Self { listener, path: path.to_owned() })
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.path);
        }
    }

    /// Made in a folder of its own (0700), so that nobody connects before it is closed to others.
    fn bound(path: &Path) -> io::Result<UnixListener> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder =
            tempfile::Builder::new().prefix(".k").tempdir_in(parent.unwrap_or(Path::new(".")))?;
        let first = folder.path().join("s");
        let listener = UnixListener::bind(&first)?;
        fs::set_permissions(&first, Permissions::from_mode(0o600))?;
        fs::rename(&first, path)?;
        Ok(listener)
    }

    /// A socket that nobody listens on was left by a process that was killed. Anything else stays.
    fn make_way(path: &Path) -> io::Result<()> {
        let found = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            found => found?,
        };
        if !found.file_type().is_socket() {
            return Err(io::Error::other("there is something else already"));
        }
        if UnixStream::connect(path).is_ok() {
            return Err(io::Error::other("another process listens on it"));
        }
        fs::remove_file(path)
    }
}
