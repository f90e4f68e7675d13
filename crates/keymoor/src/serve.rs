//! `keymoor serve`: opens the data, listens, and ends in good order.

use std::{
    fmt::Display,
    net::{SocketAddr, TcpListener},
    os::unix::{fs::PermissionsExt, net::UnixListener},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keymoor_core::wire::Authorities;
use keymoor_guard::SystemClock;
use keymoor_server::{
    App, ForwardAuthSettings, Running, Settings, WhenCutOff, admin, listen, random, routes,
};
use keymoor_sso::{
    Fetch,
    remote::{Hosts, HttpFetch},
};
use keymoor_store::{Opening, Store};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::JoinHandle,
};

use crate::{
    data_dir::{DataDir, Hold, Lock},
    database,
    dns::Dns,
    error::Error,
    gateway::{Within, when_cut_off},
    log, master_key,
    options::ServeOptions,
    output::say,
};

const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
const DATA: &str = "keymoor-data";
/// Access tokens of one API token within a second, unless the operator says otherwise.
const TOKENS_PER_SECOND: u32 = 1000;
/// Wrong credentials that one address is told of within a minute, unless the operator says otherwise.
const REFUSALS_PER_MINUTE: u32 = 60;
/// How often the last uses of API tokens are written.
const FLUSH: Duration = Duration::from_secs(5);

/// Runs the server until it is told to stop.
pub(crate) fn run(options: ServeOptions) -> Result<(), Error> {
    let options = options.with_file()?;
    log::start(options.log.as_deref().unwrap_or("info"))?;
    // The crypto library takes tens of milliseconds to gather entropy once: begin now.
    let entropy = std::thread::spawn(random::<1>);
    let outcome = runtime()?.block_on(serve(&options));
    let _ = entropy.join();
    outcome
}

pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Error> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Error::unavailable)
}

/// The longest that the database is waited for at the end: a change may be under way that nobody waits for.
const LETTING_GO: Duration = Duration::from_secs(5);

async fn serve(options: &ServeOptions) -> Result<(), Error> {
    let data = open_data(options.data.as_deref())?;
    let Hold::Lock(lock) = data.hold()? else {
        return Err(Error::refused(format!(
            "a server already runs on {}. Stop it first, or give another --data.",
            data.path().display()
        )));
    };
    let listener = bind(options)?;
    let settings = settings(options, &listener)?;
    let app = open_app(&data, options, settings, Opening::Upgrade, &lock).await?;
    let public = listen(listener, routes::router(app.clone()), options.tls()?.as_ref())
        .await
        .map_err(Error::refused)?;
    let sockets = admin_listeners(&data, options, &app)?;
    let (end, ended) = oneshot::channel();
    let flusher = tokio::spawn(flush_regularly(app.clone(), ended));
    let follower = tokio::spawn(app.clone().follow());
    let teller = tokio::spawn(app.clone().tell_owners());
    // Whoever reads the next line may send a signal at once.
    let stop = wait_for_signal()?;
    say(format_args!("Keymoor listens on {}", app.public_url()));
    let gateway = options.gateway.as_ref().map(|file| Within::start(file, &app)).transpose()?;
    say_setup_link(&app).await?;
    say("Stop it with Ctrl-C.");
    stop.await;
    leave(&app, options).await?;
    tracing::info!("stopping");
    let outcome = drain(&app, gateway, public).await;
    for task in sockets {
        task.abort();
    }
    // Until here it has been in step with the other servers, and has answered so.
    app.end();
    drop(end);
    let ended = tokio::join!(flusher, follower, teller);
    for task in [ended.0, ended.1, ended.2] {
        task.map_err(Error::unavailable)?;
    }
    if tokio::time::timeout(LETTING_GO, app.let_go()).await.is_err() {
        tracing::warn!("the database is still in use; the next start takes its log in");
    }
    outcome
}

/// Answers whoever was heard, at the gateway too, and nobody else.
async fn drain(app: &App, gateway: Option<Within>, public: Running) -> Result<(), Error> {
    app.close();
    let gateway = match gateway {
        Some(gateway) => gateway.stop().await,
        None => Ok(()),
    };
    let public = public.stop().await.map_err(Error::unavailable);
    gateway.and(public)
}

/// Says that this server is about to stop, and goes on answering until nobody is sent here any more, or a
/// second signal comes (s93).
async fn leave(app: &App, options: &ServeOptions) -> Result<(), Error> {
    app.leave();
    let Some(seconds @ 1..) = options.leave_seconds else { return Ok(()) };
    tracing::info!(seconds, "not ready any more, and stopping soon");
    let again = wait_for_signal()?;
    tokio::select! {
        () = again => {}
        () = tokio::time::sleep(Duration::from_secs(seconds.into())) => {}
    }
    Ok(())
}

/// First run: whoever reads the terminal makes the first account.
async fn say_setup_link(app: &App) -> Result<(), Error> {
    if let Some(url) = app.make_setup_link().await.map_err(Error::unavailable)? {
        say(format_args!(
            "There is no account yet. Make the first one, an operator's, here (works once, for a \
             day):\n  {url}"
        ));
    }
    Ok(())
}

pub(crate) fn open_data(path: Option<&Path>) -> Result<DataDir, Error> {
    DataDir::open(path.unwrap_or(Path::new(DATA)))
}

/// Opens the store and the keys, saying what was made at first start. Only whoever holds the lock
/// may.
pub(crate) async fn open_app(
    data: &DataDir,
    options: &ServeOptions,
    settings: Settings,
    opening: Opening,
    lock: &Lock,
) -> Result<Arc<App>, Error> {
    let key_file = key_file(data, options);
    let new_database = options.database.is_none() && !data.database().exists();
    let new_key = !key_file.exists();
    let app = open_app_quietly(data, options, settings, opening, lock).await?;
    if new_database {
        eprintln!("Made the database {}", data.database().display());
    }
    if new_key && key_file.exists() {
        eprintln!(
            "Made the master key {}\n  It opens the keys in the database: back it up, apart from \
             the data.",
            key_file.display()
        );
    }
    Ok(app)
}

pub(crate) fn key_file(data: &DataDir, options: &ServeOptions) -> PathBuf {
    options.master_key_file.clone().unwrap_or_else(|| data.master_key())
}

/// Refuses to make a database where one is expected.
pub(crate) fn check_there(data: &DataDir, options: &ServeOptions) -> Result<(), Error> {
    if options.database.is_some() || data.database().exists() {
        return Ok(());
    }
    Err(Error::refused(format!(
        "there is no database in {}. Name the server's directory with --data.",
        data.path().display()
    )))
}

/// The same without a word.
pub(crate) async fn open_app_quietly(
    data: &DataDir,
    options: &ServeOptions,
    settings: Settings,
    opening: Opening,
    _: &Lock,
) -> Result<Arc<App>, Error> {
    let key_file = key_file(data, options);
    let (store, master): (Arc<dyn Store>, _) = if options.database.is_some() {
        let store = database::open(data, options, opening).await?;
        // A new master key would open nothing of what is in a database that others made.
        let is_new = store.pepper().await.map_err(Error::unavailable)?.is_none();
        (store, master_key::find(&key_file, is_new)?)
    } else {
        let master = master_key::find(&key_file, !data.database().exists())?;
        (database::open(data, options, opening).await?, master)
    };
    let started = App::start(settings, store, master, Arc::new(SystemClock)).await;
    let app = started.map_err(Error::unavailable)?;
    // Before the first token; `follow` does so from then on.
    app.compare_clocks().await.map_err(Error::unavailable)?;
    Ok(app)
}

fn bind(options: &ServeOptions) -> Result<TcpListener, Error> {
    let address = options.listen.unwrap_or(LISTEN);
    options.check_exposure(address.ip())?;
    bind_to(address)
}

pub(crate) fn bind_to(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .map_err(|error| Error::unavailable(format!("cannot listen on {address}: {error}")))
}

fn settings(options: &ServeOptions, listener: &TcpListener) -> Result<Settings, Error> {
    let address = listener.local_addr().map_err(Error::unavailable)?;
    let scheme = if options.tls()?.is_some() { "https" } else { "http" };
    let bound = format!("{scheme}://{address}");
    let public_url = options.public_url.as_deref().unwrap_or(&bound);
    check_public_url(public_url)?;
    let mut settings = Settings::new(public_url);
    if let Some(audience) = &options.audience {
        settings.audience.clone_from(audience);
    }
    settings.trusted_proxies.clone_from(&options.behind_proxy);
    settings.tokens_create_tokens = options.tokens_create_tokens.unwrap_or(true);
    settings.organizations_invite_strangers =
        options.organizations_invite_strangers.unwrap_or(true);
    settings.algorithm = options.signing_algorithm.map(Into::into).unwrap_or_default();
    settings.smtp = options.smtp()?;
    settings.authorities = Some(authorities(public_url, address, options));
    (settings.forward_auth, settings.when_cut_off) = forward_auth(options)?;
    settings.fetch = fetch(options)?;
    settings.dns = Arc::new(Dns::new(&options.dns_server));
    settings.cached_keys = options.cached_keys.unwrap_or(settings.cached_keys);
    settings.password_threads = options.password_threads.unwrap_or(1) as usize;
    let limit = |given: Option<u32>, default| Some(given.unwrap_or(default)).filter(|n| *n > 0);
    settings.tokens_per_second = limit(options.tokens_per_second, TOKENS_PER_SECOND);
    settings.refusals_per_minute = limit(options.refusals_per_minute, REFUSALS_PER_MINUTE);
    if let Some(days) = options.signing_key_days {
        settings.signing_key_life = days * 86_400;
    }
    Ok(settings)
}

/// The hosts that are answered for: the public one, the address that is listened on, and what the
/// operator names.
fn authorities(public_url: &str, bound: SocketAddr, options: &ServeOptions) -> Authorities {
    let public = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    let mut allowed = vec![public.trim_end_matches('/').to_owned(), bound.to_string()];
    if bound.ip().is_loopback() {
        let names = ["localhost", "127.0.0.1", "[::1]"];
        allowed.extend(names.map(|name| format!("{name}:{}", bound.port())));
    }
    allowed.extend(options.authority.iter().cloned());
    Authorities::new(public_url.starts_with("https"), allowed)
}

/// What proxies are answered by that ask whether a request may pass, also while this server is cut off.
fn forward_auth(options: &ServeOptions) -> Result<(ForwardAuthSettings, WhenCutOff), Error> {
    let Some(path) = &options.forward_auth else {
        let proxies = options.behind_proxy.clone();
        let settings = ForwardAuthSettings { proxies, ..ForwardAuthSettings::default() };
        return Ok((settings, WhenCutOff::default()));
    };
    let fault = |why: &dyn Display| Error::refused(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| fault(&error))?;
    let config = keymoor_gateway::Config::parse(&text).map_err(|error| fault(&error))?;
    let (routes, look_up) = config.judging().map_err(|error| fault(&error))?;
    let authorities = [false, true].map(|tls| Authorities::new(tls, config.authorities.clone()));
    let proxies = config.behind_proxy.clone();
    let routes = Arc::new(routes);
    let settings = ForwardAuthSettings { routes, look_up, authorities, proxies };
    Ok((settings, when_cut_off(&config, path)?))
}

/// How identity providers are asked.
fn fetch(options: &ServeOptions) -> Result<Arc<dyn Fetch>, Error> {
    let hosts = Hosts::new(options.identity_provider_host.iter().map(String::as_str));
    let hosts = hosts.map_err(Error::refused)?;
    let roots = match &options.identity_provider_ca {
        Some(path) => {
            let read = std::fs::read(path);
            vec![read.map_err(|error| Error::refused(format!("{}: {error}", path.display())))?]
        }
        None => Vec::new(),
    };
    Ok(Arc::new(HttpFetch::new(hosts, &roots).map_err(Error::refused)?))
}

/// An issuer is a URL without query or fragment (RFC 8414 §2). Ours has no path either: the server
/// is at the root of its host, and so are its cookies and links.
fn check_public_url(url: &str) -> Result<(), Error> {
    let refused = |why: &str| Err(Error::refused(format!("--public-url {url:?} {why}")));
    let parsed: Option<http::Uri> = url.parse().ok();
    let fits = |uri: &http::Uri| {
        let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
        scheme
            && uri.authority().is_some()
            && uri.query().is_none()
            && !url.contains(['"', '#', '\\'])
    };
    match parsed.filter(fits) {
        None => refused("is not a URL such as https://auth.example.com"),
        Some(uri) if !matches!(uri.path(), "" | "/") => refused(
            "has a path, and Keymoor is at the root of its host: give it a host name of its own, \
             such as https://auth.example.com",
        ),
        Some(_) => Ok(()),
    }
}

fn admin_listeners(
    data: &DataDir,
    options: &ServeOptions,
    app: &Arc<App>,
) -> Result<Vec<JoinHandle<()>>, Error> {
    let mut tasks = vec![admin_socket(&data.socket()?, app)?];
    if let Some(address) = options.admin_listen {
        tasks.push(health_listener(address, app)?);
    }
    Ok(tasks)
}

/// The admin socket, 0600. A stale one is unlinked: whoever holds the lock is the only server.
fn admin_socket(path: &Path, app: &Arc<App>) -> Result<JoinHandle<()>, Error> {
    let describe = |error| Error::unavailable(format!("{}: {error}", path.display()));
    if path.exists() {
        std::fs::remove_file(path).map_err(describe)?;
    }
    let listener = UnixListener::bind(path).map_err(describe)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(describe)?;
    listener.set_nonblocking(true).map_err(describe)?;
    let listener = tokio::net::UnixListener::from_std(listener).map_err(describe)?;
    let router = admin::socket_router(app.clone());
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the admin socket failed");
        }
    }))
}

fn health_listener(address: SocketAddr, app: &Arc<App>) -> Result<JoinHandle<()>, Error> {
    let listener = bind_to(address)?;
    listener.set_nonblocking(true).map_err(Error::unavailable)?;
    let bound = listener.local_addr().map_err(Error::unavailable)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::unavailable)?;
    say(format_args!("Health on http://{bound}/healthz and /readyz, numbers on /metrics"));
    let router = admin::health_router(app.clone());
    Ok(tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the health listener failed");
        }
    }))
}

/// Writes the noted uses now and then, and once more at the end. A flush is never broken off.
async fn flush_regularly(app: Arc<App>, mut ended: oneshot::Receiver<()>) {
    let mut clock = tokio::time::interval(FLUSH);
    let mut goes_on = true;
    while goes_on {
        tokio::select! {
            _ = clock.tick() => {}
            _ = &mut ended => goes_on = false,
        }
        app.flush_uses().await;
    }
}

/// Takes SIGTERM and SIGINT from now on; what it returns waits for one.
pub(crate) fn wait_for_signal() -> Result<impl Future<Output = ()>, Error> {
    let mut terminate = signal(SignalKind::terminate()).map_err(Error::unavailable)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Error::unavailable)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
