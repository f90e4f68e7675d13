//! Real proxies with the configuration that Keymoor prints for them.

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use keymoor_gateway::print::{Addresses, Proxy, configuration};
use tempfile::TempDir;

use crate::support::{Echo, World};

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
        let asks = matches!(proxy, Proxy::Nginx | Proxy::Caddy);
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
        let process = spawn(proxy, &configuration(proxy, &addresses), &folder);
        let mut running = Self { world, api, address, process, folder };
        running.wait();
        running
    }

    /// The file of a gateway in front of `api`.
    pub(crate) fn guarding(api: &Echo) -> String {
        format!("upstream = \"http://{}\"\n{ROUTES}", api.address)
    }

    fn wait(&mut self) {
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(self.address).is_err() {
            let gone = self.process.try_wait().unwrap();
            assert!(gone.is_none() && Instant::now() < end, "it does not run: {}", self.said());
            std::thread::yield_now();
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }
}

fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn spawn(proxy: Proxy, text: &str, folder: &TempDir) -> Child {
    let path = folder.path();
    let place = path.display();
    let (program, arguments, whole) = match proxy {
        Proxy::Nginx => (
            "/usr/sbin/nginx",
            format!("-p {place} -c {place}/config -e {place}/said"),
            format!(
                "daemon off; master_process off; pid {place}/pid; events {{}} http {{ access_log off; \
                 client_body_temp_path {place}/a; proxy_temp_path {place}/b; fastcgi_temp_path {place}/c; \
                 uwsgi_temp_path {place}/d; scgi_temp_path {place}/e;\n{text}\n}}"
            ),
        ),
        Proxy::Caddy => (
            "/usr/bin/caddy",
            format!("run --adapter caddyfile --config {place}/config"),
            format!("{{\n\tadmin off\n\tauto_https off\n}}\n{text}"),
        ),
        Proxy::Haproxy => ("/usr/sbin/haproxy", format!("-db -f {place}/config"), text.to_owned()),
        Proxy::Apache => (
            "/usr/sbin/apache2",
            format!("-DFOREGROUND -f {place}/config"),
            format!("{}\n{text}", apache_frame(&place.to_string())),
        ),
        Proxy::Traefik | Proxy::Envoy => panic!("there is no Debian package of it"),
    };
    fs::write(path.join("config"), whole).unwrap();
    let said = fs::File::create(path.join("said")).unwrap();
    Command::new(program)
        .args(arguments.split(' '))
        .env("HOME", path)
        .env("XDG_DATA_HOME", path)
        .env("XDG_CONFIG_HOME", path)
        .stdin(Stdio::null())
        .stdout(said.try_clone().unwrap())
        .stderr(said)
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"))
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
