use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    os::unix::{fs::OpenOptionsExt, net::UnixStream},
    path::{Path, PathBuf},
};

use http::StatusCode;
use http_body_util::BodyExt;
use hyper::body::{Bytes, Incoming};
use keymoor_server::admin::BACKUP_PATH;

use super::{
    super::channel,
    progress::{Progress, size},
};
use crate::{data_dir::Hold, error::Error, options::ServeOptions, serve};

/// Writes a backup beside `file` first, so that `file` is whole or not there.
pub(super) async fn run(place: &ServeOptions, file: &Path) -> Result<String, Error> {
    if file.exists() {
        return Err(Error::refused(format!(
            "{} exists already, and a backup is never written over. Name another file.",
            file.display()
        )));
    }
    let part = part_of(file);
    let written = write(place, &part).await;
    let bytes = written.inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })?;
    fs::rename(&part, file).map_err(|error| describe(file, error))?;
    sync_folder(file)?;
    Ok(format!(
        "Wrote {} ({}).\nOnly the master key opens it: keep that, too, and apart from it.",
        file.display(),
        size(bytes)
    ))
}

async fn write(place: &ServeOptions, part: &Path) -> Result<u64, Error> {
    let data = serve::open_data(place.data.as_deref())?;
    let mut body = match data.hold()? {
        Hold::Server(stream) => ask(stream).await?,
        Hold::Lock(lock) => {
            serve::check_there(&data, place)?;
            return write_alone(&data, place, &lock, part).await;
        }
    };
    let mut sink = Sink::new(part)?;
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
    part: &Path,
) -> Result<u64, Error> {
    use futures_util::StreamExt;
    let settings = keymoor_server::Settings::new("http://localhost");
    let app = serve::open_app_quietly(data, place, settings, lock).await?;
    let frames = app.backup().await.map_err(Error::unavailable)?;
    let mut frames = std::pin::pin!(frames);
    let mut sink = Sink::new(part)?;
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
    path: PathBuf,
    file: File,
    bytes: u64,
    progress: Progress,
}

impl Sink {
    fn new(path: &Path) -> Result<Self, Error> {
        let mut options = OpenOptions::new();
        let file = options.create_new(true).write(true).mode(0o600).open(path);
        let file = file.map_err(|error| describe(path, error))?;
        Ok(Self { path: path.to_owned(), file, bytes: 0, progress: Progress::new() })
    }

    fn take(&mut self, bytes: &Bytes) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|error| describe(&self.path, error))?;
        self.bytes += bytes.len() as u64;
        let written = self.bytes;
        self.progress.show(|| format!("{} written", size(written)));
        Ok(())
    }

    fn finish(self) -> Result<u64, Error> {
        self.file.sync_all().map_err(|error| describe(&self.path, error))?;
        Ok(self.bytes)
    }
}

fn part_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
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
