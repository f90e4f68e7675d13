//! What takes everything away, or brings it: backups, and the way to another database.

mod backup;
mod migrate;
mod places;
mod progress;
mod restore;

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use crate::{error::Error, options::ServeOptions, secret_url::SecretUrl, serve};

/// `admin backup`
#[derive(Args)]
pub(super) struct Backup {
    /// The file to write, which must not exist
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// `admin restore`
#[derive(Args)]
#[command(group(ArgGroup::new("removed").required(true).multiple(true)))]
pub(super) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The data directory of the installation that the backup replaces: what was removed there
    /// since the backup stays removed
    #[arg(long, value_name = "DIR", group = "removed")]
    old_data: Option<PathBuf>,

    /// The same, if that installation is in a PostgreSQL database
    #[arg(
        long,
        value_name = "URL",
        env = "KEYMOOR_OLD_DATABASE",
        hide_env_values = true,
        group = "removed"
    )]
    old_database: Option<SecretUrl>,

    /// That installation is lost: what was removed since the backup works again
    #[arg(long, group = "removed", conflicts_with_all = ["old_data", "old_database"])]
    revive_removed: bool,
}

/// `admin migrate`
#[derive(Args)]
#[command(group(ArgGroup::new("which").required(true)))]
pub(super) struct Migrate {
    /// The PostgreSQL database, or the data directory with SQLite, that everything is in [default:
    /// the server's, as --database and --data say, or their variables, which may hold a password]
    #[arg(long, value_name = "URL|DIR")]
    from: Option<SecretUrl>,

    /// The empty PostgreSQL database, or a new data directory for SQLite
    #[arg(long, value_name = "URL|DIR", group = "which")]
    to: Option<SecretUrl>,

    /// Lets servers start again on what was moved away, without what has changed at its new place
    /// since
    #[arg(long, group = "which")]
    take_back: bool,
}

/// Something that takes long, and is carried out here rather than by a running server.
pub(super) enum Moving {
    Backup(Backup),
    Restore(Restore),
    Migrate(Migrate),
}

/// Carries it out and says what was done.
pub(super) fn run(place: &ServeOptions, moving: Moving) -> Result<String, Error> {
    let runtime = serve::runtime()?;
    match moving {
        Moving::Backup(options) => runtime.block_on(backup::run(place, &options.file)),
        Moving::Restore(options) => runtime.block_on(restore::run(place, options)),
        Moving::Migrate(options) => runtime.block_on(migrate::run(place, options)),
    }
}
