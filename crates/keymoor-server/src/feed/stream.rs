use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};

use axum::response::sse::Event;
use futures_util::{Stream, stream::unfold};
use keymoor_core::ResourceServerId;
use tokio::{
    sync::{
        broadcast::{Receiver, error::RecvError},
        watch,
    },
    time::{Interval, MissedTickBehavior, interval},
};

use super::{Place, Told};
use crate::App;

/// How often a listener hears something when nothing happens. A guard that hears nothing for three
/// times as long takes the feed for lost.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// One listener.
struct Listener {
    app: Arc<App>,
    server: ResourceServerId,
    changes: Receiver<Arc<Told>>,
    resource_servers: watch::Receiver<()>,
    /// When what was told counts no more.
    anew: watch::Receiver<()>,
    /// Whether everything is to be told, before anything else.
    wants_snapshot: bool,
    /// What is told then, before the next change is waited for.
    missed: VecDeque<Arc<Told>>,
    /// Every change up to this number was sent, or is in the snapshot that was.
    sent: i64,
    heartbeat: Interval,
    _place: Place,
}

/// What happens next.
enum Next {
    Change(Result<Arc<Told>, RecvError>),
    Heartbeat,
    ResourceServers,
    Anew,
    Closing,
}

/// The events for a listener that heard the change `last`, or nothing yet.
pub(super) fn events(
    app: Arc<App>,
    server: ResourceServerId,
    last: Option<i64>,
    place: Place,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let mut heartbeat = interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // Listening begins before the snapshot is taken: what happens between is in both.
    let changes = app.feed.listen();
    let (resource_servers, anew) = (app.resource_servers.watch(), app.feed.anew.subscribe());
    let mut listener = Listener {
        app,
        server,
        changes,
        resource_servers,
        anew,
        wants_snapshot: false,
        missed: VecDeque::new(),
        sent: 0,
        heartbeat,
        _place: place,
    };
    listener.begin(last);
    unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    })
}

impl Listener {
    /// What was missed, or everything.
    fn begin(&mut self, last: Option<i64>) {
        let reached = self.app.directory.number();
        let now = self.app.clock.monotonic();
        let missed =
            last.filter(|last| *last <= reached).and_then(|last| self.app.feed.since(last, now));
        self.sent = last.unwrap_or_default();
        self.wants_snapshot = missed.is_none();
        self.missed = missed.unwrap_or_default();
    }

    /// Everything, rendered when it is read.
    fn snapshot(&mut self) -> Event {
        self.wants_snapshot = false;
        let now = self.app.now();
        let mut snapshot = self.app.directory.snapshot();
        snapshot.keys = self.app.keyring.at(now).kids().map(str::to_owned).collect();
        self.sent = snapshot.number;
        let data = serde_json::to_string(&snapshot).expect("a snapshot has only text keys");
        Event::default().event("snapshot").id(snapshot.number.to_string()).data(data)
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if self.wants_snapshot {
                return self.app.is_following().then(|| self.snapshot());
            }
            if let Some(told) = self.missed.pop_front() {
                self.sent = told.number;
                return Some(change(&told));
            }
            let next = tokio::select! {
                biased;
                () = self.app.closing.cancelled() => Next::Closing,
                _ = self.anew.changed() => Next::Anew,
                told = self.changes.recv() => Next::Change(told),
                _ = self.resource_servers.changed() => Next::ResourceServers,
                _ = self.heartbeat.tick() => Next::Heartbeat,
            };
            match next {
                Next::Change(Ok(told)) if told.number > self.sent => {
                    self.sent = told.number;
                    return Some(change(&told));
                }
                Next::Change(Ok(_)) => {}
                Next::Anew | Next::Change(Err(RecvError::Lagged(_))) => {
                    self.changes = self.app.feed.listen();
                    self.wants_snapshot = true;
                }
                // Its silence, too, would be taken for word that nothing happened. The listener
                // may find a server that follows.
                Next::Heartbeat => return self.app.is_following().then(|| self.heartbeat()),
                Next::ResourceServers if self.app.resource_servers.contains(self.server) => {}
                Next::ResourceServers | Next::Closing | Next::Change(Err(RecvError::Closed)) => {
                    return None;
                }
            }
        }
    }

    fn heartbeat(&self) -> Event {
        let data = format!("{{\"number\":{}}}", self.sent);
        Event::default().event("heartbeat").id(self.sent.to_string()).data(data)
    }
}

fn change(told: &Told) -> Event {
    Event::default().event("change").id(told.number.to_string()).data(&told.data)
}
