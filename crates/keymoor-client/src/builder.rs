//! Everything that can be chosen of a client.

use std::{sync::Arc, time::Duration};

use keymoor_core::{OrganizationId, Scope, Scopes};

use crate::{
    cache::DiskCache,
    client::Client,
    credentials::{ClientKey, CredentialSource},
    device::DeviceLogin,
    endpoints::Endpoints,
    error::Error,
    exchange::Style,
    retry::Retries,
    source::{Exchange, TokenSource, Tokens},
    timing::{SystemTimer, Timer},
    transport::{TimeOuts, Transport},
};

const AGENT: &str = concat!("keymoor-client/", env!("CARGO_PKG_VERSION"));

/// Begins a [`Client`] or a [`TokenSource`].
pub struct Builder {
    endpoints: Endpoints,
    origin: Origin,
    style: Style,
    scopes: Scopes,
    disk: Option<DiskCache>,
    time_outs: TimeOuts,
    retries: Retries,
    roots: Vec<Vec<u8>>,
    agent: String,
    timer: Arc<dyn Timer>,
}

enum Origin {
    Credentials(Arc<dyn CredentialSource>),
    Tokens(Arc<dyn Tokens>),
    /// Nothing yet: somebody is to log in.
    Nothing,
}

impl Builder {
    /// For a server, with credentials.
    pub fn new(endpoints: Endpoints, credentials: impl CredentialSource + 'static) -> Self {
        Self::of(endpoints, Origin::Credentials(Arc::new(credentials)))
    }

    /// For a server, with tokens from somewhere else, such as a [`GivenToken`](crate::GivenToken).
    pub fn with_tokens(endpoints: Endpoints, tokens: Arc<dyn Tokens>) -> Self {
        Self::of(endpoints, Origin::Tokens(tokens))
    }

    /// For a server that somebody is to log in to by a [device](Self::build_device).
    pub fn to_log_in(endpoints: Endpoints) -> Self {
        Self::of(endpoints, Origin::Nothing)
    }

    fn of(endpoints: Endpoints, origin: Origin) -> Self {
        Self {
            endpoints,
            origin,
            style: Style::default(),
            scopes: Scopes::default(),
            disk: None,
            time_outs: TimeOuts::default(),
            retries: Retries::default(),
            roots: Vec::new(),
            agent: AGENT.to_owned(),
            timer: Arc::new(SystemTimer),
        }
    }

    /// How key and secret travel: in a form, unless said otherwise.
    #[must_use]
    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// The scopes of the tokens that calls are made with: none, unless said otherwise. An
    /// organization's scope is asked for by itself when an API wants it.
    #[must_use]
    pub fn scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Asks for that organization's scope from the start.
    #[must_use]
    pub fn organization(mut self, organization: OrganizationId) -> Self {
        let scope = Scope::Organization(organization);
        self.scopes = self.scopes.iter().cloned().chain([scope]).collect();
        self
    }

    /// Shares tokens with other processes of the same user, through files.
    #[must_use]
    pub fn cache(mut self, disk: DiskCache) -> Self {
        self.disk = Some(disk);
        self
    }

    /// All time-outs.
    #[must_use]
    pub fn time_outs(mut self, time_outs: TimeOuts) -> Self {
        self.time_outs = time_outs;
        self
    }

    /// The time-out of the token call: 10 seconds, unless said otherwise.
    #[must_use]
    pub fn token_time_out(mut self, bound: Duration) -> Self {
        self.time_outs.token = bound;
        self
    }

    /// How often a call is tried again: 3 times, unless said otherwise.
    #[must_use]
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Trusts the certificates in this PEM text, beside the system's.
    #[must_use]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// What the client calls itself.
    #[must_use]
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.agent = agent.into();
        self
    }

    /// Tells the time, waits and draws lots by something else than the system: for tests.
    #[must_use]
    pub fn timer(mut self, timer: Arc<dyn Timer>) -> Self {
        self.timer = timer;
        self
    }

    /// The client.
    pub fn build(self) -> Result<Client, Error> {
        let transport = self.transport()?;
        let tokens: Arc<dyn Tokens> = match &self.origin {
            Origin::Tokens(tokens) => tokens.clone(),
            Origin::Nothing => return Err(nobody()),
            Origin::Credentials(source) => Arc::new(self.source(source, &transport)),
        };
        let bounds = (self.time_outs, self.retries);
        let (endpoints, scopes, timer) = (self.endpoints, self.scopes, self.timer);
        Ok(Client::new(endpoints, tokens, scopes, transport, bounds, timer, self.disk))
    }

    /// The token source alone.
    pub fn build_tokens(self) -> Result<TokenSource, Error> {
        match &self.origin {
            Origin::Credentials(source) => Ok(self.source(source, &self.transport()?)),
            Origin::Tokens(_) => Err(Error::Setup("there are tokens already".to_owned())),
            Origin::Nothing => Err(nobody()),
        }
    }

    /// What logs somebody in through the application of that client ID, with these scopes beside
    /// `offline_access`.
    pub fn build_device(self, client_id: ClientKey) -> Result<DeviceLogin, Error> {
        let transport = self.transport()?;
        let bound = self.time_outs.token;
        Ok(DeviceLogin::new(self.endpoints, client_id, self.scopes, transport, bound, self.timer))
    }

    fn transport(&self) -> Result<Arc<Transport>, Error> {
        Transport::new(self.time_outs.connect, &self.roots, &self.agent).map(Arc::new)
    }

    fn source(
        &self,
        credentials: &Arc<dyn CredentialSource>,
        transport: &Arc<Transport>,
    ) -> TokenSource {
        TokenSource::new(Exchange {
            endpoints: self.endpoints.clone(),
            credentials: credentials.clone(),
            style: self.style,
            disk: self.disk.clone(),
            transport: transport.clone(),
            time_outs: self.time_outs,
            retries: self.retries,
            timer: self.timer.clone(),
        })
    }
}

fn nobody() -> Error {
    Error::Setup("nobody is logged in yet".to_owned())
}
