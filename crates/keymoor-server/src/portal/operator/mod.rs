//! What operators see and do in the portal.

pub(super) mod accounts;
pub(super) mod signing_keys;
pub(super) mod status;
