use std::{io::BufRead, sync::Arc};

use keymoor_core::seal::MasterKey;
use keymoor_store::{Part, Store, StoreError, Table};
use tokio::sync::mpsc::channel;

use super::format::{BackupError, Frames, Header};

/// What people are in the middle of. Whoever had signed out since the backup would be signed in
/// again, so nobody is: the tables stay empty.
/// What was allowed to applications since, or taken back, is not in the backup, and a refresh token
/// that was used since would count again: all of it is asked for anew.
const PASSING: &[&str] = &[
    "authorization_codes",
    "ceremonies",
    "device_codes",
    "grants",
    "links",
    "refresh_tokens",
    "session_sign_ins",
    "sessions",
    "sign_ons",
];
/// How many parts wait to be taken in.
const WAITING: usize = 4;

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum Lost {
    /// The file cannot be read to its end.
    #[error("the backup cannot be restored: {0}")]
    Backup(#[from] BackupError),
    /// The database does not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was restored.
#[derive(Debug)]
pub struct Restored {
    /// Of the backup.
    pub header: Header,
    /// Rows of all tables.
    pub rows: u64,
}

/// Puts the backup in `file` into the empty `store`: all of it, or nothing. `told` hears how many
/// bytes were read. Sessions and grants are left out.
///
/// # Errors
/// [`Lost`]; nothing has changed then.
pub async fn restore<R>(
    file: R,
    master: Arc<MasterKey>,
    store: &dyn Store,
    told: impl Fn(u64) + Send + 'static,
) -> Result<Restored, Lost>
where
    R: BufRead + Send + 'static,
{
    let (to, from) = channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || {
        let (header, mut frames) = Frames::open(file, &master)?;
        let (mut rows, mut passing) = (0, Vec::new());
        while let Some(part) = frames.next() {
            told(frames.bytes());
            let Some(part) = without_passing(part?, &mut passing) else { continue };
            if let Part::Rows(_, some) = &part {
                rows += some.len() as u64;
            }
            if to.blocking_send(part).is_err() {
                break;
            }
        }
        Ok(Restored { header, rows })
    });
    let taken = store.copy_in(from).await;
    let read: Result<Restored, BackupError> =
        reading.await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    // What is wrong with the file comes first: the store only saw that it ended.
    let restored = read?;
    taken?;
    Ok(restored)
}

/// The part without the rows of [`PASSING`] tables, whose places are noted in `places`.
fn without_passing(part: Part, places: &mut Vec<usize>) -> Option<Part> {
    let is_passing = |table: &Table| PASSING.contains(&table.name.as_str());
    match part {
        Part::Tables(mut tables) => {
            for (place, table) in tables.iter_mut().enumerate() {
                if is_passing(table) {
                    places.push(place);
                    table.rows = 0;
                }
            }
            Some(Part::Tables(tables))
        }
        Part::Rows(place, _) if places.contains(&place) => None,
        part => Some(part),
    }
}
