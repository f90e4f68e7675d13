//! `keymoor gateway`: the guard in front of an API.

mod options;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use keymoor_core::OrganizationId;
use keymoor_gateway::{Config, Gateway, Listener, LossPolicy, Tls, print};
use keymoor_guard::{FeedCredentials, Guard, SystemClock, WhenLost};
use keymoor_server::{App, WhenCutOff};
pub(crate) use options::GatewayOptions;
use options::{GatewayCommand, PrintOptions};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::JoinHandle,
};
use zeroize::Zeroizing;

use crate::{
    error::Error,
    log,
    output::say,
    serve::{bind_to, runtime, wait_for_signal},
};

const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8081);

/// Runs the gateway until it is told to stop, or prints what was asked for.
pub(crate) fn run(options: &GatewayOptions) -> Result<(), Error> {
    match &options.command {
        Some(GatewayCommand::PrintConfig(print)) => print_config(print),
        None => {
            log::start(options.log.as_deref().unwrap_or("info"))?;
            runtime()?.block_on(serve(options))
        }
    }
}

fn print_config(options: &PrintOptions) -> Result<(), Error> {
    say(print::configuration(options.proxy, &options.addresses()?).trim_end());
    Ok(())
}

async fn serve(options: &GatewayOptions) -> Result<(), Error> {
    let config = options.configuration()?;
    let ready = Ready::new(&config, Source::Alone(Box::new(options.clone())), guard(&config)?)?;
    // Whoever reads the next line may send a signal at once.
    let stop = wait_for_signal()?;
    say_what_runs(&config, ready.bound, ready.tls);
    ready.serve(stop).await;
    Ok(())
}

/// A gateway that is bound and can begin.
struct Ready {
    bound: SocketAddr,
    tls: bool,
    listener: Listener,
    /// What goes on beside it: the file and the certificate are looked at.
    beside: Vec<JoinHandle<()>>,
}

impl Ready {
    fn new(config: &Config, source: Source, guard: Arc<Guard>) -> Result<Self, Error> {
        let tls = tls(config)?;
        let address = config.listen.unwrap_or(LISTEN);
        check_exposure(config, address, tls.is_some())?;
        let gateway = Gateway::new(config, guard, Arc::new(SystemClock)).map_err(Error::refused)?;
        let gateway = Arc::new(gateway);
        let listener = bind_to(address)?;
        let bound = listener.local_addr().map_err(Error::unavailable)?;
        listener.set_nonblocking(true).map_err(Error::unavailable)?;
        let listener = TcpListener::from_std(listener).map_err(Error::unavailable)?;
        let reloading =
            Reloading { source, address: bound, gateway: gateway.clone(), tls: tls.clone() };
        let reload = reload_at_signals(reloading)?;
        let watch = tls.clone().map(|tls| tokio::spawn(async move { tls.watch().await }));
        let beside = [tokio::spawn(reload)].into_iter().chain(watch).collect();
        let is_tls = tls.is_some();
        let listener = Listener::new(listener, tls, config, gateway).map_err(Error::unavailable)?;
        Ok(Self { bound, tls: is_tls, listener, beside })
    }

    async fn serve(self, stop: impl Future<Output = ()>) {
        self.listener.serve(stop).await;
        for task in self.beside {
            task.abort();
        }
    }
}

/// A gateway in the server's process: it knows keys and removals as the server does.
pub(crate) struct Within {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Within {
    /// Starts one as the file says, for tokens of `app`.
    pub(crate) fn start(file: &Path, app: &App) -> Result<Self, Error> {
        let source = Source::Within(file.to_owned());
        let config = source.read()?;
        let guard = app.guard_of(config.audience.as_deref(), when_cut_off(&config, file)?);
        let ready = Ready::new(&config, source, guard)?;
        let scheme = if ready.tls { "https" } else { "http" };
        say(format_args!("Its gateway listens on {scheme}://{} and guards the API", ready.bound));
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            // Whoever holds the other end and drops it wants the same.
            let _ = stopped.await;
        };
        Ok(Self { stop, running: tokio::spawn(ready.serve(stopped)) })
    }

    /// Lets running requests finish.
    pub(crate) async fn stop(self) -> Result<(), Error> {
        drop(self.stop);
        self.running.await.map_err(Error::unavailable)
    }
}

/// Refuses what the server itself knows better.
fn check_within(config: &Config, file: &Path) -> Result<(), Error> {
    let told = [
        ("issuer", config.issuer.is_some()),
        ("feed-client-id", config.feed_client_id.is_some()),
        ("feed-secret-file", config.feed_secret_file.is_some()),
        ("federated", config.federated.is_some()),
    ];
    let refused = |why: String| Err(Error::refused(format!("{}: {why}", file.display())));
    if let Some((name, _)) = told.into_iter().find(|(_, is_told)| *is_told) {
        return refused(format!(
            "a gateway in the server's process goes by what the server knows: leave out {name}"
        ));
    }
    if config.upstream.is_none() {
        return refused("say where the API is: upstream = \"http://127.0.0.1:9000\"".to_owned());
    }
    when_cut_off(config, file).map(|_| ())
}

/// What the file says of a server's own guard that is cut off from the other servers' changes. It has nobody
/// to ask.
pub(crate) fn when_cut_off(config: &Config, file: &Path) -> Result<WhenCutOff, Error> {
    match config.when_lost {
        None | Some(LossPolicy::Ride) => Ok(WhenCutOff::Ride),
        Some(LossPolicy::Deny) => Ok(WhenCutOff::Deny),
        Some(LossPolicy::Introspect) => Err(Error::refused(format!(
            "{}: the server has nobody to ask: when-lost is \"ride\" or \"deny\"",
            file.display()
        ))),
    }
}

fn say_what_runs(config: &Config, bound: SocketAddr, tls: bool) {
    let scheme = if tls { "https" } else { "http" };
    let issuer = config.issuer.as_deref().unwrap_or_default();
    let work = if config.upstream.is_some() {
        "guards the API".to_owned()
    } else {
        "answers proxies at /api/auth/verify".to_owned()
    };
    say(format_args!(
        "Keymoor's gateway listens on {scheme}://{bound} and {work}: tokens of {issuer}"
    ));
    if config.feed_client_id.is_none() {
        eprintln!(
            "Without a removal feed, what is removed works until its access tokens expire, and every \
             organization counts as one that enforces single sign-on unless `federated` lists those \
             that do. `keymoor admin resource-server create` makes the credentials of a feed."
        );
    }
    if config.upstream.is_none() && config.behind_proxy.is_empty() {
        eprintln!("Nobody may ask yet: list the proxies that do with --behind-proxy.");
    }
    say("Stop it with Ctrl-C.");
}

/// Where the configuration comes from, each time that it is read.
enum Source {
    /// Command line, environment and file.
    Alone(Box<GatewayOptions>),
    /// The file of a gateway in the server's process.
    Within(PathBuf),
}

impl Source {
    fn read(&self) -> Result<Config, Error> {
        match self {
            Self::Alone(options) => options.configuration(),
            Self::Within(file) => {
                let config = GatewayOptions::of_file(file).configuration()?;
                check_within(&config, file)?;
                Ok(config)
            }
        }
    }
}

/// What is needed to take a configuration anew.
struct Reloading {
    source: Source,
    /// Where it listens, whatever the file says by now.
    address: SocketAddr,
    gateway: Arc<Gateway>,
    tls: Option<Arc<Tls>>,
}

impl Reloading {
    /// All of it, file and certificate, or nothing.
    fn reload(&self) -> Result<(), Error> {
        let config = self.source.read()?;
        check_exposure(&config, self.address, self.tls.is_some())?;
        self.gateway.reload(&config, self.tls.as_deref()).map_err(Error::refused)
    }
}

/// Takes file and certificate anew at each SIGHUP.
fn reload_at_signals(reloading: Reloading) -> Result<impl Future<Output = ()>, Error> {
    let mut hangups = signal(SignalKind::hangup()).map_err(Error::unavailable)?;
    Ok(async move {
        while hangups.recv().await.is_some() {
            match reloading.reload() {
                Ok(()) => tracing::info!("the configuration was taken anew"),
                Err(error) => tracing::error!(%error, "the configuration stays the old one"),
            }
        }
    })
}

fn tls(config: &Config) -> Result<Option<Arc<Tls>>, Error> {
    match (&config.tls_cert, &config.tls_key) {
        (Some(certificate), Some(key)) => {
            Tls::open(certificate, key).map(|tls| Some(Arc::new(tls))).map_err(Error::refused)
        }
        (None, None) => Ok(None),
        _ => Err(Error::refused("tls-cert and tls-key are needed together")),
    }
}

/// Refuses to take tokens over a network in the clear.
fn check_exposure(config: &Config, address: SocketAddr, tls: bool) -> Result<(), Error> {
    if address.ip().is_loopback() || tls || !config.behind_proxy.is_empty() {
        return Ok(());
    }
    Err(Error::refused(format!(
        "{address} can be reached from other machines, and tokens would cross the network in the \
         clear. Give --tls-cert and --tls-key, or --behind-proxy ADDR/LEN if a proxy in front ends \
         TLS."
    )))
}

fn guard(config: &Config) -> Result<Arc<Guard>, Error> {
    let issuer = config.issuer.as_deref().ok_or_else(|| {
        Error::refused("say whose tokens count: --issuer https://auth.example.com")
    })?;
    let mut guard = Guard::remote(issuer);
    if let Some(audience) = &config.audience {
        guard = guard.audience(audience);
    }
    if let Some(federated) = &config.federated {
        guard = guard.federated(organizations(federated)?);
    }
    if let Some(id) = &config.feed_client_id {
        let file = config.feed_secret_file.as_deref();
        let file = file.ok_or_else(|| {
            Error::refused("feed-client-id and feed-secret-file are needed together")
        })?;
        guard = guard.feed(FeedCredentials::new(id, &secret(file)?));
    }
    let policy = match config.when_lost {
        None | Some(LossPolicy::Ride) => WhenLost::Ride,
        Some(LossPolicy::Introspect) => WhenLost::Introspect,
        Some(LossPolicy::Deny) => WhenLost::Deny,
    };
    guard.when_lost(policy).build().map(Arc::new).map_err(Error::refused)
}

fn organizations(texts: &[String]) -> Result<Vec<OrganizationId>, Error> {
    let parse = |text: &String| {
        OrganizationId::parse(text)
            .map_err(|_| Error::refused(format!("federated: {text:?} is no UUID in lower case")))
    };
    texts.iter().map(parse).collect()
}

fn secret(path: &Path) -> Result<Zeroizing<String>, Error> {
    let read = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = read.map_err(|error| Error::refused(format!("{}: {error}", path.display())))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPSTREAM: &str = "issuer = \"https://auth.example.com\"\n\
                            upstream = \"http://127.0.0.1:9\"\n";

    /// What a running gateway at `address` says of a file that has become `text`.
    fn told(within: bool, address: &str, text: &str) -> Result<(), String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, text).unwrap();
        let config = Config::parse(UPSTREAM).unwrap();
        let gateway = Gateway::new(&config, guard(&config).unwrap(), Arc::new(SystemClock));
        let source = if within {
            Source::Within(file.path().to_owned())
        } else {
            Source::Alone(Box::new(GatewayOptions::of_file(file.path())))
        };
        let gateway = Arc::new(gateway.unwrap());
        let address = address.parse().unwrap();
        let reloading = Reloading { source, address, gateway, tls: None };
        reloading.reload().map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_file_is_checked_anew_when_it_is_read_anew() {
        let behind = format!("{UPSTREAM}behind-proxy = [\"10.0.0.0/8\"]\n");
        assert_eq!(told(false, "192.0.2.1:80", &behind), Ok(()));
        let open = told(false, "192.0.2.1:80", UPSTREAM).unwrap_err();
        assert!(open.contains("in the clear"), "{open}");
        // What the file says of an address counts after a restart.
        let listen = format!("{UPSTREAM}listen = \"127.0.0.1:1\"\n");
        assert!(told(false, "192.0.2.1:80", &listen).is_err());
    }

    #[tokio::test]
    async fn within_the_server_it_is_checked_anew_too() {
        let issuer = told(true, "127.0.0.1:80", UPSTREAM).unwrap_err();
        assert!(issuer.contains("leave out issuer"), "{issuer}");
        let api = "upstream = \"http://127.0.0.1:9\"\n";
        let deny = told(true, "127.0.0.1:80", &format!("{api}when-lost = \"deny\"\n"));
        assert_eq!(deny, Ok(()));
        let ask = told(true, "127.0.0.1:80", &format!("{api}when-lost = \"introspect\"\n"));
        assert!(ask.unwrap_err().contains("nobody to ask"));
        let nowhere = told(true, "127.0.0.1:80", "").unwrap_err();
        assert!(nowhere.contains("say where the API is"), "{nowhere}");
    }
}
