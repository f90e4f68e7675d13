//! `keymoor token`.

pub(crate) mod formats;
