//! Whoever stalls is let go: a body that does not come, a client that does not take its answer, a
//! connection of another protocol on which nothing is said.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// What is waited for, and until when. The timer is set by the first wait that is one.
#[derive(Debug)]
struct Patience {
    limit: Duration,
    over: Option<Pin<Box<Sleep>>>,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Self { limit, over: None }
    }

    /// `outcome`, or an error if it has been waited for too long.
    fn bound<T>(
        &mut self,
        context: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.over = None;
            return outcome;
        }
        let limit = self.limit;
        let over = self.over.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(over.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// A body that may not pause for too long, and what is kept for as long as it goes on.
#[derive(Debug)]
pub(crate) struct Timely<K = ()> {
    body: Incoming,
    patience: Patience,
    _kept: K,
}

impl Timely {
    pub(crate) fn new(body: Incoming, limit: Duration) -> Self {
        Self::keeping((), body, limit)
    }
}

impl<K> Timely<K> {
    pub(crate) fn keeping(kept: K, body: Incoming, limit: Duration) -> Self {
        Self { body, patience: Patience::new(limit), _kept: kept }
    }
}

impl<K: Unpin> Body for Timely<K> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        let frame = frame.map(|frame| frame.transpose().map_err(io::Error::other));
        self.patience.bound(context, frame).map(Result::transpose)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A client's connection, on which nothing that is written may wait for too long to be taken.
#[derive(Debug)]
pub(crate) struct Taken<S> {
    stream: S,
    patience: Patience,
}

impl<S> Taken<S> {
    pub(crate) fn new(stream: S, limit: Duration) -> Self {
        Self { stream, patience: Patience::new(limit) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Taken<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Taken<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.patience.bound(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.patience.bound(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.patience.bound(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.patience.bound(context, shut)
    }
}

/// One end of two connections that are joined: counts what is read.
struct Heard<S> {
    stream: S,
    times: Arc<AtomicU64>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Heard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
        self.times.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Heard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Silence after which joined connections end once the gateway is to stop.
const LAST: Duration = Duration::from_secs(1);

/// Hands on what either end says, until one goes or neither has said anything for `limit`; or for a
/// second, from `stop` on.
pub(crate) async fn join<A, B>(one: A, other: B, limit: Duration, stop: impl Future<Output = ()>)
where
    A: AsyncRead + AsyncWrite + Unpin,
    B: AsyncRead + AsyncWrite + Unpin,
{
    let times = Arc::new(AtomicU64::new(0));
    let mut one = Heard { stream: one, times: times.clone() };
    let mut other = Heard { stream: other, times: times.clone() };
    let silence = async |limit| {
        let (mut before, mut now) = (None, Some(times.load(Ordering::Relaxed)));
        while before != now {
            sleep(limit).await;
            (before, now) = (now, Some(times.load(Ordering::Relaxed)));
        }
    };
    let last = async {
        stop.await;
        silence(LAST).await;
    };
    tokio::select! {
        // Either end may go away at any time.
        _ = tokio::io::copy_bidirectional(&mut one, &mut other) => {}
        () = silence(limit) => {}
        () = last => {}
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);
    const LONG: Duration = Duration::from_hours(1);

    #[tokio::test(start_paused = true)]
    async fn s99_a_client_that_takes_nothing_is_let_go() {
        let (ours, _theirs) = duplex(8);
        let outcome = Taken::new(ours, LIMIT).write_all(&[0; 9]).await;
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_what_it_is_sent_is_served() {
        let (ours, mut theirs) = duplex(8);
        let mut taken = Taken::new(ours, LONG);
        let reader = tokio::spawn(async move { theirs.read_exact(&mut [0; 32]).await.unwrap() });
        taken.write_all(&[0; 32]).await.unwrap();
        assert_eq!(reader.await.unwrap(), 32);
        assert!(taken.patience.over.is_none(), "the next wait begins anew");
    }

    #[tokio::test(start_paused = true)]
    async fn joined_connections_end_when_neither_says_anything() {
        let ((client, mut ours), (theirs, mut api)) = (duplex(8), duplex(8));
        let joined = tokio::spawn(join(client, theirs, LIMIT, pending()));
        ours.write_all(b"ping").await.unwrap();
        api.read_exact(&mut [0; 4]).await.unwrap();
        joined.await.unwrap();
        let ((client, _ours), (theirs, _api)) = (duplex(8), duplex(8));
        let waiting = tokio::spawn(join(client, theirs, LONG, pending()));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
    }
}
