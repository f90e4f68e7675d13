//! A throw-away PostgreSQL from Debian's package: one server for each test process, on a socket in
//! a temporary folder, gone with the process.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Where Debian keeps the programs of each version.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// What runs beside the server: it ends when the pipe to this process does, whatever ends it, and
/// takes the server and its folder along.
const KEEPER: &str = r#"
programs=$1 folder=$2
shift 2
"$programs/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c fsync=off \
    -c full_page_writes=off -c max_connections=400 "$@" >"$folder/log" 2>&1 &
cat >/dev/null
[ ! -f "$folder/data/postmaster.pid" ] || kill -QUIT "$(head -n 1 "$folder/data/postmaster.pid")"
wait
rm -rf "$folder"
"#;

/// An authority and a certificate for `localhost`, in the folder.
const CERTIFICATES: &str = r#"
set -e
cd "$1"
new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -batch "$@"; }
new -x509 -days 2 -keyout ca.key -out ca.crt -subj /CN=authority
new -keyout server.key -out server.csr -subj /CN=localhost
echo "subjectAltName=DNS:localhost" >server.ext
openssl x509 -req -days 2 -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial \
    -extfile server.ext -out server.crt
chmod 600 server.key
"#;

/// A running server.
pub struct Postgres {
    folder: PathBuf,
    port: u16,
    schemas: AtomicU32,
    _keeper: Child,
}

/// The server of this process, started when it is first asked for.
///
/// # Panics
/// If PostgreSQL is not installed (Debian: `postgresql`) or does not start: what needs it fails.
pub fn postgres() -> &'static Postgres {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    SERVER.get_or_init(Postgres::start)
}

impl Postgres {
    /// A server of its own, for tests that stop it.
    ///
    /// # Panics
    /// As [`postgres`].
    pub fn start() -> Self {
        Self::start_with(|_, _| Vec::new())
    }

    /// A server that also listens on loopback, by TLS, as `localhost` with a certificate of an
    /// authority of its own. Its URL, but for `sslmode` and `sslrootcert`, and the authority's
    /// certificate come with it.
    ///
    /// # Panics
    /// As [`postgres`], or if the certificates cannot be made.
    pub fn start_with_tls() -> (Self, String, PathBuf) {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.expect("a free port").port();
        let server = Self::start_with(|folder, user| {
            let mut openssl = as_user(Command::new("sh"), user);
            succeed(openssl.args(["-c", CERTIFICATES, "certificates"]).arg(folder), "openssl");
            let at = |name: &str| folder.join(name).display().to_string();
            let settings = [
                "listen_addresses=127.0.0.1".to_owned(),
                format!("port={port}"),
                "ssl=on".to_owned(),
                format!("ssl_cert_file={}", at("server.crt")),
                format!("ssl_key_file={}", at("server.key")),
            ];
            settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]).collect()
        });
        let authority = server.folder.join("ca.crt");
        (server, format!("postgres://postgres@localhost:{port}/postgres"), authority)
    }

    /// A server that also listens on loopback, without TLS, and its URL but for `sslmode`.
    ///
    /// # Panics
    /// As [`postgres`].
    pub fn start_on_loopback() -> (Self, String) {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = port.expect("a free port").port();
        let settings = ["listen_addresses=127.0.0.1".to_owned(), format!("port={port}")];
        let server = Self::start_with(|_, _| {
            settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]).collect()
        });
        (server, format!("postgres://postgres@127.0.0.1:{port}/postgres"))
    }

    /// `more` prepares the folder and gives more arguments.
    fn start_with(more: impl FnOnce(&Path, Option<u32>) -> Vec<String>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let programs = programs();
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let folder = env::temp_dir().join(format!("keymoor-pg-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder can be made");
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("and opened");
        let user = user();
        if let Some(id) = user {
            chown(&folder, Some(id), Some(id)).expect("root gives the folder away");
        }
        let data = folder.join("data");
        let mut initdb = as_user(Command::new(programs.join("initdb")), user);
        initdb.args(["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "-D"]).arg(&data);
        succeed(&mut initdb, "initdb");
        let more = more(&folder, user);
        let port = more.iter().find_map(|setting| setting.strip_prefix("port="));
        let port = port.map_or(5432, |port| port.parse().expect("a port is a number"));
        let mut keeper = as_user(Command::new("sh"), user);
        keeper.args(["-c", KEEPER, "keeper"]).arg(&programs).arg(&folder).args(&more);
        keeper.stdin(Stdio::piped());
        let keeper = keeper.spawn().expect("sh runs");
        let server = Self { folder, port, schemas: AtomicU32::new(0), _keeper: keeper };
        server.wait();
        server
    }

    /// Asks until it answers; `pg_isready` waits by itself where it can.
    fn wait(&self) {
        for _ in 0..200 {
            if self.psql("SELECT 1").status.success() {
                return;
            }
            let mut pause = Command::new("sleep");
            pause.arg("0.05").status().expect("sleep runs");
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        panic!("PostgreSQL does not start: {log}");
    }

    /// Runs a statement as the superuser.
    ///
    /// # Panics
    /// If psql does not run.
    pub fn psql(&self, statement: &str) -> Output {
        let mut psql = self.client("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]);
        psql.output().expect("psql runs")
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(programs().join(program));
        command.arg("-h").arg(&self.folder).args(["-p", &self.port.to_string()]);
        command.args(["-U", "postgres", "-d", "postgres"]);
        command
    }

    /// The URL of the database, in which each test has a schema of its own.
    pub fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.display())
    }

    /// Makes an empty schema and gives its name.
    ///
    /// # Panics
    /// If the server does not do it.
    pub fn schema(&self) -> String {
        let name = format!("t{}", self.schemas.fetch_add(1, Ordering::SeqCst));
        let made = self.psql(&format!("CREATE SCHEMA {name}"));
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        name
    }

    /// The URL of a new, empty database.
    ///
    /// # Panics
    /// If the server does not make it.
    pub fn database(&self) -> String {
        let name = format!("d{}", self.schemas.fetch_add(1, Ordering::SeqCst));
        self.read(&format!("CREATE DATABASE {name}"));
        format!("postgres://postgres@localhost/{name}?host={}", self.folder.display())
    }

    /// Every row of a schema as text, with the transaction that wrote it.
    ///
    /// # Panics
    /// If they cannot be read.
    pub fn rows(&self, schema: &str) -> String {
        let tables = format!(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}' \
             ORDER BY table_name"
        );
        let tables = self.read(&tables);
        let select =
            |table: &str| format!("SELECT '{table}', t.xmin, t.* FROM {schema}.{table} t;");
        self.read(&tables.lines().map(select).collect::<String>())
    }

    fn read(&self, statement: &str) -> String {
        let output = self.psql(statement);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Ends the server at once, as a crash does.
    ///
    /// # Panics
    /// If it does not end.
    pub fn stop(&self) {
        succeed(self.control("stop").args(["-m", "immediate"]), "pg_ctl stop");
    }

    /// Starts it again after [`Postgres::stop`].
    ///
    /// # Panics
    /// If it does not start.
    pub fn start_again(&self) {
        let options = format!("-k {} -c listen_addresses= -c fsync=off", self.folder.display());
        let log = self.folder.join("log");
        let mut control = self.control("start");
        succeed(control.args(["-o", &options, "-l"]).arg(log), "pg_ctl start");
    }

    fn control(&self, action: &str) -> Command {
        let mut control = as_user(Command::new(programs().join("pg_ctl")), user());
        control.args([action, "-w", "-s", "-D"]).arg(self.folder.join("data"));
        control.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        control
    }
}

/// The newest version's programs.
fn programs() -> PathBuf {
    let versions = fs::read_dir(PROGRAMS).into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .map(|(version, path)| (version, path.join("bin")))
        .filter(|(_, path)| path.join("postgres").exists())
        .collect();
    found.sort();
    let (_, path) = found.pop().expect("PostgreSQL is installed (Debian: apt install postgresql)");
    path
}

/// PostgreSQL does not run as root: whom it runs as instead, if this is root.
fn user() -> Option<u32> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line = passwd.lines().find(|line| line.starts_with("postgres:"));
    let id = line.and_then(|line| line.split(':').nth(2)).and_then(|id| id.parse().ok());
    is_root.then(|| id.expect("Debian's package makes the user postgres"))
}

fn as_user(mut command: Command, user: Option<u32>) -> Command {
    if let Some(id) = user {
        command.uid(id).gid(id);
    }
    command.current_dir("/").env("LC_ALL", "C");
    command
}

fn succeed(command: &mut Command, what: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
}
