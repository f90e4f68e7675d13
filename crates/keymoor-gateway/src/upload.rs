//! A client's body on its way to the API: it may not pause for too long, its trailers claim nothing,
//! and it tells how far it has come.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::{sync::Notify, time::sleep};

use crate::{head::Stripped, idle::Timely, reply::Broken};

/// A body that is sent on.
pub(crate) struct Upload {
    body: Timely,
    stripped: Arc<Stripped>,
    progress: Arc<Progress>,
}

/// How far a body has come.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// How often the API took some of it.
    taken: AtomicU64,
    /// Whether the client is waited for.
    awaits_client: AtomicBool,
    fault: AtomicU8,
    ended: Notify,
}

const STALLED: u8 = 1;
const BROKEN: u8 = 2;

impl Upload {
    /// `body`, in which the client may pause for `idle`.
    pub(crate) fn new(body: Incoming, idle: Duration, stripped: Arc<Stripped>) -> Self {
        Self { body: Timely::new(body, idle), stripped, progress: Arc::default() }
    }

    pub(crate) fn progress(&self) -> Arc<Progress> {
        self.progress.clone()
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.progress.taken.fetch_add(1, Ordering::Relaxed);
        self.progress.awaits_client.store(true, Ordering::Relaxed);
        let mut frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.progress.awaits_client.store(false, Ordering::Relaxed);
        match &mut frame {
            Some(Ok(frame)) => {
                if let Some(trailers) = frame.trailers_mut() {
                    // They are headers to an API that merges them.
                    self.stripped.clean_trailers(trailers);
                }
            }
            Some(Err(error)) => self.progress.failed(error),
            None => {}
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.progress.ended.notify_one();
    }
}

impl Progress {
    fn failed(&self, error: &io::Error) {
        let fault = if error.kind() == io::ErrorKind::TimedOut { STALLED } else { BROKEN };
        self.fault.store(fault, Ordering::Relaxed);
    }

    /// What the client did wrong, if that is why it was not sent whole.
    pub(crate) fn fault(&self) -> Option<Broken> {
        match self.fault.load(Ordering::Relaxed) {
            STALLED => Some(Broken::Stalled),
            BROKEN => Some(Broken::HalfBody),
            _ => None,
        }
    }

    /// Until the API has had `limit` to answer since the body ended, or has taken nothing of it for
    /// as long although the client sent some.
    pub(crate) async fn slow(&self, limit: Duration) {
        let mut before = None;
        loop {
            if tokio::time::timeout(limit, self.ended.notified()).await.is_ok() {
                return sleep(limit).await;
            }
            let taken = Some(self.taken.load(Ordering::Relaxed));
            if taken == before && !self.awaits_client.load(Ordering::Relaxed) {
                return;
            }
            before = taken;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    /// Whether the API counts as slow within three limits.
    async fn is_slow(progress: &Progress) -> bool {
        tokio::time::timeout(LIMIT * 3, progress.slow(LIMIT)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_sends_slowly_makes_no_api_slow() {
        let progress = Progress::default();
        progress.awaits_client.store(true, Ordering::Relaxed);
        assert!(!is_slow(&progress).await);
    }

    #[tokio::test(start_paused = true)]
    async fn s99_an_api_that_takes_nothing_is_slow() {
        assert!(is_slow(&Progress::default()).await);
    }

    #[tokio::test(start_paused = true)]
    async fn an_api_is_slow_that_does_not_answer_what_it_has_whole() {
        let progress = Progress::default();
        progress.awaits_client.store(true, Ordering::Relaxed);
        progress.ended.notify_one();
        assert!(is_slow(&progress).await);
    }
}
