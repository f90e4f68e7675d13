use std::sync::{Arc, PoisonError, RwLock};

use keymoor_core::{Clock, UnixTime};

/// Says when a change is committed. A change may have waited for others since it was stamped, and
/// tokens were issued meanwhile that it has to reach too.
#[derive(Default)]
pub(crate) struct CommitClock(RwLock<Option<Arc<dyn Clock>>>);

impl CommitClock {
    pub(crate) fn set(&self, clock: Arc<dyn Clock>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(clock);
    }

    /// The present, no earlier than `stamped`; that, as long as no clock is set.
    pub(crate) fn now(&self, stamped: UnixTime) -> UnixTime {
        let clock = self.0.read().unwrap_or_else(PoisonError::into_inner);
        clock.as_ref().map_or(stamped, |clock| clock.now().max(stamped))
    }
}
