use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use keymoor_core::{access::Target, explain::Refused, refusal::Refusal};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    guard::Guard,
    refusal_log::Occasion,
    request_id::{X_REQUEST_ID, next_request_id, request_id_value},
    response::refusal_response,
};

type TargetOf = dyn Fn(&Parts) -> Result<Target, Refusal> + Send + Sync;

/// Puts a guard in front of a service. What gets through carries its
/// [`Access`](keymoor_core::access::Access) in the request's extensions.
#[derive(Clone)]
pub struct GuardLayer {
    guard: Arc<Guard>,
    target: Arc<TargetOf>,
}

impl GuardLayer {
    /// A layer whose resources belong to no organization.
    pub fn new(guard: Arc<Guard>) -> Self {
        Self { guard, target: Arc::new(|_| Ok(Target::General)) }
    }

    /// Says what a request is about, from its head.
    #[must_use]
    pub fn target(
        self,
        target: impl Fn(&Parts) -> Result<Target, Refusal> + Send + Sync + 'static,
    ) -> Self {
        Self { guard: self.guard, target: Arc::new(target) }
    }
}

impl<S> Layer<S> for GuardLayer {
    type Service = GuardService<S>;

    fn layer(&self, inner: S) -> GuardService<S> {
        GuardService { layer: self.clone(), inner }
    }
}

/// A service behind a guard.
#[derive(Clone)]
pub struct GuardService<S> {
    layer: GuardLayer,
    inner: S,
}

impl<S, B, R> Service<Request<B>> for GuardService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let layer = self.layer.clone();
        // The service that was polled ready is the one to call; its clone takes the next request.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            match layer.admit(&mut parts).await {
                Ok(()) => inner.call(Request::from_parts(parts, body)).await,
                Err(refused) => Ok(layer.refuse(&refused, &parts)),
            }
        })
    }
}

impl GuardLayer {
    async fn admit(&self, parts: &mut Parts) -> Result<(), Box<Refused>> {
        let target = (self.target)(parts);
        // Whoever has no valid token learns nothing of paths.
        let general = self.guard.examine(&parts.headers, &parts.uri, Target::General).await?;
        let target = target.map_err(|refusal| {
            self.guard.refused(refusal, Some(general.claims()), Target::General)
        })?;
        let access = self.guard.enter(&general, target)?;
        parts.extensions.insert(access);
        Ok(())
    }

    /// The refusal, with an id by which it can be explained.
    fn refuse<B: From<Bytes>>(&self, refused: &Refused, parts: &Parts) -> Response<B> {
        let id = next_request_id();
        let (method, path) = (&parts.method, parts.uri.path());
        self.guard.note(refused, &Occasion { id, method, path, address: None });
        let mut response = refusal_response(&refused.refusal, self.guard.pointers());
        response.headers_mut().insert(X_REQUEST_ID, request_id_value(id));
        response
    }
}
