//! Where tokens come from and where they may go.

use url::{Host, Url};

/// Acquia's Cloud Platform API v2.
const ACQUIA_TOKEN: &str = "https://accounts.acquia.com/api/auth/oauth/token";
const ACQUIA_API: &str = "https://cloud.acquia.com/api";

/// A URL that may not be called. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// No URL, or none that an API has.
    #[error("{0:?} is not a URL to call: {1}")]
    Malformed(String, &'static str),
    /// Secrets in the clear.
    #[error("{0} is not HTTPS: secrets and tokens would cross the network in the clear")]
    Insecure(String),
    /// The call names a port that the base URL does not have.
    #[error(
        "{target} names the port {port}, which the base URL {base} does not have: a call may not \
         include a port of its own, not even the default one"
    )]
    Port {
        /// The call.
        target: String,
        /// The port in it.
        port: String,
        /// The API's base URL.
        base: String,
    },
    /// The call is for another origin than the API's.
    #[error("{target} is elsewhere: the access token goes only to {base}")]
    Elsewhere {
        /// The call.
        target: String,
        /// The API's origin.
        base: String,
    },
}

impl EndpointError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Malformed(..) => "Give a path such as /account, or a whole https:// URL.",
            Self::Insecure(_) => "Use https://. Plain http:// is for localhost only.",
            Self::Port { .. } => "Leave the port out, or configure the server's URL with it.",
            Self::Elsewhere { .. } => "Call it without this client, or with a profile for it.",
        }
    }
}

/// The URLs of one server: where the API Secret goes, and where the access token goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    token_url: Url,
    api_base: Url,
    revoke_url: Option<Url>,
}

impl Endpoints {
    /// Acquia's Cloud Platform.
    #[expect(clippy::expect_used, reason = "the URLs are constants; a test reads them")]
    pub fn acquia() -> Self {
        Self::new(ACQUIA_TOKEN, ACQUIA_API).expect("constant URLs")
    }

    /// The Keymoor at `origin`, such as `https://keymoor.example.com`.
    pub fn at(origin: &str) -> Result<Self, EndpointError> {
        let url = parse(origin)?;
        if url.path() != "/" {
            return Err(malformed(origin, "give the server's origin, without a path"));
        }
        let origin = url.as_str().trim_end_matches('/');
        let ends = Self::new(&format!("{origin}/api/auth/oauth/token"), &format!("{origin}/api"))?;
        ends.with_revocation(&format!("{origin}/api/auth/oauth/revoke"))
    }

    /// A token endpoint and the base URL of an API.
    pub fn new(token_url: &str, api_base: &str) -> Result<Self, EndpointError> {
        let mut api_base = parse(api_base)?;
        let path = api_base.path().trim_end_matches('/').to_owned();
        api_base.set_path(&path);
        Ok(Self { token_url: parse(token_url)?, api_base, revoke_url: None })
    }

    /// Where tokens are revoked (RFC 7009).
    pub fn with_revocation(mut self, url: &str) -> Result<Self, EndpointError> {
        self.revoke_url = Some(parse(url)?);
        Ok(self)
    }

    /// Where key and secret are exchanged.
    pub fn token_url(&self) -> &Url {
        &self.token_url
    }

    /// What the paths of API calls are joined to.
    pub fn api_base(&self) -> &Url {
        &self.api_base
    }

    /// Where tokens are revoked, if that is known.
    pub fn revoke_url(&self) -> Option<&Url> {
        self.revoke_url.as_ref()
    }

    /// Whether secrets and tokens go to the same places, whatever is known of revocation.
    pub fn is_same_server(&self, other: &Self) -> bool {
        self.token_url == other.token_url && self.api_base == other.api_base
    }

    /// The URL of a call: `target` is a path below the API's base (`/account`; with the base's own
    /// path before it, it means the same), or a whole URL of the same origin.
    pub fn resolve(&self, target: &str) -> Result<Url, EndpointError> {
        check_text(target)?;
        if let Some((_, rest)) = target.split_once("://").filter(|(scheme, _)| is_scheme(scheme)) {
            self.check_port(target, rest)?;
            let url = Url::parse(target).map_err(|_| malformed(target, "no URL"))?;
            return self.check_origin(url);
        }
        self.join(target)
    }

    fn join(&self, path: &str) -> Result<Url, EndpointError> {
        if path.starts_with("//") {
            return Err(malformed(path, "it begins with two slashes"));
        }
        let base = self.api_base.path().trim_end_matches('/');
        let path = path.strip_prefix('/').unwrap_or(path);
        let rest = within(path, base.trim_start_matches('/'));
        let origin = self.api_base.origin().ascii_serialization();
        let text = format!("{origin}{base}/{rest}");
        self.check_origin(Url::parse(&text).map_err(|_| malformed(path, "no path"))?)
    }

    /// The same scheme, host and port as the API.
    pub(crate) fn check_origin(&self, url: Url) -> Result<Url, EndpointError> {
        let named = !url.username().is_empty() || url.password().is_some();
        if named {
            return Err(malformed("the URL", "it holds a user name or a password"));
        }
        if self.is_home(&url) {
            return Ok(url);
        }
        let base = self.api_base.origin().ascii_serialization();
        Err(EndpointError::Elsewhere { target: url.origin().ascii_serialization(), base })
    }

    /// Whether the URL is of the API's origin.
    pub(crate) fn is_home(&self, url: &Url) -> bool {
        url.origin() == self.api_base.origin()
    }

    /// Looks at the text, since a parsed URL has lost a default port.
    fn check_port(&self, target: &str, rest: &str) -> Result<(), EndpointError> {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let after = host.rsplit_once(']').map_or(host, |(_, port)| port);
        let Some((_, port)) = after.split_once(':') else { return Ok(()) };
        if self.api_base.port().is_some_and(|own| own.to_string() == port) {
            return Ok(());
        }
        let base = self.api_base.as_str().to_owned();
        Err(EndpointError::Port { target: without_user(target), port: port.to_owned(), base })
    }
}

/// `path` below the base, whose own path may be repeated in it.
fn within<'p>(path: &'p str, base: &str) -> &'p str {
    if base.is_empty() {
        return path;
    }
    path.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')).unwrap_or(path)
}

fn is_scheme(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn check_text(target: &str) -> Result<(), EndpointError> {
    let path = target.split('?').next().unwrap_or_default();
    if target.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
        Err(malformed(target, "it holds a blank, a control character or a backslash"))
    } else if target.contains('#') {
        Err(malformed(target, "it has a fragment"))
    } else if path.split('/').any(is_dots) {
        Err(malformed(target, "it goes up by dots"))
    } else {
        Ok(())
    }
}

fn is_dots(segment: &str) -> bool {
    let plain = segment.replace("%2e", ".").replace("%2E", ".");
    plain == "." || plain == ".."
}

/// A URL as it may be told: without the user name and the password that it may hold.
pub(crate) fn without_user(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, rest)) if !text.starts_with('/') || text.starts_with("//") => {
            format!("[redacted]@{rest}")
        }
        _ => text.to_owned(),
    }
}

fn malformed(target: &str, why: &'static str) -> EndpointError {
    EndpointError::Malformed(without_user(target), why)
}

/// A URL that secrets may go to.
fn parse(text: &str) -> Result<Url, EndpointError> {
    let url = Url::parse(text).map_err(|_| malformed(text, "no URL"))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(malformed(text, "it has a query or a fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(malformed("the URL", "it holds a user name or a password"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(EndpointError::Insecure(text.to_owned())),
        _ => Err(malformed(text, "it does not begin with https://")),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
