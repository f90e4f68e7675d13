//! Tells the server of refused calls, in batches, so that they are explained in one place.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keymoor_core::{
    Clock,
    explain::{Backlog, MAX_REPORTED, RefusalReport, RefusedCall},
};
use reqwest::{Client, StatusCode};
use tokio::{sync::Notify, task::JoinHandle};

use super::credentials::FeedCredentials;
use crate::RefusalLog;

/// How long calls are gathered before they are told.
const GATHERED: Duration = Duration::from_secs(2);
/// The pause after the server did not take a report.
const PAUSE: Duration = Duration::from_secs(5);

/// What waits to be told. What finds no place while the server is away is dropped and counted.
#[derive(Default)]
pub(super) struct Reports {
    backlog: Mutex<Backlog>,
    some: Notify,
}

impl Reports {
    fn lock(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RefusalLog for Reports {
    fn note(&self, call: RefusedCall) {
        self.lock().push(call);
        self.some.notify_one();
    }
}

/// Who tells.
pub(super) struct Reporter {
    pub(super) url: String,
    pub(super) client: Client,
    pub(super) credentials: Arc<FeedCredentials>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) reports: Arc<Reports>,
}

/// Tells until it is dropped.
pub(super) struct Reporting(JoinHandle<()>);

impl Drop for Reporting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Reporter {
    pub(super) fn report(self) -> Reporting {
        Reporting(tokio::spawn(async move {
            loop {
                self.reports.some.notified().await;
                tokio::time::sleep(GATHERED).await;
                self.tell().await;
            }
        }))
    }

    /// Tells everything that waits. What comes meanwhile waits for the next time, however much it is.
    async fn tell(&self) {
        let (calls, mut dropped) = self.reports.lock().take();
        if dropped > 0 {
            tracing::warn!(dropped, "refused calls that found no place cannot be explained");
        }
        for part in calls.chunks(MAX_REPORTED) {
            self.send(part, std::mem::take(&mut dropped)).await;
        }
    }

    /// Tries until the server has taken them, or will not.
    async fn send(&self, calls: &[RefusedCall], dropped: u64) {
        loop {
            let report =
                RefusalReport { sent_at: self.clock.now(), dropped, calls: calls.to_vec() };
            let request = self.client.post(&self.url).json(&report);
            let request =
                request.basic_auth(self.credentials.id(), Some(self.credentials.secret()));
            match request.send().await.map(|answer| answer.status()) {
                Ok(status) if status.is_success() => return,
                Ok(status) if is_final(status) => {
                    tracing::warn!(%status, "the server does not take refused calls");
                    return;
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// Whether trying again would not help: an older server, or one that takes exception to the report.
fn is_final(status: StatusCode) -> bool {
    status.is_client_error() && status != StatusCode::TOO_MANY_REQUESTS
}
