//! `keymoor token`.

pub(crate) mod formats;
mod write;

use std::time::Duration;

use super::{acli, arguments::TokenOptions, failure::Failure, output, session::Session};
use formats::Format;

/// Prints a token, or writes it into a file.
pub(crate) fn run(options: &TokenOptions) -> Result<(), Failure> {
    let session = Session::open(&options.place, options.scoped.org.as_deref())?;
    if options.format == Format::Acli {
        check_acli(&session)?;
    }
    let at_least = Duration::from_secs(options.min_ttl.into());
    if let Some(path) = &options.write {
        return write::run(&session, path, options, at_least);
    }
    let token = session.token(at_least, options.fresh)?;
    let text = session.printed(&token, |printed| printed.text(options.format));
    output::print(&text)
}

/// acquia/cli's own secret must not go to this session's server.
fn check_acli(session: &Session) -> Result<(), Failure> {
    let Some(own) = acli::Own::find()? else { return Ok(()) };
    let Some(warning) = own.warning(session) else { return Ok(()) };
    if own.is_for_another_server(session) {
        return Err(Failure::usage(warning).hint("acli auth:logout ends that."));
    }
    tell!("keymoor: {warning}");
    Ok(())
}
