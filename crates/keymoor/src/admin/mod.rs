//! `keymoor admin …`: the operator's commands.

mod accounts;
mod applications;
mod arguments;
mod audit;
mod audit_format;
mod channel;
mod moving;
mod organizations;
mod rarer;
mod table;
mod text;
mod tokens;

pub(crate) use arguments::AdminOptions;
use arguments::{Asked, Output};

use crate::{error::Error, options::ServeOptions, output::say, serve};

/// Carries a command out and prints its answer.
pub(crate) fn run(options: AdminOptions) -> Result<(), Error> {
    let place = ServeOptions {
        data: options.data,
        database: options.database,
        master_key_file: options.master_key_file,
        config: options.config,
        ..ServeOptions::default()
    };
    let place = place.with_file()?;
    let (command, told) = match options.subject.into_asked()? {
        Asked::Command(command, told) => (command, told),
        Asked::Moving(moving) => {
            say(moving::run(&place, moving)?);
            return Ok(());
        }
        Asked::Audit(audit) => {
            return serve::runtime()?.block_on(audit::run(&place, audit, options.output));
        }
    };
    let answer = serve::runtime()?.block_on(channel::send(&place, command))?;
    match options.output {
        Output::Json => say(&answer),
        Output::Text => say(text::tell(&told, &answer).trim_end()),
    }
    Ok(())
}
