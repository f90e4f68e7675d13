//! Listens to the removal feed, and goes on listening after every break.

use std::{sync::Arc, time::Duration};

use futures_util::StreamExt;
use keymoor_core::removals::{Change, Event, Snapshot};
use reqwest::{Client, StatusCode, header::ACCEPT};
use serde::Deserialize;
use sse_stream::{Sse, SseStream};
use tokio::{task::JoinHandle, time::timeout};

use super::{
    credentials::FeedCredentials,
    heard::{FeedProblem, Heard, LOST_AFTER},
    wanted::Wanted,
};

/// The pause before the first new try, doubled up to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(2);

/// Listens until it is dropped.
pub(super) struct Listening(JoinHandle<()>);

impl Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(super) struct Listener {
    pub(super) url: String,
    pub(super) client: Client,
    pub(super) credentials: Arc<FeedCredentials>,
    pub(super) heard: Arc<Heard>,
    pub(super) wanted: Wanted,
}

/// A heartbeat's data.
#[derive(Deserialize)]
struct Heartbeat {
    number: i64,
}

impl Listener {
    pub(super) fn listen(self) -> Listening {
        Listening(tokio::spawn(async move {
            let mut pause = SHORTEST;
            loop {
                let number = self.heard.number();
                let problem = self.connect().await;
                self.heard.disconnected(problem);
                let got_on = self.heard.number() != number || problem == FeedProblem::Broken;
                pause = if got_on { SHORTEST } else { (pause * 2).min(LONGEST) };
                tokio::time::sleep(pause).await;
            }
        }))
    }

    /// Listens until the connection ends, and says why it did.
    async fn connect(&self) -> FeedProblem {
        let mut request = self.client.get(&self.url).header(ACCEPT, "text/event-stream");
        request = request.basic_auth(self.credentials.id(), Some(self.credentials.secret()));
        if let Some(number) = self.heard.goes_on_from() {
            request = request.header("last-event-id", number);
        }
        let Ok(Ok(response)) = timeout(LOST_AFTER, request.send()).await else {
            return FeedProblem::Unreachable;
        };
        if response.status() != StatusCode::OK {
            return FeedProblem::Refused(response.status().as_u16());
        }
        self.heard.connected();
        let mut events = SseStream::new(reqwest::Body::from(response));
        // Silence is as bad as an end: something in between may have died without a word.
        while let Ok(Some(Ok(event))) = timeout(LOST_AFTER, events.next()).await {
            if self.take_in(&event).is_none() {
                self.heard.begin_anew();
                return FeedProblem::Unreadable;
            }
            // If a fetch fails, the next word, a heartbeat at the latest, tries again.
            self.wanted.fetch_if_any();
        }
        FeedProblem::Broken
    }

    /// `None` for what cannot be understood: then the connection is of no use.
    fn take_in(&self, event: &Sse) -> Option<()> {
        let data = event.data.as_deref().unwrap_or_default();
        match event.event.as_deref() {
            Some("snapshot") => {
                let snapshot = serde_json::from_str::<Snapshot>(data).ok()?;
                self.wanted.named(snapshot.keys.iter());
                self.heard.snapshot(snapshot);
            }
            Some("change") => {
                let change = serde_json::from_str::<Change>(data).ok()?;
                if let Event::KeyAdded(kid) = &change.event {
                    self.wanted.named([kid]);
                }
                self.heard.change(&change);
            }
            Some("heartbeat") => {
                self.heard.heartbeat(serde_json::from_str::<Heartbeat>(data).ok()?.number);
            }
            _ => {}
        }
        Some(())
    }
}
