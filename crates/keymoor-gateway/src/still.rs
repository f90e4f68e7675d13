use std::sync::Arc;

use keymoor_core::access::Access;
use keymoor_guard::Guard;

/// What somebody was let through by, to be judged again for as long as it is made use of.
pub(crate) struct Still {
    guard: Arc<Guard>,
    access: Access,
}

impl Still {
    pub(crate) fn new(guard: Arc<Guard>, access: Access) -> Self {
        Self { guard, access }
    }

    /// Whether it would be let through now: the token has not expired, and nothing that it hangs on
    /// was removed.
    pub(crate) fn holds(&self) -> bool {
        self.guard.still(&self.access)
    }
}
