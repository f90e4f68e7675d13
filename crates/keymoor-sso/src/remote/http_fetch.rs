use std::{error::Error, future::Future, net::IpAddr, pin::Pin, sync::Arc, time::Duration};

use reqwest::{Certificate, Client, Response, header::CONTENT_TYPE, redirect::Policy};
use url::{Host, Url};

use super::{
    Hosts, is_public,
    resolver::{AtPrivateAddress, Resolver},
};
use crate::{Fetch, FetchError, Fetched, Method, Request};

/// The most bytes of an answer.
pub const MAX_BODY: usize = 256 * 1024;
const CONNECT: Duration = Duration::from_secs(5);
/// From the beginning of a request to the end of its answer.
const WHOLE: Duration = Duration::from_secs(10);

/// Asks providers over the network. HTTPS only, no redirects, no proxy, no private address (but
/// for the hosts that the operator lists), bounded in time and size.
#[derive(Clone, Debug)]
pub struct HttpFetch {
    client: Client,
    hosts: Arc<Hosts>,
}

/// It cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum CannotFetch {
    /// A root certificate is none.
    #[error("a root certificate is not PEM: {0}")]
    Root(reqwest::Error),
    /// TLS cannot be set up, as without any root certificate.
    #[error("TLS cannot be set up: {0}")]
    Tls(reqwest::Error),
}

impl HttpFetch {
    /// Trusts the system's root certificates, and `roots` beside them: each a PEM text of one or
    /// more certificates. `hosts` are the operator's.
    pub fn new(hosts: Hosts, roots: &[Vec<u8>]) -> Result<Self, CannotFetch> {
        let hosts = Arc::new(hosts);
        let bundles = roots.iter().map(|pem| Certificate::from_pem_bundle(pem));
        let roots: Vec<Vec<_>> = bundles.collect::<Result<_, _>>().map_err(CannotFetch::Root)?;
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .user_agent("keymoor")
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .pool_max_idle_per_host(0)
            .tls_certs_merge(roots.into_iter().flatten())
            .dns_resolver(Resolver(hosts.clone()))
            .build()
            .map_err(CannotFetch::Tls)?;
        Ok(Self { client, hosts })
    }

    /// The URL, if it may be asked. An address in it is judged here: it is not looked up.
    fn check(&self, text: &str) -> Result<Url, FetchError> {
        let refused = || FetchError::Url(text.to_owned());
        let url = Url::parse(text).map_err(|_| refused())?;
        let listed = self.hosts.list(&url);
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || !(url.scheme() == "https" || (url.scheme() == "http" && listed)) {
            return Err(refused());
        }
        let public = match url.host().ok_or_else(refused)? {
            Host::Ipv4(address) => is_public(IpAddr::V4(address)),
            Host::Ipv6(address) => is_public(IpAddr::V6(address)),
            // Looked up by the resolver, which judges what it finds.
            Host::Domain(_) => true,
        };
        if public || listed { Ok(url) } else { Err(FetchError::Private(host(&url))) }
    }

    async fn send(&self, request: Request) -> Result<Fetched, FetchError> {
        let url = self.check(&request.url)?;
        let host = host(&url);
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut built = self.client.request(method, url).body(request.body);
        for (name, value) in request.headers {
            built = built.header(name, value);
        }
        let response = built.send().await.map_err(|error| failed(&host, error))?;
        let (status, media_type) = (response.status().as_u16(), media_type(&response));
        let body = body(response, &host).await?;
        Ok(Fetched { status, media_type, body })
    }
}

impl Fetch for HttpFetch {
    fn fetch<'f>(
        &'f self,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Result<Fetched, FetchError>> + Send + 'f>> {
        Box::pin(self.send(request))
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

fn media_type(response: &Response) -> String {
    let field = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let bare = field.unwrap_or_default().split(';').next().unwrap_or_default();
    bare.trim().to_ascii_lowercase()
}

/// Reads no more than is taken, however much comes.
async fn body(mut response: Response, host: &str) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(host, error))? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(FetchError::TooLong(host.to_owned(), MAX_BODY));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The cause that says most; the URL is left out.
fn failed(host: &str, error: reqwest::Error) -> FetchError {
    let error = error.without_url();
    let mut cause: &dyn Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
        if cause.is::<AtPrivateAddress>() {
            return FetchError::Private(host.to_owned());
        }
    }
    let what = if error.is_timeout() { "no answer in time".to_owned() } else { cause.to_string() };
    FetchError::Unreachable(host.to_owned(), what)
}
