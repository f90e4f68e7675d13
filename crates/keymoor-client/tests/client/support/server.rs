use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// A request, as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn is_for_a_token(&self) -> bool {
        self.path.starts_with("/api/auth/oauth/token")
    }
}

/// What the server does about a request.
pub(crate) enum Say {
    Answer(Response<String>),
    /// Never answers.
    Nothing,
    /// Ends the connection without an answer.
    HangUp,
}

impl Say {
    pub(crate) fn status(status: u16) -> Self {
        Self::json(status, "{}")
    }

    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        let built = Response::builder().status(status).header("content-type", "application/json");
        Self::Answer(built.body(body.into()).unwrap())
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer(response) = &mut self {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        self
    }

    pub(crate) fn redirect(status: u16, to: &str) -> Self {
        Self::json(status, "").with("location", to)
    }
}

type Script = dyn Fn(&Seen) -> Say + Send + Sync;

/// A server on a port of its own, which ends with its runtime.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    script: Arc<Mutex<Arc<Script>>>,
}

impl Server {
    pub(crate) async fn start(script: impl Fn(&Seen) -> Say + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Arc::new(script) as Arc<Script>));
        let server = Self { origin, seen: Arc::default(), script };
        tokio::spawn(server.clone().listen(listener));
        server
    }

    /// From now on it says this.
    pub(crate) fn now_says(&self, script: impl Fn(&Seen) -> Say + Send + Sync + 'static) {
        *self.script.lock().unwrap() = Arc::new(script);
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn token_requests(&self) -> usize {
        self.seen().iter().filter(|seen| seen.is_for_a_token()).count()
    }

    /// What arrived that was not for a token.
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !seen.is_for_a_token()).collect()
    }

    async fn listen(self, listener: TcpListener) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let server = self.clone();
            let service = service_fn(move |request| server.clone().answer(request));
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    }

    async fn answer(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, std::io::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let seen = Seen {
            method: parts.method,
            path: parts.uri.path_and_query().unwrap().to_string(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        let script = self.script.lock().unwrap().clone();
        self.seen.lock().unwrap().push(seen.clone());
        match script(&seen) {
            Say::Answer(response) => Ok(response.map(|body| Full::new(Bytes::from(body)))),
            Say::Nothing => Ok(std::future::pending::<Result<_, Infallible>>().await.unwrap()),
            Say::HangUp => Err(std::io::Error::other("as the script says")),
        }
    }
}
