//! Real proxies with the configuration that Keymoor prints for them.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::LazyLock,
    time::{Duration, Instant},
};

use keymoor_gateway::print::{Addresses, Proxy, configuration};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::support::{Echo, World};

/// Where the proxies are that Debian has no packages of.
static PEERS: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("proxies");
    let install = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/install");
    assert!(Command::new(install).arg(&folder).status().unwrap().success(), "{install}");
    folder
});

const ROUTES: &str = r#"
    behind-proxy = ["127.0.0.0/8"]
    authorities = ["api.example.com"]
    [[route]]
    path = "/public/**"
    public = true
    [[route]]
    path = "/methods/**"
    methods = ["POST"]
    [[route]]
    path = "/organizations/{organization}/**"
    organization = { path = "organization" }
"#;

/// A proxy that runs, with a gateway that it asks or stands in front of, and the API behind.
pub(crate) struct Running {
    pub(crate) world: World,
    pub(crate) api: Echo,
    pub(crate) address: SocketAddr,
    process: Child,
    folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Running {
    pub(crate) async fn start(proxy: Proxy) -> Self {
        let asks = !matches!(proxy, Proxy::Haproxy | Proxy::Apache);
        let api = Echo::start().await;
        let world = if asks {
            World::of(Echo::start().await, ROUTES).await
        } else {
            World::of(Echo::start().await, &Self::guarding(&api)).await
        };
        let address = free();
        let addresses = Addresses {
            listen: address.to_string(),
            verify: world.address.to_string(),
            gateway: world.address.to_string(),
            api: api.address.to_string(),
        };
        let folder = tempfile::tempdir().unwrap();
        let process = spawn(proxy, address, &configuration(proxy, &addresses), &folder);
        let mut running = Self { world, api, address, process, folder };
        running.wait().await;
        running
    }

    /// The file of a gateway in front of `api`.
    pub(crate) fn guarding(api: &Echo) -> String {
        format!("upstream = \"http://{}\"\n{ROUTES}", api.address)
    }

    /// Until it serves. Some listen before they have read where the API is.
    async fn wait(&mut self) {
        let end = Instant::now() + Duration::from_secs(20);
        while !self.serves().await {
            let gone = self.process.try_wait().unwrap();
            assert!(gone.is_none() && Instant::now() < end, "it does not run: {}", self.said());
            tokio::task::yield_now().await;
        }
    }

    async fn serves(&self) -> bool {
        let Ok(mut client) = TcpStream::connect(self.address).await else { return false };
        let request = b"GET /public/x HTTP/1.1\r\nHost: api.example.com\r\n\r\n";
        World::over(&mut client, request).await.is_some_and(|answer| answer.status == 200)
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn spawn(proxy: Proxy, listen: SocketAddr, text: &str, folder: &TempDir) -> Child {
    let path = folder.path();
    let place = path.display();
    let (program, arguments, whole): (PathBuf, _, _) = match proxy {
        Proxy::Nginx => (
            "/usr/sbin/nginx".into(),
            format!("-p {place} -c {place}/config -e {place}/said"),
            format!(
                "daemon off; master_process off; pid {place}/pid; events {{}} http {{ access_log off; \
                 client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c; \
                 uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;\n{text}\n}}"
            ),
        ),
        Proxy::Caddy => (
            "/usr/bin/caddy".into(),
            format!("run --adapter caddyfile --config {place}/config"),
            format!("{{\n\tadmin off\n\tauto_https off\n}}\n{text}"),
        ),
        Proxy::Haproxy => {
            ("/usr/sbin/haproxy".into(), format!("-db -f {place}/config"), text.to_owned())
        }
        Proxy::Apache => (
            "/usr/sbin/apache2".into(),
            format!("-DFOREGROUND -f {place}/config"),
            format!("{}\n{text}", apache_frame(&place.to_string())),
        ),
        Proxy::Traefik => (
            PEERS.join("traefik"),
            format!(
                "--entryPoints.api.address={listen} --entryPoints.api.http.aliasHeadersStrategy=delete \
                 --providers.file.filename={place}/config.yaml \
                 --global.checkNewVersion=false --global.sendAnonymousUsage=false"
            ),
            text.to_owned(),
        ),
        Proxy::Envoy => (
            PEERS.join("envoy"),
            format!(
                "-c {place}/config.yaml --disable-hot-restart --concurrency 1 --log-level warning"
            ),
            text.to_owned(),
        ),
    };
    let by_name = matches!(proxy, Proxy::Traefik | Proxy::Envoy);
    fs::write(path.join(if by_name { "config.yaml" } else { "config" }), whole).unwrap();
    let said = fs::File::create(path.join("said")).unwrap();
    Command::new(&program)
        .args(arguments.split(' '))
        .env("HOME", path)
        .env("XDG_DATA_HOME", path)
        .env("XDG_CONFIG_HOME", path)
        .stdin(Stdio::null())
        .stdout(said.try_clone().unwrap())
        .stderr(said)
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

fn apache_frame(place: &str) -> String {
    let modules = ["mpm_event", "authz_core", "headers", "proxy", "proxy_http"];
    let load =
        |name: &&str| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so");
    let loads = modules.iter().map(load).collect::<Vec<_>>().join("\n");
    format!(
        "ServerRoot {place}\nServerName localhost\nPidFile {place}/pid\nErrorLog {place}/said\n\
         DefaultRuntimeDir {place}\nMutex file:{place} default\n{loads}\n"
    )
}
