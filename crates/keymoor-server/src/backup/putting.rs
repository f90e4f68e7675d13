use std::{io::BufRead, sync::Arc};

use keymoor_core::seal::MasterKey;
use keymoor_store::{Part, Shut, Store, StoreError, Table};
use tokio::{
    sync::mpsc::{Receiver, Sender, channel},
    task::spawn_blocking,
};

use super::{
    format::{BackupError, Frames},
    origin::Origin,
    restore::{Lost, check_old},
};

/// What people are in the middle of. Whoever had signed out since the backup would be signed in
/// again, so nobody is: the tables stay empty.
/// The same goes for invitations: who accepted one since may have been removed since.
/// What was allowed to applications since, or taken back, is not in the backup, and a refresh token
/// that was used since would count again: all of it is asked for anew.
const PASSING: &[&str] = &[
    "authorization_codes",
    "ceremonies",
    "device_codes",
    "grants",
    "invitation_roles",
    "invitations",
    "links",
    "refresh_tokens",
    "session_sign_ins",
    "sessions",
    "sign_ons",
];
/// How many parts wait to be taken in.
const WAITING: usize = 4;

/// A backup whose header was read.
pub(super) struct Given<R, T> {
    pub(super) line: Vec<u8>,
    pub(super) file: R,
    pub(super) master: Arc<MasterKey>,
    pub(super) told: T,
}

/// Puts everything into the empty `store`, which is shut if `old` is to be looked through then.
/// How many rows there were, and the number of the last change.
pub(super) async fn put_in<R, T>(
    given: Given<R, T>,
    backup: &str,
    store: &dyn Store,
    old: Option<&dyn Store>,
) -> Result<(u64, i64), Lost>
where
    R: BufRead + Send + 'static,
    T: Fn(u64) + Send + 'static,
{
    let (to_us, ours) = channel(WAITING);
    let (to_store, theirs) = channel(WAITING);
    let reading = spawn_blocking(move || read(given, &to_us));
    let passing = pass(ours, to_store, backup, old);
    let (passed, taken) = tokio::join!(passing, store.copy_in(theirs));
    let read = reading.await.map_err(|error| StoreError::Unavailable(error.to_string()))?;
    // What is wrong with the file comes first, then with the old installation: the store only saw
    // that the parts ended.
    let (rows, number) = (read?, passed?);
    taken?;
    Ok((rows, number))
}

fn read<R: BufRead, T: Fn(u64)>(given: Given<R, T>, to: &Sender<Part>) -> Result<u64, BackupError> {
    let Given { line, file, master, told } = given;
    let mut frames = Frames::after(line, file, &master);
    let (mut rows, mut places) = (0, Vec::new());
    while let Some(part) = frames.next() {
        told(frames.bytes());
        let Some(part) = without_passing(part?, &mut places) else { continue };
        if let Part::Rows(_, some) = &part {
            rows += some.len() as u64;
        }
        if to.blocking_send(part).is_err() {
            break;
        }
    }
    Ok(rows)
}

/// Passes the parts on. The last one only if the backup became `old`, and with the mark that shuts.
async fn pass(
    mut parts: Receiver<Part>,
    to: Sender<Part>,
    backup: &str,
    old: Option<&dyn Store>,
) -> Result<i64, Lost> {
    let mut origin = Origin::default();
    while let Some(mut part) = parts.recv().await {
        origin.add(&part);
        if let Some(old) = old {
            match &mut part {
                Part::Tables(tables) => Shut::announce(tables),
                Part::Rows(..) => {}
                Part::End => {
                    check_old(&origin.lineage(), origin.number(), old).await?;
                    let (backup, number) = (backup.to_owned(), origin.number());
                    let mark = Shut::Restoring { backup, number }.part(origin.tables());
                    // A store that does not take it has its own reason.
                    if let Some(mark) = mark {
                        let _ = to.send(mark).await;
                    }
                }
            }
        }
        if to.send(part).await.is_err() {
            break;
        }
    }
    Ok(origin.number())
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
