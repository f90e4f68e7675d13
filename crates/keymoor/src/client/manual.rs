//! Completions and manual pages, made from the same description as the command line itself.

use std::{fs, io::Write, path::Path};

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::{failure::Failure, output};
use crate::cli::Cli;

pub(crate) fn completion(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "keymoor", &mut script);
    output::bytes(&script)
}

pub(crate) fn man(folder: Option<&Path>) -> Result<(), Failure> {
    let command = Cli::command();
    match folder {
        Some(folder) => pages(folder, command, "keymoor"),
        None => output::bytes(&page(command)?),
    }
}

fn page(command: Command) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text)?;
    Ok(text)
}

/// `keymoor.1`, `keymoor-api.1`, `keymoor-keys-list.1` and so on.
fn pages(folder: &Path, command: Command, name: &str) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    for inner in command.get_subcommands().filter(|inner| !inner.is_hide_set()) {
        let name = format!("{name}-{}", inner.get_name());
        pages(folder, inner.clone(), &name)?;
    }
    let mut file = fs::File::create(folder.join(format!("{name}.1")))?;
    // clap keeps names for as long as the program runs; this is one page of one run.
    let title: &'static str = Box::leak(name.to_owned().into_boxed_str());
    file.write_all(&page(command.name(title))?)?;
    Ok(())
}
