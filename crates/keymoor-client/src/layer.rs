//! The token as a tower layer, over any HTTP client that is a tower service: hyper's, or reqwest's
//! own `Client`.

use std::{
    error::Error as StdError,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use keymoor_core::Scopes;
use tower_layer::Layer;
use tower_service::Service;
use zeroize::Zeroizing;

use crate::{
    endpoints::{EndpointError, Endpoints},
    error::Error,
    source::{Tokens, sending::sensitive},
    token::AccessToken,
};

/// Puts an access token on each request to the API's origin, and refuses all others. After a 401 the
/// request is sent once more with another token, if it can be copied.
///
/// The service below must not follow redirects by itself: build reqwest's client with
/// `redirect::Policy::none()`.
#[derive(Clone)]
pub struct AuthorizeLayer {
    endpoints: Arc<Endpoints>,
    tokens: Arc<dyn Tokens>,
    scopes: Scopes,
}

/// What [`AuthorizeLayer`] makes of a service.
#[derive(Clone)]
pub struct Authorize<S> {
    layer: AuthorizeLayer,
    inner: S,
}

/// A request that a token can be put on.
pub trait Authorizable: Sized {
    /// Its whole URL, as it is written.
    fn target(&self) -> String;
    /// Its headers.
    fn headers(&mut self) -> &mut HeaderMap;
    /// The same once more, if its body is no stream.
    fn copy(&self) -> Option<Self>;
}

/// An answer that may be a 401.
pub trait Answered {
    /// The HTTP status.
    fn answered(&self) -> StatusCode;
}

impl AuthorizeLayer {
    /// Tokens for `scopes`, on requests to the API of `endpoints`.
    pub fn new(endpoints: Endpoints, tokens: Arc<dyn Tokens>, scopes: Scopes) -> Self {
        Self { endpoints: Arc::new(endpoints), tokens, scopes }
    }

    async fn put<R: Authorizable>(&self, request: &mut R) -> Result<AccessToken, Error> {
        let target = request.target();
        if !target.starts_with("https://") && !target.starts_with("http://") {
            // Where a path alone would go is the service's choice, and no check sees it.
            let why = "a request under this layer needs its whole URL";
            return Err(EndpointError::Malformed(target, why).into());
        }
        self.endpoints.resolve(&target)?;
        let token = self.tokens.token(&self.scopes, Duration::ZERO).await?;
        bear(request, &token)?;
        Ok(token)
    }
}

fn bear<R: Authorizable>(request: &mut R, token: &AccessToken) -> Result<(), Error> {
    let text = Zeroizing::new(format!("Bearer {}", token.expose()));
    request.headers().insert(AUTHORIZATION, sensitive(&text)?);
    Ok(())
}

impl<S> Layer<S> for AuthorizeLayer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Authorize<S> {
        Authorize { layer: self.clone(), inner }
    }
}

type BoxError = Box<dyn StdError + Send + Sync>;

impl<S, R> Service<R> for Authorize<S>
where
    S: Service<R> + Clone + Send + 'static,
    S::Response: Answered + Send,
    S::Error: Into<BoxError>,
    S::Future: Send,
    R: Authorizable + Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, request: R) -> Self::Future {
        // The one that is ready goes along; a clone of it takes its place.
        let spare = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, spare);
        Box::pin(send(self.layer.clone(), inner, request))
    }
}

async fn send<S, R>(
    layer: AuthorizeLayer,
    mut inner: S,
    mut request: R,
) -> Result<S::Response, BoxError>
where
    S: Service<R>,
    S::Response: Answered,
    S::Error: Into<BoxError>,
    R: Authorizable,
{
    let token = layer.put(&mut request).await?;
    let copy = request.copy();
    let answer = inner.call(request).await.map_err(Into::into)?;
    let refused = answer.answered() == StatusCode::UNAUTHORIZED;
    if !refused {
        return Ok(answer);
    }
    let replaced = layer.tokens.replace(&token).await;
    // A body that is a stream is sent once; the next request has the other token.
    let Some(mut copy) = copy else { return Ok(answer) };
    bear(&mut copy, &replaced?)?;
    std::future::poll_fn(|context| inner.poll_ready(context)).await.map_err(Into::into)?;
    inner.call(copy).await.map_err(Into::into)
}

impl<B: Clone> Authorizable for http::Request<B> {
    fn target(&self) -> String {
        self.uri().to_string()
    }

    fn headers(&mut self) -> &mut HeaderMap {
        self.headers_mut()
    }

    fn copy(&self) -> Option<Self> {
        Some(self.clone())
    }
}

impl Authorizable for reqwest::Request {
    fn target(&self) -> String {
        self.url().as_str().to_owned()
    }

    fn headers(&mut self) -> &mut HeaderMap {
        self.headers_mut()
    }

    fn copy(&self) -> Option<Self> {
        self.try_clone()
    }
}

impl<B> Answered for http::Response<B> {
    fn answered(&self) -> StatusCode {
        self.status()
    }
}

impl Answered for reqwest::Response {
    fn answered(&self) -> StatusCode {
        self.status()
    }
}
