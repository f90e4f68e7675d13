//! API Tokens: the pages that this product is about.

pub(super) mod create;
pub(super) mod holder;
pub(super) mod list;
pub(super) mod one;
pub(super) mod own;
pub(super) mod secrets;
