//! An installation, which stays when its server dies, and the server.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::Instant,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{
    http::ApiToken,
    node::{Node, Running, Starting},
};

const EMAIL: &str = "ada@example.com";
const ACCOUNT: [&str; 4] = ["account", "create", "--email", EMAIL];
const PUBLIC_URL: &str = "http://auth.example.com";

/// A data directory, and the database if it is not in there.
pub(crate) struct Place {
    folder: TempDir,
    database: Option<String>,
    /// Where its data is: the folder, or something that is mounted in there.
    data: PathBuf,
    /// Where its server listens.
    address: String,
    /// The issuer, wherever servers listen: tokens of one count at another, and after a restart.
    pub(crate) public_url: String,
    /// More options of its server.
    pub(crate) options: Vec<&'static str>,
}

impl Place {
    /// On SQLite, with an account.
    pub(crate) fn new() -> Self {
        Self::at(Path::to_path_buf, None)
    }

    /// On PostgreSQL, with an account.
    pub(crate) fn shared(database: String) -> Self {
        Self::at(Path::to_path_buf, Some(database))
    }

    /// With its data where `data` says.
    pub(crate) fn at(data: impl Fn(&Path) -> PathBuf, database: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = data(folder.path());
        let place = Self { data, ..Self::of(folder, database) };
        place.admin(&ACCOUNT);
        place
    }

    /// On SQLite, with nothing in it yet.
    pub(crate) fn empty() -> Self {
        Self::of(tempfile::tempdir().unwrap(), None)
    }

    /// Makes the account, and an API token of it.
    pub(crate) fn account_and_token(&self) -> ApiToken {
        self.admin(&ACCOUNT);
        self.token()
    }

    /// The same installation as another server of several has it.
    pub(crate) fn beside(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(self.data.join("master.key"), folder.path().join("master.key")).unwrap();
        Self { public_url: self.public_url.clone(), ..Self::of(folder, self.database.clone()) }
    }

    /// The same, which reaches the database in another way.
    pub(crate) fn beside_through(&self, database: String) -> Self {
        Self { database: Some(database), ..self.beside() }
    }

    fn of(folder: TempDir, database: Option<String>) -> Self {
        let (data, public_url) = (folder.path().to_owned(), PUBLIC_URL.to_owned());
        Self { data, folder, database, address: free_address(), public_url, options: Vec::new() }
    }

    /// The same installation as it is now, copied, once nobody uses it any more.
    pub(crate) fn copy(&self) -> Self {
        self.wait_for_lock();
        let folder = tempfile::tempdir().unwrap();
        for name in ["master.key", "keymoor.sqlite", "keymoor.sqlite-wal"] {
            if self.data.join(name).exists() {
                fs::copy(self.data.join(name), folder.path().join(name)).unwrap();
            }
        }
        Self::of(folder, self.database.clone())
    }

    /// The same with other files of the database: those that are there, by the end of their name.
    pub(crate) fn with_files(&self, files: &BTreeMap<String, Vec<u8>>) -> Self {
        let other = self.copy();
        for suffix in ["", "-wal"] {
            let path = PathBuf::from(format!("{}{suffix}", other.database().display()));
            match files.get(suffix) {
                Some(bytes) => fs::write(path, bytes).unwrap(),
                // It may not have been there.
                None => drop(fs::remove_file(path)),
            }
        }
        other
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// Where PostgreSQL has its database, if it does.
    pub(crate) fn database_url(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// Where SQLite has it.
    pub(crate) fn database(&self) -> PathBuf {
        self.data.join("keymoor.sqlite")
    }

    /// Runs an operator's command.
    pub(crate) fn admin(&self, arguments: &[&str]) -> Value {
        let mut command = self.command(&[]);
        command.arg("admin").args(arguments).args(["-o", "json", "--data"]).arg(&self.data);
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// A new API token of the account.
    pub(crate) fn token(&self) -> ApiToken {
        let create = ["token", "create", "--email", EMAIL, "--label", "owner"];
        ApiToken::read(&self.admin(&create)).unwrap()
    }

    /// The program (`KEYMOOR_FAULT_PROGRAM` may name another build) by way of `runner`, with nothing of
    /// this environment's settings.
    fn command(&self, runner: &[String]) -> Command {
        let built = env!("CARGO_BIN_EXE_keymoor").to_owned();
        let program = std::env::var("KEYMOOR_FAULT_PROGRAM").unwrap_or(built);
        let mut words = runner.iter().chain([&program]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KEYMOOR_")) {
            command.env_remove(name);
        }
        if let Some(database) = &self.database {
            command.env("KEYMOOR_DATABASE", database);
        }
        command
    }

    /// Waits until nobody has the data any more: what is killed by way of a runner takes a moment to end.
    fn wait_for_lock(&self) {
        if let Ok(lock) = fs::File::open(self.data.join("lock")) {
            lock.lock().unwrap();
        }
    }

    /// Starts the server by way of `runner`, and does not wait until it listens.
    pub(crate) fn spawn(&self, runner: &[String]) -> Starting {
        self.wait_for_lock();
        let log = fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = self.command(runner);
        command.args(["serve", "--listen", &self.address, "--public-url", &self.public_url]);
        command.args(["--tokens-per-second", "0", "--refusals-per-minute", "0", "--data"]);
        command
            .arg(&self.data)
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let begun = Instant::now();
        let child = command.process_group(0).spawn().unwrap();
        Starting { server: Running(child), url: format!("http://{}", self.address), begun }
    }

    /// Starts the server by way of `runner`, or says why it does not start.
    pub(crate) fn try_start(&self, runner: &[String]) -> Result<Node, String> {
        self.spawn(runner).listening().ok_or_else(|| self.log())
    }

    /// Starts the server.
    pub(crate) fn start(&self) -> Node {
        self.try_start(&[]).unwrap_or_else(|why| panic!("the server does not start: {why}"))
    }

    /// What the server logged since it was started last.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

/// An address that nobody listens on and that the system gives to no client, so that a server finds
/// it free when it comes back.
fn free_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = std::process::id() % 8000;
    loop {
        let next = u32::from(NEXT.fetch_add(1, Ordering::SeqCst));
        let address = format!("127.0.0.1:{}", 20_000 + (first + next) % 10_000);
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}
