//! The API's answer on its way to a client: taken away from a client that does not take it, or that
//! may hear it no more. Over HTTP/2 nobody asks for the next piece while the client's window is
//! closed, so that the answer itself would never know.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::time::Instant;

use crate::{idle::Timely, still::Still, visit::Open};

/// Over HTTP/2 the next piece is asked for when the last one has gone: the smaller they are, the
/// slower a client may be that is not taken for one that has stopped.
pub(crate) const PIECE: usize = 16 * 1024;

/// An answer that can be taken away.
pub(crate) struct Held {
    slot: Arc<Slot>,
    piece: usize,
}

/// What it is taken out of.
pub(crate) struct Slot {
    passage: Mutex<Passage>,
    /// Whether who listens still may, for answers that do not end by themselves.
    still: Option<Still>,
}

struct Passage {
    /// The answer, with the request that it is to; nothing once it was taken away.
    going: Option<Timely<Open>>,
    /// What came of it and was not asked for yet.
    rest: Bytes,
    /// Since when the client has been meant to take something.
    handed: Option<Instant>,
    waiting: Option<Waker>,
}

impl Held {
    /// An answer in pieces of at most `piece` bytes.
    pub(crate) fn new(body: Timely<Open>, still: Option<Still>, piece: usize) -> Self {
        let passage = Passage {
            going: Some(body),
            rest: Bytes::new(),
            handed: Some(Instant::now()),
            waiting: None,
        };
        Self { slot: Arc::new(Slot { passage: Mutex::new(passage), still }), piece }
    }

    pub(crate) fn slot(&self) -> &Arc<Slot> {
        &self.slot
    }
}

impl Slot {
    /// Takes it away if it has lain untaken for `limit`, or if it may be heard no more.
    pub(crate) async fn look(&self, limit: Duration) {
        let refused = match &self.still {
            Some(still) => !still.holds().await,
            None => false,
        };
        let mut passage = self.passage();
        let untaken = passage.handed.is_some_and(|since| since.elapsed() >= limit);
        if untaken || refused {
            passage.going = None;
            passage.rest = Bytes::new();
            if let Some(waiting) = passage.waiting.take() {
                waiting.wake();
            }
        }
    }

    fn passage(&self) -> MutexGuard<'_, Passage> {
        self.passage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Passage {
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        piece: usize,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(body) = &mut self.going else {
            return Poll::Ready(Some(Err(io::ErrorKind::TimedOut.into())));
        };
        if self.rest.is_empty() {
            match Pin::new(body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                other => return other,
            }
        }
        let next = self.rest.split_to(piece.min(self.rest.len()));
        Poll::Ready(Some(Ok(Frame::data(next))))
    }
}

impl Body for Held {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let mut passage = self.slot.passage();
        let polled = passage.poll(context, self.piece);
        if polled.is_pending() {
            passage.handed = None;
            passage.waiting = Some(context.waker().clone());
        } else {
            passage.handed = Some(Instant::now());
            passage.waiting = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let passage = self.slot.passage();
        let ended = passage.going.as_ref().is_some_and(Body::is_end_stream);
        ended && passage.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let passage = self.slot.passage();
        let Some(body) = &passage.going else { return SizeHint::default() };
        let rest = passage.rest.len() as u64;
        let of_body = body.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = of_body.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(of_body.lower().saturating_add(rest));
        hint
    }
}
