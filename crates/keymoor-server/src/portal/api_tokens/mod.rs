//! API Tokens: the pages that this product is about.

pub(super) mod create;
pub(super) mod list;
pub(super) mod one;
