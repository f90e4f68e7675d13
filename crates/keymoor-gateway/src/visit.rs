//! A client's connection, for as long as anything of it goes on.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{held::Slot, limits::Limits, places::Place, workers::Seat};

/// Who holds one holds a place, and the gateway waits for it before it stops.
pub(crate) struct Visit {
    pub(crate) peer: SocketAddr,
    /// Whether it came by TLS.
    pub(crate) tls: bool,
    pub(crate) limits: Limits,
    /// At the thread that serves it.
    pub(crate) seat: Seat,
    going_on: Mutex<GoingOn>,
    stop: watch::Receiver<bool>,
    _place: Place,
}

struct GoingOn {
    /// Requests so far.
    asked: u64,
    /// Requests that are being answered.
    open: usize,
    /// When a request began or ended.
    last: Instant,
    answers: Vec<Weak<Slot>>,
}

/// A request that is being answered.
pub(crate) struct Open(Arc<Visit>);

impl Visit {
    pub(crate) fn new(
        (peer, tls): (SocketAddr, bool),
        limits: Limits,
        stop: watch::Receiver<bool>,
        place: Place,
        seat: Seat,
    ) -> Arc<Self> {
        let going_on = GoingOn { asked: 0, open: 0, last: Instant::now(), answers: Vec::new() };
        let going_on = Mutex::new(going_on);
        Arc::new(Self { peer, tls, limits, seat, going_on, stop, _place: place })
    }

    /// A request has come.
    pub(crate) fn open(self: &Arc<Self>) -> Open {
        let mut now = self.going_on();
        now.asked += 1;
        now.open += 1;
        now.last = Instant::now();
        Open(self.clone())
    }

    /// From now on an answer is looked at.
    pub(crate) fn look_after(&self, slot: &Arc<Slot>) {
        let mut now = self.going_on();
        if now.answers.len() == now.answers.capacity() {
            now.answers.retain(|slot| slot.strong_count() > 0);
        }
        now.answers.push(Arc::downgrade(slot));
    }

    /// Until no more requests are to be taken: the gateway stops, or none has come for too long.
    pub(crate) async fn over(&self) {
        let limits = self.limits;
        let limit = |now: &GoingOn| if now.asked == 0 { limits.head } else { limits.idle };
        tokio::select! {
            () = self.stopping() => {}
            () = self.quiet(limit) => {}
        }
    }

    /// Until whoever was told so has had the time to go.
    pub(crate) async fn left(&self) {
        let told = Instant::now();
        let limit = self.limits.head;
        self.quiet(|now| limit + told.saturating_duration_since(now.last)).await;
    }

    /// Until the gateway is to stop.
    pub(crate) async fn stopping(&self) {
        let mut stop = self.stop.clone();
        // Who would have said so is gone: that says it too.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// Until nothing has gone on for `limit`. Looks at the answers meanwhile.
    async fn quiet(&self, limit: impl Fn(&GoingOn) -> Duration) {
        loop {
            let due = {
                let now = self.going_on();
                (now.open == 0).then(|| now.last + limit(&now))
            };
            let now = Instant::now();
            if due.is_some_and(|due| due <= now) {
                return;
            }
            let look = now + self.limits.look;
            sleep_until(due.map_or(look, |due| due.min(look))).await;
            self.look().await;
        }
    }

    /// Takes away what its client does not take, and what it may hear no more.
    async fn look(&self) {
        let answers: Vec<_> = self.going_on().answers.iter().filter_map(Weak::upgrade).collect();
        for answer in answers {
            answer.look(self.limits.taken).await;
        }
    }

    fn going_on(&self) -> MutexGuard<'_, GoingOn> {
        self.going_on.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut now = self.0.going_on();
        now.open -= 1;
        now.last = Instant::now();
    }
}
