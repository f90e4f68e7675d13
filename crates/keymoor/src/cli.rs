use clap::{Parser, Subcommand};

#[cfg(feature = "client")]
use crate::client::ClientCommand;
use crate::help;
#[cfg(feature = "server")]
use crate::{
    admin::AdminOptions, demo::DemoOptions, gateway::GatewayOptions, options::ServeOptions,
};

/// Calls APIs that are guarded by OAuth 2.0 client credentials, and runs the server that guards them.
#[derive(Parser)]
#[command(name = "keymoor", version, help_template = help::TEMPLATE, after_help = help::EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    #[cfg(feature = "client")]
    #[command(flatten)]
    Client(ClientCommand),
    #[cfg(feature = "server")]
    #[command(flatten)]
    Server(ServerCommand),
}

/// What operators run.
#[cfg(feature = "server")]
#[derive(Subcommand)]
pub(crate) enum ServerCommand {
    /// Runs the server: token endpoint, discovery, and the resources of the accounts.
    #[command(after_help = "\
Examples:
  keymoor serve --data ./data
  keymoor serve --data ./data --listen 0.0.0.0:443 --tls-cert chain.pem --tls-key key.pem")]
    Serve(Box<ServeOptions>),
    /// Guards an API in any language: a reverse proxy, or an answer to proxies that ask.
    Gateway(Box<GatewayOptions>),
    /// Shows the whole story on this machine: a real server on loopback, a temporary database.
    #[command(after_help = "\
Examples:
  keymoor demo                      prints curl lines to paste, and waits
  keymoor demo --check              goes through the whole story by itself")]
    Demo(DemoOptions),
    /// The operator's commands, on a running server or on its data when none runs.
    #[command(after_help = "\
Examples:
  keymoor admin account create --data ./data --email you@example.com --password-stdin
  keymoor admin token create --data ./data --email you@example.com --label \"my script\"
  keymoor admin token list --data ./data --email you@example.com -o json")]
    Admin(AdminOptions),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;
    use crate::help;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_lists_every_command_and_no_other() {
        let listed: Vec<_> = help::LIST
            .lines()
            .filter_map(|line| line.strip_prefix("  "))
            .map(|line| line.split(' ').next().unwrap_or_default().to_owned())
            .collect();
        let there: Vec<_> =
            Cli::command().get_subcommands().map(|one| one.get_name().to_owned()).collect();
        assert_eq!(listed, there);
    }

    #[test]
    fn the_help_is_short() {
        let help = Cli::command().render_help().to_string();
        assert!(help.lines().count() <= 60, "{help}");
        assert!(help.lines().all(|line| line.len() <= 100), "{help}");
    }

    #[test]
    fn every_command_teaches_by_an_example() {
        for command in Cli::command().get_subcommands_mut() {
            let help = command.render_long_help().to_string();
            let lines = help.lines().filter(|line| line.starts_with("  keymoor ")).count();
            assert!(lines > 0, "{help}");
        }
    }
}
