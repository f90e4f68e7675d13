use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use keymoor_core::Scopes;

use super::exchange::{Exchange, Want};
use crate::{cache::decision::Standing, error::Error, timing::Moment, token::AccessToken};

/// How long the background lets a server be, after it failed there.
const REST: Duration = Duration::from_secs(5);

/// A request that is under way. All who want its token wait for the same one; it goes on if they
/// give up.
type Flight = Shared<BoxFuture<'static, Result<Option<AccessToken>, Error>>>;

/// The token for one list of scopes.
#[derive(Default)]
pub(super) struct Slot(Mutex<State>);

#[derive(Default)]
struct State {
    token: Option<AccessToken>,
    flight: Option<Flight>,
    /// When the background failed, by the monotonic clock.
    failed: Option<Duration>,
}

/// What the slot has for a caller.
enum Offer {
    Token(AccessToken),
    /// A request that somebody else began: it may bring what is wanted.
    Theirs(Flight),
    Ours(Flight),
}

impl Slot {
    pub(super) async fn token(
        self: &Arc<Self>,
        exchange: &Arc<Exchange>,
        want: &Want,
    ) -> Result<AccessToken, Error> {
        loop {
            match self.offer(exchange, want) {
                Offer::Token(token) => return Ok(token),
                Offer::Theirs(flight) => {
                    // What it brings is looked at like any other token; its failure is everybody's.
                    flight.await?;
                }
                Offer::Ours(flight) => return flight.await?.ok_or_else(given_up),
            }
        }
    }

    pub(super) fn forget(&self) {
        self.state().token = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn offer(self: &Arc<Self>, exchange: &Arc<Exchange>, want: &Want) -> Offer {
        let now = Moment::now(exchange.timer());
        let mut state = self.state();
        match state.standing(want, &now) {
            (Some(token), Standing::Fresh) => return Offer::Token(token),
            (Some(token), Standing::Renew) => {
                if state.flight.is_none() && state.is_rested(&now) {
                    let quiet = Want { urgent: false, at_least: Duration::ZERO, ..want.clone() };
                    state.flight = Some(self.start(exchange, quiet));
                }
                return Offer::Token(token);
            }
            _ => {}
        }
        if let Some(flight) = state.flight.clone() {
            return Offer::Theirs(flight);
        }
        let flight = self.start(exchange, want.clone());
        state.flight = Some(flight.clone());
        Offer::Ours(flight)
    }

    fn start(self: &Arc<Self>, exchange: &Arc<Exchange>, want: Want) -> Flight {
        let (slot, exchange) = (self.clone(), exchange.clone());
        let landing = self.clone();
        let task = tokio::spawn(async move {
            let result = exchange.obtain(&want).await;
            slot.land(&result, Moment::now(exchange.timer()), want.urgent);
            result
        });
        let flight = task.map(move |joined| {
            joined.unwrap_or_else(|_| {
                // The runtime that it ran on was shut down.
                landing.state().flight = None;
                Ok(None)
            })
        });
        flight.boxed().shared()
    }

    fn land(&self, result: &Result<Option<AccessToken>, Error>, now: Moment, urgent: bool) {
        let mut state = self.state();
        state.flight = None;
        match result {
            Ok(Some(token)) => {
                state.token = Some(token.clone());
                state.failed = None;
            }
            Err(error) if !urgent => {
                tracing::warn!(%error, "an access token is not renewed yet");
                state.failed = Some(now.monotonic);
            }
            Ok(None) | Err(_) => {}
        }
    }
}

fn given_up() -> Error {
    Error::Setup("the request for a token ended before its answer".to_owned())
}

impl State {
    fn standing(&self, want: &Want, now: &Moment) -> (Option<AccessToken>, Standing) {
        let refused = |token: &AccessToken| want.refused.as_ref().is_some_and(|r| r.is_same(token));
        let token = self.token.as_ref().filter(|token| !refused(token));
        let standing = token.map(|token| token.age(now).standing(want.at_least));
        (token.cloned(), standing.unwrap_or(Standing::Expired))
    }

    fn is_rested(&self, now: &Moment) -> bool {
        self.failed.is_none_or(|failed| now.monotonic.saturating_sub(failed) >= REST)
    }
}

impl Want {
    pub(super) fn new(scopes: &Scopes, at_least: Duration) -> Self {
        Self { scopes: scopes.clone(), at_least, refused: None, urgent: true }
    }
}
