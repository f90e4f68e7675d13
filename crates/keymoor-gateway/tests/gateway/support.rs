//! A gateway between a raw client and an API that tells back every byte it got.

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use keymoor_core::{
    OrganizationId, Scope,
    access::Directory,
    claims::Claims,
    explain::RefusedCall,
    jwt::{Algorithm, KeySet, Signer},
    refusal::Pointers,
};
use keymoor_gateway::{Config, Gateway, Limits, Listener, Tls};
use keymoor_guard::{FixedKeys, Guard, GuardConfig, RefusalLog};
use keymoor_testkit::{NOW, SteppedClock, claims, expectation, signer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};

#[derive(Default)]
pub(crate) struct Known {
    pub(crate) removed: AtomicBool,
    /// Whether asking it ends in a panic.
    pub(crate) faulty: AtomicBool,
    federated: Mutex<HashSet<OrganizationId>>,
}

impl Directory for Known {
    fn is_removed(&self, _: &Claims) -> bool {
        assert!(!self.faulty.load(Ordering::SeqCst), "a fault that nobody foresaw");
        self.removed.load(Ordering::SeqCst)
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        self.federated.lock().unwrap().contains(&organization)
    }

    fn is_disabled(&self, _: OrganizationId) -> bool {
        false
    }
}

/// An API that answers each request with its own bytes, head and body.
pub(crate) struct Echo {
    pub(crate) address: SocketAddr,
    pub(crate) requests: Arc<AtomicUsize>,
}

impl Echo {
    pub(crate) async fn start() -> Self {
        Self::answering("").await
    }

    /// The same with `extra` header lines in its answers.
    pub(crate) async fn answering(extra: &'static str) -> Self {
        Self::by(move |stream, requests| echo(stream, requests, extra)).await
    }

    /// An API that does with each connection what `serve` does.
    pub(crate) async fn by<F, R>(serve: F) -> Self
    where
        F: Fn(TcpStream, Arc<AtomicUsize>) -> R + Send + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let counted = requests.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, counted.clone()));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn echo(mut stream: TcpStream, requests: Arc<AtomicUsize>, extra: &str) {
    let mut buffer = Vec::new();
    while let Some(request) = read_message(&mut stream, &mut buffer).await {
        requests.fetch_add(1, Ordering::SeqCst);
        let head = format!("HTTP/1.1 200 OK\r\n{extra}content-length: {}\r\n\r\n", request.len());
        let sent = [head.as_bytes(), &request].concat();
        if stream.write_all(&sent).await.is_err() {
            return;
        }
    }
}

/// One message off the stream, with the body that its head tells of.
pub(crate) async fn read_message(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some(length) = message_length(buffer) {
            return Some(buffer.drain(..length).collect());
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Vec<u8>> {
    while !buffer.ends_with(b"\r\n\r\n") {
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
    Some(std::mem::take(buffer))
}

fn message_length(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
    if text.contains("transfer-encoding: chunked") {
        // The last chunk, then trailers, then an empty line.
        let last = buffer[head..].windows(3).position(|three| three == b"0\r\n")? + head;
        let end = buffer[last..].windows(4).position(|four| four == b"\r\n\r\n")?;
        return Some(last + end + 4);
    }
    let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let whole = head + length.map_or(0, |length| length.trim().parse::<usize>().unwrap());
    (buffer.len() >= whole).then_some(whole)
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head: head.to_lowercase(), body: body.to_owned() })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let line = |line: &&str| line.split_once(": ").is_some_and(|(found, _)| found == name);
        self.head.lines().find(line).map(|line| line.split_once(": ").unwrap().1)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// A gateway with everything around it.
pub(crate) struct World {
    pub(crate) signer: Signer,
    pub(crate) directory: Arc<Known>,
    pub(crate) clock: Arc<SteppedClock>,
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) echo: Echo,
    pub(crate) address: SocketAddr,
    pub(crate) noted: Arc<Noted>,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

/// The refused calls that the guard told of.
#[derive(Default)]
pub(crate) struct Noted(Mutex<Vec<RefusedCall>>);

impl Noted {
    pub(crate) fn last(&self) -> RefusedCall {
        self.0.lock().unwrap().last().unwrap().clone()
    }
}

impl RefusalLog for Noted {
    fn note(&self, call: RefusedCall) {
        self.0.lock().unwrap().push(call);
    }
}

/// How long an answer may take before the test says so.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

const ROUTES: &str = r#"
    [[route]]
    path = "/public/**"
    public = true

    [[route]]
    path = "/organizations/{organization}/**"
    organization = { path = "organization" }
"#;

impl World {
    pub(crate) const HASTY: Limits = Limits {
        head: Duration::from_millis(500),
        taken: Duration::from_secs(1),
        idle: Duration::from_millis(400),
        look: Duration::from_millis(50),
        drain: Duration::from_secs(20),
    };

    /// A gateway with a public path and one of organizations, in front of an echo.
    pub(crate) async fn new() -> Self {
        Self::with(ROUTES).await
    }

    /// One whose file is `text` and an upstream.
    pub(crate) async fn with(text: &str) -> Self {
        Self::before(Echo::start().await, text).await
    }

    pub(crate) async fn before(echo: Echo, text: &str) -> Self {
        let whole = format!("upstream = \"http://{}\"\n{text}", echo.address);
        Self::of(echo, &whole).await
    }

    /// One whose file is `text`.
    pub(crate) async fn of(echo: Echo, text: &str) -> Self {
        Self::set(echo, text, Limits::default(), None).await
    }

    /// One that gives its clients little time, so that a test sees their end.
    pub(crate) async fn hasty(echo: Echo, text: &str) -> Self {
        let whole = format!("upstream = \"http://{}\"\n{text}", echo.address);
        Self::set(echo, &whole, Self::HASTY, None).await
    }

    pub(crate) async fn set(echo: Echo, text: &str, limits: Limits, tls: Option<Arc<Tls>>) -> Self {
        let signer = signer(Algorithm::EdDsa);
        let keys = Arc::new(FixedKeys::new(KeySet::from_iter([signer.verification_key()])));
        let directory = Arc::new(Known::default());
        let clock = Arc::new(SteppedClock::new(NOW));
        let config = GuardConfig { expectation: expectation(), pointers: pointers() };
        let noted = Arc::new(Noted::default());
        let guard = Guard::new(config, keys, directory.clone(), clock.clone());
        let guard = Arc::new(guard.telling(noted.clone()));
        let config = Config::parse(text).unwrap();
        let gateway = Arc::new(Gateway::new(&config, guard, clock.clone()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let listener = Listener::new(listener, tls, &config, gateway.clone()).unwrap();
        let served = listener.limits(limits).serve(async {
            let _ = stopped.await;
        });
        let served = Some(tokio::spawn(served));
        let stop = Some(stop);
        Self { signer, directory, clock, gateway, echo, address, noted, stop, served }
    }

    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops it, and waits until whoever is served has been.
    pub(crate) async fn stopped(&mut self) {
        self.stop();
        let served = self.served.take().unwrap();
        tokio::time::timeout(PATIENCE, served).await.unwrap().unwrap();
    }

    pub(crate) fn token(&self, claims: &Claims) -> String {
        self.signer.sign(claims)
    }

    /// A token without scopes.
    pub(crate) fn bare(&self) -> String {
        self.token(&claims())
    }

    pub(crate) fn scoped(&self, organization: OrganizationId) -> String {
        let scope = [Scope::Organization(organization)].into_iter().collect();
        self.token(&Claims { scope, ..claims() })
    }

    pub(crate) fn federate(&self, organization: OrganizationId) {
        self.directory.federated.lock().unwrap().insert(organization);
    }

    /// Sends `request` as it stands and reads one answer; `None` if the connection just ends.
    pub(crate) async fn raw(&self, request: &[u8]) -> Option<Answer> {
        Self::raw_to(self.address, request).await
    }

    /// The same, to somebody else.
    pub(crate) async fn raw_to(address: SocketAddr, request: &[u8]) -> Option<Answer> {
        Self::over(&mut TcpStream::connect(address).await.unwrap(), request).await
    }

    /// The same, by a connection that is there.
    pub(crate) async fn over(stream: &mut TcpStream, request: &[u8]) -> Option<Answer> {
        stream.write_all(request).await.ok()?;
        // The answer to HEAD tells of a body that does not come.
        let bodiless = request.starts_with(b"HEAD ");
        let mut buffer = Vec::new();
        let read = async {
            if bodiless {
                read_head(stream, &mut buffer).await
            } else {
                read_message(stream, &mut buffer).await
            }
        };
        let bytes = tokio::time::timeout(PATIENCE, read).await;
        let text = || String::from_utf8_lossy(request).into_owned();
        Answer::parse(&bytes.unwrap_or_else(|_| panic!("no answer to {}", text()))?)
    }

    /// A GET with header lines.
    pub(crate) async fn get(&self, path: &str, lines: &str) -> Answer {
        let request = format!("GET {path} HTTP/1.1\r\nHost: api.example.com\r\n{lines}\r\n");
        self.raw(request.as_bytes()).await.unwrap()
    }

    /// A GET with a token.
    pub(crate) async fn get_with(&self, path: &str, token: &str) -> Answer {
        self.get(path, &bearer(token)).await
    }
}

pub(crate) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

fn pointers() -> Pointers {
    Pointers {
        token: "https://auth.example.com/api/auth/oauth/token".to_owned(),
        documentation: "https://auth.example.com/".to_owned(),
        resource_metadata: "https://auth.example.com/.well-known/oauth-protected-resource"
            .to_owned(),
    }
}

pub(crate) fn organization(byte: u8) -> OrganizationId {
    OrganizationId::from_random([byte; 16])
}

/// Waits for `what`, not for ever.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.unwrap()
}
