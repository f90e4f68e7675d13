use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use keymoor_core::explain::RequestId;
use keymoor_server::admin::Command;

use super::{
    accounts::Account,
    applications::{Application, Grant},
    audit::Audit,
    moving::{Backup, Migrate, Moving, Restore},
    organizations::Organization,
    rarer::{ResourceServer, SigningKey},
    text::Told,
    tokens::Token,
};
use crate::{error::Error, secret_url::SecretUrl};

#[derive(Args)]
pub(crate) struct AdminOptions {
    /// The data directory of the server [default: keymoor-data]
    #[arg(long, value_name = "DIR", env = "KEYMOOR_DATA", global = true)]
    pub(super) data: Option<PathBuf>,

    /// The server's PostgreSQL database, if it is not SQLite in DIR; needed when no server runs
    #[arg(
        long,
        value_name = "URL",
        env = "KEYMOOR_DATABASE",
        hide_env_values = true,
        global = true
    )]
    pub(super) database: Option<SecretUrl>,

    /// The file of the master key, if it is not DIR/master.key
    #[arg(long, value_name = "FILE", env = "KEYMOOR_MASTER_KEY_FILE", global = true)]
    pub(super) master_key_file: Option<PathBuf>,

    /// The server's TOML file, to read the three above from
    #[arg(long, value_name = "FILE", env = "KEYMOOR_CONFIG", global = true)]
    pub(super) config: Option<PathBuf>,

    /// How to print the answer; json is for scripts
    #[arg(short, long, value_enum, default_value_t, global = true)]
    pub(super) output: Output,

    #[command(subcommand)]
    pub(super) subject: Subject,
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub(super) enum Output {
    #[default]
    Text,
    Json,
}

#[derive(Subcommand)]
pub(super) enum Subject {
    /// Accounts: people, and service accounts for automation
    #[command(subcommand)]
    Account(Account),
    /// Organizations and their members
    #[command(subcommand)]
    Organization(Organization),
    /// API tokens
    #[command(subcommand)]
    Token(Token),
    /// Applications that act for whoever lets them in
    #[command(subcommand)]
    Application(Application),
    /// What people allowed applications
    #[command(subcommand)]
    Grant(Grant),
    /// Resource servers: the APIs that tokens are for, with credentials of their own
    #[command(subcommand)]
    ResourceServer(ResourceServer),
    /// The keys that access tokens are signed with
    #[command(subcommand)]
    SigningKey(SigningKey),
    /// What happened: every change, and every sign-in and refusal
    #[command(subcommand)]
    Audit(Audit),
    /// Says why a call was refused, by the X-Request-Id of its answer, for 7 days
    Explain {
        /// The X-Request-Id of the answer
        #[arg(value_name = "REQUEST_ID")]
        request_id: RequestId,
    },
    /// Writes everything to a file that only the master key opens, while the server runs on
    Backup(Backup),
    /// Puts a backup into an empty place; what was removed since stays removed
    Restore(Restore),
    /// Copies everything to another database, such as from SQLite to PostgreSQL; the server stands
    /// still meanwhile
    Migrate(Migrate),
}

/// What a subject turns out to be.
pub(super) enum Asked {
    /// A command, and what to say of it afterwards.
    Command(Command, Told),
    /// Something for this process.
    Moving(Moving),
    /// What happened, to be read.
    Audit(Audit),
}

impl Subject {
    /// What is asked for.
    pub(super) fn into_asked(self) -> Result<Asked, Error> {
        let (command, told) = match self {
            Self::Account(account) => account.into_command()?,
            Self::Organization(organization) => organization.into_command(),
            Self::Token(token) => token.into_command(),
            Self::Application(application) => application.into_command(),
            Self::Grant(grant) => grant.into_command(),
            Self::ResourceServer(server) => server.into_command(),
            Self::SigningKey(key) => key.into_command(),
            Self::Explain { request_id } => (Command::Explain { request_id }, Told::Explanation),
            Self::Audit(audit) => return Ok(Asked::Audit(audit)),
            Self::Backup(options) => return Ok(Asked::Moving(Moving::Backup(options))),
            Self::Restore(options) => return Ok(Asked::Moving(Moving::Restore(options))),
            Self::Migrate(options) => return Ok(Asked::Moving(Moving::Migrate(options))),
        };
        Ok(Asked::Command(command, told))
    }
}
