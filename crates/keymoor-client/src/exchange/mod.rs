//! The exchange of key and secret for a token, as data: what is sent, and what an answer means.
//! Nothing here does I/O.

mod request;
mod response;
mod words;

pub use request::Style;
pub(crate) use request::{Outgoing, TokenRequest, of_form};
pub use response::Malformed;
pub(crate) use response::{Granted, Incoming, is_token_text, read, retry_after};
pub(crate) use words::tidy;
