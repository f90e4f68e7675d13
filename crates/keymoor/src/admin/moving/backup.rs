use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::{fs::OpenOptionsExt, net::UnixStream},
    path::{Path, PathBuf},
};

use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use keymoor_server::{admin::BACKUP_PATH, random};
use keymoor_store::Opening;

use super::{
    super::channel,
    progress::{Progress, size},
};
use crate::{data_dir::Hold, error::Error, options::ServeOptions, serve};

/// Writes a backup beside `file` first, so that `file` is whole or not there.
pub(super) async fn run(place: &ServeOptions, file: &Path) -> Result<String, Error> {
    if file.exists() {
        return Err(exists(file));
    }
    let written = write(place, file).await?;
    let bytes = written.bytes;
    written.name(file)?;
    Ok(format!(
        "Wrote {} ({}).\nOnly the master key opens it: keep that, too, and apart from it.",
        file.display(),
        size(bytes)
    ))
}

fn exists(file: &Path) -> Error {
    Error::refused(format!(
        "{} exists already, and a backup is never written over. Name another file.",
        file.display()
    ))
}

async fn write(place: &ServeOptions, file: &Path) -> Result<Written, Error> {
    let data = serve::open_data(place.data.as_deref())?;
    let mut body = match data.hold()? {
        Hold::Server(stream) => ask(stream).await?,
        Hold::Lock(lock) => {
            serve::check_there(&data, place)?;
            return write_alone(&data, place, &lock, file).await;
        }
    };
    let mut sink = Sink::new(file)?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| broken())?;
        if let Ok(bytes) = frame.into_data() {
            sink.take(&bytes)?;
        }
    }
    sink.finish()
}

/// The same without a server.
async fn write_alone(
    data: &crate::data_dir::DataDir,
    place: &ServeOptions,
    lock: &crate::data_dir::Lock,
    file: &Path,
) -> Result<Written, Error> {
    use futures_util::StreamExt;
    let settings = keymoor_server::Settings::new("http://localhost");
    let app = serve::open_app_quietly(data, place, settings, Opening::Current, lock).await?;
    let frames = app.backup().await.map_err(Error::unavailable)?;
    let mut frames = std::pin::pin!(frames);
    let mut sink = Sink::new(file)?;
    while let Some(bytes) = frames.next().await {
        sink.take(&bytes.map_err(Error::unavailable)?)?;
    }
    sink.finish()
}

async fn ask(stream: UnixStream) -> Result<Incoming, Error> {
    let response = channel::get(stream, BACKUP_PATH).await.map_err(|_| broken())?;
    match response.status() {
        StatusCode::OK => Ok(response.into_body()),
        _ => Err(Error::unavailable("the server cannot read its database now; its log says why")),
    }
}

fn broken() -> Error {
    Error::unavailable(
        "the server broke the backup off; its log says why. Nothing was written: try again.",
    )
}

/// The file while it grows.
struct Sink {
    part: PartFile,
    file: File,
    bytes: u64,
    progress: Progress,
}

impl Sink {
    fn new(file: &Path) -> Result<Self, Error> {
        let path = part_of(file);
        let mut options = OpenOptions::new();
        let opened = options.create_new(true).write(true).mode(0o600).open(&path);
        let file = opened.map_err(|error| describe(&path, error))?;
        Ok(Self { part: PartFile(path), file, bytes: 0, progress: Progress::new() })
    }

    fn take(&mut self, bytes: &Bytes) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|error| describe(&self.part.0, error))?;
        self.bytes += bytes.len() as u64;
        let written = self.bytes;
        self.progress.show(|| format!("{} written", size(written)));
        Ok(())
    }

    fn finish(self) -> Result<Written, Error> {
        self.file.sync_all().map_err(|error| describe(&self.part.0, error))?;
        Ok(Written { part: self.part, bytes: self.bytes })
    }
}

/// A file that this process made, which goes with it.
struct PartFile(PathBuf);

impl Drop for PartFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A backup that is on the disk, under another name.
struct Written {
    part: PartFile,
    bytes: u64,
}

impl Written {
    /// Gives it its name, if nothing has that by now.
    fn name(self, file: &Path) -> Result<(), Error> {
        let part = &self.part.0;
        match fs::hard_link(part, file) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(exists(file)),
            // Some file systems have no links.
            Err(_) if !file.exists() => {
                fs::rename(part, file).map_err(|error| describe(file, error))?;
            }
            Err(error) => return Err(describe(file, error)),
        }
        drop(self.part);
        sync_folder(file)
    }
}

/// A name that nobody else writes to.
fn part_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{:016x}.part", u64::from_ne_bytes(random())));
    PathBuf::from(name)
}

/// The name, too, is to survive a power cut.
fn sync_folder(file: &Path) -> Result<(), Error> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| describe(file, error))
}

#[expect(clippy::needless_pass_by_value, reason = "errors are mapped by it")]
fn describe(path: &Path, error: std::io::Error) -> Error {
    Error::unavailable(format!("{}: {error}", path.display()))
}
