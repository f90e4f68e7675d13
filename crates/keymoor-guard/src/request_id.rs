use std::cell::RefCell;

use http::{HeaderName, HeaderValue};
use keymoor_core::explain::RequestId;

/// The header of every answer by which a refusal can be explained.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const LENGTH: usize = 12;

/// Random bytes for ids to come: the source is asked once for many.
struct Drawn {
    bytes: [u8; LENGTH * 64],
    used: usize,
}

thread_local! {
    static DRAWN: RefCell<Drawn> =
        const { RefCell::new(Drawn { bytes: [0; LENGTH * 64], used: LENGTH * 64 }) };
}

/// An id that no other request has, and that tells nothing of other requests: neither how many there
/// were nor what their ids are.
pub fn next_request_id() -> RequestId {
    DRAWN.with_borrow_mut(|drawn| {
        if drawn.used == drawn.bytes.len() {
            aws_lc_rs::rand::fill(&mut drawn.bytes)
                .expect("the operating system has random numbers");
            drawn.used = 0;
        }
        let (high, low) = drawn.bytes[drawn.used..drawn.used + LENGTH].split_at(8);
        let (mut first, mut second) = ([0; 8], [0; 4]);
        first.copy_from_slice(high);
        second.copy_from_slice(low);
        drawn.used += LENGTH;
        RequestId::new(u64::from_le_bytes(first), u32::from_le_bytes(second))
    })
}

/// The id as a header has it.
pub fn request_id_value(id: RequestId) -> HeaderValue {
    HeaderValue::try_from(id.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::next_request_id;

    #[test]
    fn an_id_tells_nothing_of_the_next() {
        let ids: Vec<_> = (0..1_000).map(|_| next_request_id().to_string()).collect();
        let parts = |from, to| ids.iter().map(|id| &id[from..to]).collect::<HashSet<_>>().len();
        // Neither a number of the process nor a count: every part differs nearly every time.
        assert_eq!(parts(0, 24), 1_000);
        for from in [0, 8, 16] {
            assert!(parts(from, from + 8) > 990, "{from}");
        }
    }
}
