use std::sync::{
    LazyLock,
    atomic::{AtomicU32, Ordering},
};

use http::{HeaderName, HeaderValue};
use keymoor_core::explain::RequestId;

/// The header of every answer by which a refusal can be explained.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

static PROCESS: LazyLock<u64> = LazyLock::new(|| {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).map(|()| u64::from_le_bytes(bytes)).unwrap_or_default()
});
static COUNT: AtomicU32 = AtomicU32::new(0);

/// An id that no other request of this or another process has (until 2^32 requests later).
pub fn next_request_id() -> RequestId {
    RequestId::new(*PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The id as a header has it.
pub fn request_id_value(id: RequestId) -> HeaderValue {
    HeaderValue::try_from(id.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}
