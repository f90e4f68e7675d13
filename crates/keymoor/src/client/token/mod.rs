//! `keymoor token`.

pub(crate) mod formats;
mod write;

use std::time::Duration;

use super::{arguments::TokenOptions, failure::Failure, output, session::Session};

/// Prints a token, or writes it into a file.
pub(crate) fn run(options: &TokenOptions) -> Result<(), Failure> {
    let session = Session::open(&options.place, options.scoped.org.as_deref())?;
    let at_least = Duration::from_secs(options.min_ttl.into());
    if let Some(path) = &options.write {
        return write::run(&session, path, options, at_least);
    }
    let token = session.token(at_least, options.fresh)?;
    let text = session.printed(&token, |printed| printed.text(options.format));
    output::print(&text)
}
