use clap::{Parser, Subcommand};

use crate::{admin::AdminOptions, demo::DemoOptions, options::ServeOptions};

const EXAMPLES: &str = "\
Examples:
  keymoor demo                      try everything on this machine, nothing is kept
  keymoor serve --data ./data       run a server; its database and keys live in ./data
  keymoor admin account create --data ./data --email you@example.com --password-stdin
  keymoor admin token create --data ./data --email you@example.com --label \"my script\"

Exit codes:
  0  done
  1  refused: the input is wrong, or stands against what is there
  2  wrong usage of the command line
  3  something that is needed is missing or broken: the data, the server, the network";

/// Machine-to-machine authentication for an HTTP API: API tokens, OAuth 2.0 client credentials,
/// 300-second bearer tokens, and a guard in front of the API.
#[derive(Parser)]
#[command(name = "keymoor", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Runs the server: token endpoint, discovery, and the resources of the accounts.
    Serve(Box<ServeOptions>),
    /// Shows the whole story on this machine: a real server on loopback, a temporary database.
    Demo(DemoOptions),
    /// The operator's commands, on a running server or on its data when none runs.
    Admin(AdminOptions),
}
