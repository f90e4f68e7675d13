//! One request, with a token: redirects, retries, the one renewal after a 401.

use std::time::Duration;

use http::{
    HeaderValue,
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION},
};
use keymoor_core::Scopes;
use reqwest::{Request, Response};
use zeroize::Zeroizing;

use super::{
    Shared,
    redirect::{self, Next},
};
use crate::{
    error::Error,
    exchange::retry_after,
    retry::{is_idempotent, is_passing},
    source::sending::sensitive,
    token::AccessToken,
};

impl Shared {
    /// Sends it with a token for `scopes`. After a 401 it is sent once more, with another token, if
    /// its body can be sent twice.
    pub(super) async fn authorized(
        &self,
        request: Request,
        scopes: &Scopes,
    ) -> Result<Response, Error> {
        let token = self.tokens.token(scopes, Duration::ZERO).await?;
        let copy = request.try_clone();
        let response = self.persistent(request, &token).await?;
        // What another server says, after a redirect, is not about the token.
        let refused = response.status() == 401 && self.endpoints.is_home(response.url());
        match copy {
            Some(copy) if refused => {
                let token = self.tokens.replace(&token).await?;
                self.persistent(copy, &token).await
            }
            None if refused => {
                // For the next request. Whether there is another one is that request's trouble.
                let _ = self.tokens.replace(&token).await;
                Ok(response)
            }
            _ => Ok(response),
        }
    }

    /// Tries again what may be sent twice.
    async fn persistent(&self, request: Request, token: &AccessToken) -> Result<Response, Error> {
        let mut next = Some(request);
        let mut tried = 0;
        loop {
            tried += 1;
            // There always is one: a request that cannot be copied is never waited for.
            let Some(request) = next.take() else { return Err(lost()) };
            next = request.try_clone().filter(|copy| is_idempotent(copy.method()));
            let result = self.follow(request, token).await;
            let wait = self.wait(&result, tried).filter(|_| next.is_some());
            let Some(wait) = wait else { return result };
            self.timer.pause(wait).await;
        }
    }

    fn wait(&self, result: &Result<Response, Error>, tried: u32) -> Option<Duration> {
        let after = match result {
            Ok(response) if is_passing(response.status().as_u16()) => {
                retry_after(response.headers(), self.timer.now())
            }
            Err(Error::Unreachable(error)) if error.may_pass() => None,
            _ => return None,
        };
        self.retries.wait(tried, after, self.timer.chance())
    }

    /// Follows redirects, the token in hand only within the origin that it is for.
    async fn follow(&self, request: Request, token: &AccessToken) -> Result<Response, Error> {
        let mut current = self.bearing(request, token)?;
        for _ in 0..=redirect::MOST {
            let from = current.url().clone();
            let (method, copy) = (current.method().clone(), current.try_clone());
            let response = self.transport.open(current).await?;
            let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let next = redirect::next(&from, &method, response.status(), location);
            current = match (next, copy) {
                (None, _) => return Ok(response),
                (Some(Next::On { url, method, body }), Some(copy)) => {
                    onward(copy, url, method, body)
                }
                (Some(Next::Bare(url)), _) => self.bare(method, url),
                (Some(Next::On { url, .. } | Next::Refuse(url)), _) => {
                    return Err(redirected(&from, &url));
                }
            };
        }
        let url = current.url();
        Err(redirected(url, url))
    }

    fn bearing(&self, mut request: Request, token: &AccessToken) -> Result<Request, Error> {
        let text = Zeroizing::new(format!("Bearer {}", token.expose()));
        request.headers_mut().insert(AUTHORIZATION, sensitive(&text)?);
        if request.timeout().is_none() {
            *request.timeout_mut() = Some(self.time_outs.api);
        }
        Ok(request)
    }

    fn bare(&self, method: http::Method, url: url::Url) -> Request {
        let mut request = Request::new(method, url);
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("*/*"));
        *request.timeout_mut() = Some(self.time_outs.api);
        request
    }
}

fn onward(mut request: Request, url: url::Url, method: http::Method, body: bool) -> Request {
    *request.url_mut() = url;
    *request.method_mut() = method;
    if !body {
        *request.body_mut() = None;
        request.headers_mut().remove(CONTENT_TYPE);
        request.headers_mut().remove(CONTENT_LENGTH);
    }
    request
}

fn redirected(from: &url::Url, to: &url::Url) -> Error {
    let origin = |url: &url::Url| url.origin().ascii_serialization();
    Error::Redirect { from: origin(from), to: origin(to) }
}

fn lost() -> Error {
    Error::Setup("a request was to be sent twice that cannot be".to_owned())
}
