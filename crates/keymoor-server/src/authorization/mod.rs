//! What an application asks of people, before anybody is asked: whether it may ask at all, and where
//! the answer goes.

mod asked;
mod response;

pub(crate) use asked::{Asked, Refused, check_scopes};
