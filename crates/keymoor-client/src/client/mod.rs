//! Calls of an API, each with a token.

mod call;
mod organization;
mod pages;
mod redirect;
mod response;
mod send;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use http::{HeaderValue, header::ACCEPT};
use keymoor_core::{OrganizationId, Scope, Scopes};
use reqwest::Request;
use serde_json::Value;

pub use call::Call;
pub use pages::Page;
pub use response::Response;

use crate::{
    builder::Builder,
    cache::{DiskCache, owners::Owners},
    credentials::CredentialSource,
    endpoints::Endpoints,
    error::Error,
    exchange::retry_after,
    retry::{Retries, is_passing},
    source::Tokens,
    timing::Timer,
    token::AccessToken,
    transport::{TimeOuts, Transport, host},
};
use organization::Memory;

/// The most bytes of an answer that [`Client::call`] reads.
const MOST: usize = 64 * 1024 * 1024;
/// The most bytes of a refusal that is looked into.
const MOST_OF_REFUSAL: usize = 1024 * 1024;
/// The `Accept` of a call that sets none.
pub const ACCEPTED: &str = "application/hal+json, application/json;q=0.9, */*;q=0.5";

/// Calls an API with access tokens that it gets by itself. Clones share everything.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) endpoints: Endpoints,
    pub(crate) tokens: Arc<dyn Tokens>,
    pub(crate) scopes: Scopes,
    pub(crate) transport: Arc<Transport>,
    pub(crate) time_outs: TimeOuts,
    pub(crate) retries: Retries,
    pub(crate) timer: Arc<dyn Timer>,
    /// Looked up when a call is first made.
    memory: OnceLock<Mutex<Memory>>,
    owners: Option<Owners>,
}

impl Client {
    /// Begins a client for a server, with credentials from wherever they are.
    pub fn builder(endpoints: Endpoints, credentials: impl CredentialSource + 'static) -> Builder {
        Builder::new(endpoints, credentials)
    }

    pub(crate) fn new(
        endpoints: Endpoints,
        tokens: Arc<dyn Tokens>,
        scopes: Scopes,
        transport: Arc<Transport>,
        (time_outs, retries): (TimeOuts, Retries),
        timer: Arc<dyn Timer>,
        disk: Option<DiskCache>,
    ) -> Self {
        Self(Arc::new(Shared {
            // Who names an organization means that one, whatever was seen before.
            owners: disk
                .filter(|_| scopes.organizations().next().is_none())
                .map(|disk| Owners::of(disk, endpoints.api_base())),
            endpoints,
            tokens,
            scopes,
            transport,
            time_outs,
            retries,
            timer,
            memory: OnceLock::new(),
        }))
    }

    /// The server's URLs.
    pub fn endpoints(&self) -> &Endpoints {
        &self.0.endpoints
    }

    /// Where its tokens come from.
    pub fn tokens(&self) -> &Arc<dyn Tokens> {
        &self.0.tokens
    }

    /// An access token for the client's scopes.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        self.0.tokens.token(&self.0.scopes, Duration::ZERO).await
    }

    /// Calls `GET target`.
    pub async fn get(&self, target: impl Into<String>) -> Result<Response, Error> {
        self.call(Call::get(target)).await
    }

    /// Makes the call. A status of 400 or more is an error that holds the answer.
    pub async fn call(&self, call: Call) -> Result<Response, Error> {
        let request = self.0.request(&call)?;
        let response = match self.0.send(request).await? {
            Answer::Refused(response) => response,
            Answer::Open(open) => {
                let received = self.0.transport.receive(open, MOST, Some(self.0.time_outs.api));
                received.await?.into()
            }
        };
        self.0.judged(response)
    }

    /// Sends a request that reqwest built, with a token, and returns the answer as it comes,
    /// whatever its status. Its URL has to be of the API's origin. A body that is a stream is sent
    /// once: after a 401 the answer is returned, and the next request has another token.
    pub async fn execute(&self, request: Request) -> Result<reqwest::Response, Error> {
        self.0.endpoints.resolve(request.url().as_str())?;
        match self.0.send(request).await? {
            Answer::Refused(response) => Ok(response.into()),
            Answer::Open(open) => Ok(open),
        }
    }
}

/// An API's answer: read already if it is a 403, since that may ask for a scope.
enum Answer {
    Open(reqwest::Response),
    Refused(Response),
}

impl Shared {
    fn request(&self, call: &Call) -> Result<Request, Error> {
        let mut url = self.endpoints.resolve(&call.target)?;
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = Request::new(call.method.clone(), url);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
        request.headers_mut().extend(call.headers.clone());
        *request.body_mut() = call.body.clone().map(Into::into);
        Ok(request)
    }

    /// Sends it. If an organization's scope is asked for, it is sent once more with that, and the
    /// organization is remembered.
    async fn send(&self, request: Request) -> Result<Answer, Error> {
        let url = request.url().clone();
        let below = organization::below(&url, self.endpoints.api_base());
        let scopes = self.known_scopes(&below).await?;
        let copy = request.try_clone();
        let answer = self.looked_at(request, &scopes).await?;
        let Answer::Refused(refusal) = answer else { return Ok(answer) };
        if !organization::is_asked(&refusal) {
            return Ok(Answer::Refused(refusal));
        }
        let organization = self.organization(&refusal, &below, &scopes).await?;
        let wider = organization::with(&scopes, organization);
        let needed = |answer| Error::OrganizationScopeNeeded {
            organization: Some(organization),
            candidates: Vec::new(),
            answer: Box::new(answer),
        };
        let Some(copy) = copy.filter(|_| wider != scopes) else { return Err(needed(refusal)) };
        // A token that was given has the scopes that it has.
        let token = self.tokens.token(&wider, Duration::ZERO).await?;
        if !token.scopes().contains(&Scope::Organization(organization)) {
            return Err(needed(refusal));
        }
        let answer = self.looked_at(copy, &wider).await?;
        match answer {
            Answer::Refused(refusal) if organization::is_asked(&refusal) => Err(needed(refusal)),
            answer => {
                self.memory().learn(&below, organization);
                Ok(answer)
            }
        }
    }

    /// The scopes for a call: with what is known of whose the resource is. What is not granted any
    /// more is forgotten, and the API says what it wants.
    async fn known_scopes(&self, below: &[&str]) -> Result<Scopes, Error> {
        let Some(known) = self.memory().recall(below) else { return Ok(self.scopes.clone()) };
        let wider = organization::with(&self.scopes, known);
        match self.tokens.token(&wider, Duration::ZERO).await {
            Ok(_) => Ok(wider),
            Err(Error::ScopeRefused { .. }) => {
                self.memory().forget(below);
                Ok(self.scopes.clone())
            }
            Err(error) => Err(error),
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        let memory = self.memory.get_or_init(|| Mutex::new(Memory::new(self.owners.clone())));
        memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn looked_at(&self, request: Request, scopes: &Scopes) -> Result<Answer, Error> {
        let response = self.authorized(request, scopes).await?;
        if response.status() != 403 || !self.endpoints.is_home(response.url()) {
            return Ok(Answer::Open(response));
        }
        let bound = Some(self.time_outs.api);
        let received = self.transport.receive(response, MOST_OF_REFUSAL, bound).await?;
        Ok(Answer::Refused(received.into()))
    }

    /// The organization whose scope is wanted: named by the answer or the path, else the only one
    /// that it can be.
    async fn organization(
        &self,
        refusal: &Response,
        below: &[&str],
        scopes: &Scopes,
    ) -> Result<OrganizationId, Error> {
        if let Some(named) = organization::named(refusal, below) {
            return Ok(named);
        }
        let candidates = self.candidates(scopes).await.unwrap_or_default();
        match candidates.as_slice() {
            [(only, _)] => Ok(*only),
            _ => Err(Error::OrganizationScopeNeeded {
                organization: None,
                candidates,
                answer: Box::new(refusal.clone()),
            }),
        }
    }

    async fn candidates(&self, scopes: &Scopes) -> Option<Vec<(OrganizationId, String)>> {
        let request = self.request(&Call::get("/organizations")).ok()?;
        let response = self.authorized(request, scopes).await.ok()?;
        let received =
            self.transport.receive(response, MOST, Some(self.time_outs.api)).await.ok()?;
        let list: Value = Response::from(received).json().ok()?;
        Some(organization::candidates(&list))
    }

    fn judged(&self, response: Response) -> Result<Response, Error> {
        let home = self.endpoints.is_home(response.url());
        match response.status() {
            status if status < 400 => Ok(response),
            // Another server's, after a redirect, are not about our token.
            401 if home => Err(Error::Unauthorized(Box::new(response))),
            403 if home => Err(Error::Forbidden(Box::new(response))),
            status if is_passing(status) => Err(Error::Unavailable {
                host: host(response.url()),
                status,
                retry_after: retry_after(response.headers(), self.timer.now()),
                description: response.message(),
                answer: Some(Box::new(response)),
            }),
            _ => Err(Error::Status(Box::new(response))),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("endpoints", &self.0.endpoints).finish_non_exhaustive()
    }
}
