use std::{io::BufRead, sync::Arc};

use keymoor_core::{UnixTime, seal::MasterKey};
use keymoor_store::{Lineage, Shut, Store, StoreError};

use super::{
    format::{BackupError, Header},
    putting::{Given, put_in},
    removed::{StaysRemoved, look_through, stays_removed},
};

/// Why there is no restored installation.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The file cannot be read to its end.
    #[error("the backup cannot be restored: {0}")]
    Backup(#[from] BackupError),
    /// The database does not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The backup was not made of what it is to replace.
    #[error(
        "the installation that is named as the old one is not what became of this backup: {0}. \
         Nothing was done."
    )]
    Stranger(&'static str),
    /// What is to be replaced cannot be read.
    #[error("the old installation cannot be read: {0}. Nothing was done.")]
    Old(StoreError),
    /// Another backup is only half restored here.
    #[error(
        "the restore of another backup into this database is not finished: name that one, or empty \
         the database"
    )]
    Another,
    /// It is all there, but is not to be used.
    #[error(
        "what was removed since the backup is not all removed again yet ({0}), and no server starts \
         on this database before it is: give the same command once more"
    )]
    Unfinished(StoreError),
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Of the backup.
    pub header: Header,
    /// Rows of all tables; `None` if they were put in by an earlier try.
    pub rows: Option<u64>,
    /// What was removed again; `None` without an installation to read it from.
    pub removed: Option<StaysRemoved>,
}

/// Puts the backup in `file` into the empty `store`: all of it, or nothing. `told` hears how many
/// bytes were read. Sessions, grants and invitations are left out. What was removed since in `old`, the
/// installation that the backup replaces, is removed again; until it is, `store` is shut
/// ([`Shut::Restoring`]), and doing the same again does the rest.
///
/// # Errors
/// [`Lost`]; nothing has changed then, but for [`Lost::Unfinished`].
pub async fn restore<R>(
    mut file: R,
    master: Arc<MasterKey>,
    store: &dyn Store,
    old: Option<&dyn Store>,
    now: UnixTime,
    told: impl Fn(u64) + Send + 'static,
) -> Result<Restored, Lost>
where
    R: BufRead + Send + 'static,
{
    let (header, line) = Header::read(&mut file)?;
    let (rows, number) = match store.shut().await? {
        Some(Shut::Restoring { backup, number }) if backup == header.id => {
            if let Some(old) = old {
                check_old(&store.lineage(number).await?, number, old).await?;
            }
            (None, number)
        }
        Some(Shut::Restoring { .. }) => return Err(Lost::Another),
        _ => {
            let given = Given { line, file, master, told };
            let (rows, number) = put_in(given, &header.id, store, old).await?;
            (Some(rows), number)
        }
    };
    let removed = take_over(store, old, number, now).await.map_err(Lost::Unfinished)?;
    Ok(Restored { header, rows, removed })
}

/// Refuses what is not the later state of an installation of that lineage, whose last change is
/// the one of `number`.
pub(super) async fn check_old(backup: &Lineage, number: i64, old: &dyn Store) -> Result<(), Lost> {
    if old.shut().await.map_err(Lost::Old)?.is_some() {
        return Err(Lost::Stranger("it was moved elsewhere, or is a copy that is not finished"));
    }
    let found = old.lineage(number).await.map_err(Lost::Old)?;
    if found.pepper != backup.pepper {
        return Err(Lost::Stranger("its pepper is another one"));
    }
    if found.last.is_none_or(|last| last < number) {
        return Err(Lost::Stranger("less has happened in it than in the backup"));
    }
    if found.change != backup.change {
        return Err(Lost::Stranger("the backup's last change is not among its changes"));
    }
    look_through(old, number).await.map_err(Lost::Old)
}

async fn take_over(
    store: &dyn Store,
    old: Option<&dyn Store>,
    number: i64,
    now: UnixTime,
) -> Result<Option<StaysRemoved>, StoreError> {
    let removed = match old {
        Some(old) => Some(stays_removed(store, old, number, now).await?),
        None => None,
    };
    store.reopen().await?;
    Ok(removed)
}
