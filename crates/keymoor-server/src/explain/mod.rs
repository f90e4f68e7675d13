//! Why calls were refused, for their owners and for operators. What a guard refuses is noted in
//! memory (here, or at a guard elsewhere that tells of it by [`report`]), stored in batches, and kept
//! for a week within bounds.

mod noted;
pub(crate) mod report;
mod told;

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use keymoor_core::{
    UnixTime,
    explain::{Backlog, RefusedCall},
};
use keymoor_guard::RefusalLog;
use keymoor_store::{NewRefusedCall, Store, StoreError};
pub(crate) use noted::{Fault, Noted, Sent};
pub(crate) use told::Told;

/// Seconds for which a refused call is kept.
const KEPT: i64 = 7 * 86_400;
/// Flushes between two looks at what is to be forgotten: about five minutes.
const FORGETTING: u64 = 60;

/// The refused calls that wait to be stored.
#[derive(Default)]
pub(crate) struct Refusals {
    backlog: Mutex<Backlog>,
    flushes: AtomicU64,
}

impl RefusalLog for Refusals {
    fn note(&self, call: RefusedCall) {
        self.lock().push(call);
    }
}

impl Refusals {
    fn lock(&self) -> MutexGuard<'_, Backlog> {
        self.backlog.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores what was noted, and now and then forgets what is old. What the store does not take
    /// waits for the next time, as far as there is a place.
    pub(crate) async fn flush(&self, store: &dyn Store, now: UnixTime) -> Result<(), StoreError> {
        let (calls, dropped) = self.lock().take();
        if dropped > 0 {
            tracing::warn!(dropped, "refused calls that found no place cannot be explained");
        }
        let new: Vec<_> = calls.iter().cloned().map(ours).collect();
        if let Err(error) = store.note_refused_calls(&new).await {
            let mut backlog = self.lock();
            for call in calls {
                backlog.push(call);
            }
            return Err(error);
        }
        if self.flushes.fetch_add(1, Ordering::Relaxed).is_multiple_of(FORGETTING) {
            store.forget_refused_calls(now.plus(-KEPT)).await?;
        }
        Ok(())
    }
}

/// A call that this server itself refused.
fn ours(call: RefusedCall) -> NewRefusedCall {
    NewRefusedCall { reporter: None, clock_ahead: 0, call }
}
