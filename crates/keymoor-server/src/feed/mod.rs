//! The removal feed: server-sent events that keep guards right although they verify offline.
//!
//! A listener gets a snapshot, or what it missed since its `Last-Event-ID`, and from then on each
//! change as it commits, with a heartbeat between. One that reads too slowly gets a new snapshot
//! instead of what it missed, and what it missed is rendered as it reads, so memory is bounded
//! whatever listeners do. A server that does not follow its database's changes tells nothing: what
//! it knows may be out of date.

mod places;
mod route;
mod stream;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keymoor_core::{
    ResourceServerId,
    removals::{Change, Event, MEMORY},
};
pub(crate) use places::Place;
use places::Places;
pub use places::{MAX_LISTENERS, MAX_LISTENERS_EACH};
pub(crate) use route::removals;
use tokio::sync::{
    broadcast::{self, Receiver, Sender},
    watch,
};

/// Changes that a slow listener may lag behind before it gets a snapshot instead.
const QUEUE: usize = 1024;
/// Changes that are kept for listeners that come back.
const KEPT: usize = 4096;

/// A change and what is sent of it.
pub(crate) struct Told {
    pub(crate) number: i64,
    pub(crate) data: String,
}

/// Who listens, and what was told lately.
pub(crate) struct Feed {
    sender: Sender<Arc<Told>>,
    recent: Mutex<Recent>,
    places: Arc<Places>,
    /// Tells when what was told counts no more.
    anew: watch::Sender<()>,
}

struct Recent {
    /// Until that monotonic time everybody is told everything: numbers may be those of changes that the
    /// database has lost, and stand for others by now.
    all_until: Duration,
    /// Everything above this number is in `told`.
    from: i64,
    told: VecDeque<Arc<Told>>,
}

impl Feed {
    /// A feed that begins after the change of that number.
    pub(crate) fn new(number: i64) -> Self {
        let (sender, _) = broadcast::channel(QUEUE);
        let told = VecDeque::new();
        let recent = Mutex::new(Recent { all_until: Duration::ZERO, from: number, told });
        Self { sender, recent, places: Arc::default(), anew: watch::Sender::default() }
    }

    /// Nothing counts of what was told, as of the monotonic time `now`: all who listen, and whoever comes
    /// back while a token can hang on it, get a snapshot. A guard that was away for longer wants one.
    pub(crate) fn begin_anew(&self, number: i64, now: Duration) {
        let all_until = now + Duration::from_secs(MEMORY.into());
        *self.recent() = Recent { all_until, from: number, told: VecDeque::new() };
        self.anew.send_replace(());
    }

    /// Tells all who listen.
    pub(crate) fn tell(&self, number: i64, event: Event) {
        let change = Change { number, event };
        let data = serde_json::to_string(&change).expect("a change has only text keys");
        let told = Arc::new(Told { number, data });
        let mut recent = self.recent();
        recent.told.push_back(told.clone());
        if recent.told.len() > KEPT {
            recent.from = recent.told.pop_front().map_or(recent.from, |oldest| oldest.number);
        }
        drop(recent);
        // Nobody may listen.
        let _ = self.sender.send(told);
    }

    /// What was told since `number`, if all of it is still there at the monotonic time `now`.
    fn since(&self, number: i64, now: Duration) -> Option<VecDeque<Arc<Told>>> {
        let recent = self.recent();
        let missed = recent.told.iter().filter(|told| told.number > number).cloned();
        (number >= recent.from && now >= recent.all_until).then(|| missed.collect())
    }

    fn listen(&self) -> Receiver<Arc<Told>> {
        self.sender.subscribe()
    }

    /// A place for a listener of that resource server, unless all that it can have are taken.
    pub(crate) fn place(&self, server: ResourceServerId) -> Option<Place> {
        self.places.take(server)
    }

    /// How many listen.
    pub(crate) fn listeners(&self) -> usize {
        self.places.taken()
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
