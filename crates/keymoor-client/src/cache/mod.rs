//! What is kept of tokens, in memory and on disk, and for how long it is used.

pub(crate) mod decision;
pub(crate) mod disk;
mod entry;
pub(crate) mod key;
pub(crate) mod notice;
pub(crate) mod owners;
mod place;
pub(crate) mod private;

pub use disk::{CacheError, DiskCache};
pub use place::user_folder;
