use std::{path::Path, sync::Arc};

use keymoor_server::backup::{Origin, Sums};
use keymoor_store::{Opening, Part, Shut, Store, StoreError};
use tokio::sync::mpsc::channel;

use super::{
    Migrate,
    progress::{Progress, bar},
    restore::alone,
};
use crate::{
    data_dir::{DataDir, Lock},
    database,
    error::Error,
    options::ServeOptions,
    secret_url::SecretUrl,
    serve,
};

/// How many parts wait to be taken in.
const WAITING: usize = 4;

/// A database that is held for this process, if it is in a data directory.
struct Place {
    store: Arc<dyn Store>,
    /// What people call it.
    name: String,
    /// Where its SQLite is, if it is one.
    folder: Option<DataDir>,
    _lock: Option<Lock>,
}

/// Copies everything to another database, compares the two row by row, and marks the old one as
/// moved. Or takes that mark away.
pub(super) async fn run(place: &ServeOptions, options: Migrate) -> Result<String, Error> {
    let from = source(place, options.from.as_ref()).await?;
    let Some(to) = &options.to else { return take_back(&from).await };
    if let Some(why) = from.store.shut().await.map_err(Error::unavailable)? {
        return Err(Error::refused(why));
    }
    let target = target(&from, to).await?;
    let copied = copy(&from.store, &target.store).await?;
    compare(&from.store, &target.store, &copied).await?;
    hand_over(&from.store, &target, copied.number).await?;
    Ok(format!(
        "Copied {} rows of {} tables, and found every one of them again in the new database.\nStart \
         the server on it from now on, with the same master key. The old one is marked as moved: \
         no server starts on it, and nothing changes in it, any more.",
        copied.taken.rows(),
        copied.taken.tables()
    ))
}

/// The installation that is moved: `from`, or what the server uses.
async fn source(place: &ServeOptions, from: Option<&SecretUrl>) -> Result<Place, Error> {
    let stop = "stop it first: what it would write meanwhile would be lost";
    if let Some(url) = from.filter(|from| is_url(from)) {
        let lock = match &place.data {
            Some(path) => Some(alone(&DataDir::existing(path)?, stop)?),
            None => None,
        };
        return in_postgresql(url, lock).await;
    }
    let data = match from {
        Some(folder) => DataDir::existing(Path::new(folder.expose()))?,
        None => serve::open_data(place.data.as_deref())?,
    };
    let lock = alone(&data, stop)?;
    match &place.database {
        Some(url) if from.is_none() => in_postgresql(url, Some(lock)).await,
        _ => {
            serve::check_there(&data, &ServeOptions::default())?;
            in_folder(data, lock).await
        }
    }
}

/// The new database.
async fn target(from: &Place, to: &SecretUrl) -> Result<Place, Error> {
    if is_url(to) {
        return in_postgresql(to, None).await;
    }
    let target = DataDir::open(Path::new(to.expose()))?;
    if from.folder.as_ref().is_some_and(|folder| folder.path() == target.path()) {
        return Err(Error::refused("--to is the data directory itself: name a new one"));
    }
    let lock = alone(&target, "name a new directory")?;
    in_folder(target, lock).await
}

async fn in_postgresql(url: &SecretUrl, lock: Option<Lock>) -> Result<Place, Error> {
    let store = database::open_url(url, None, Opening::Current).await?;
    Ok(Place { store, name: database::place(url)?, folder: None, _lock: lock })
}

async fn in_folder(folder: DataDir, lock: Lock) -> Result<Place, Error> {
    let store = database::open_in(&folder, Opening::Current).await?;
    let name = format!("the data directory {}", folder.path().display());
    Ok(Place { store, name, folder: Some(folder), _lock: Some(lock) })
}

fn is_url(text: &SecretUrl) -> bool {
    text.expose().contains("://")
}

/// Marks the old database as moved, and lets the new one be used.
async fn hand_over(from: &Arc<dyn Store>, target: &Place, number: i64) -> Result<(), Error> {
    match from.move_away(&target.name, number).await {
        Ok(()) => target.store.reopen().await.map_err(Error::unavailable),
        Err(StoreError::Conflict(why)) => Err(still_used(why)),
        Err(error) => Err(Error::unavailable(error)),
    }
}

async fn take_back(from: &Place) -> Result<String, Error> {
    match from.store.shut().await.map_err(Error::unavailable)? {
        Some(Shut::Moved { to, .. }) => {
            from.store.reopen().await.map_err(Error::unavailable)?;
            Ok(format!(
                "Servers start on {} again. Never start one on {to} again: what has changed there \
                 is not here.",
                from.name
            ))
        }
        Some(why) => Err(Error::refused(why)),
        None => Err(Error::refused("it was not moved away: there is nothing to take back")),
    }
}

/// What was sent, with the mark that shuts the copy until it is compared, and the number of its
/// last change.
async fn copy(from: &Arc<dyn Store>, target: &Arc<dyn Store>) -> Result<(Sums, i64), Error> {
    let (to_us, mut ours) = channel(WAITING);
    let (to_target, theirs) = channel(WAITING);
    let (from, target) = (from.clone(), target.clone());
    let sending = tokio::spawn(async move { from.copy_out(to_us).await });
    let taking = tokio::spawn(async move { target.copy_in(theirs).await });
    let (mut taken_sums, mut sums) = (Sums::default(), Sums::default());
    let (mut origin, mut progress) = (Origin::default(), Progress::new());
    'parts: while let Some(part) = ours.recv().await {
        origin.add(&part);
        taken_sums.add(&part);
        for part in marked(part, &origin) {
            sums.add(&part);
            progress.show(|| format!("Copying {}", bar(sums.rows(), sums.announced())));
            if to_target.send(part).await.is_err() {
                break 'parts;
            }
        }
    }
    drop((ours, to_target));
    let (taken, sent) = (taking.await, sending.await);
    // The target only saw that the parts ended.
    sent.map_err(Error::unavailable)?.map_err(Error::unavailable)?;
    taken.map_err(Error::unavailable)?.map_err(Error::refused)?;
    Ok(Copied { taken: taken_sums, sent: sums, number: origin.number() })
}

/// The part, and before the last one the mark.
fn marked(mut part: Part, origin: &Origin) -> Vec<Part> {
    let mut parts = Vec::new();
    match &mut part {
        Part::Tables(tables) => Shut::announce(tables),
        Part::Rows(..) => {}
        Part::End => {
            parts.extend(Shut::Arriving { number: origin.number() }.part(origin.tables()));
        }
    }
    parts.push(part);
    parts
}

async fn read(target: &Arc<dyn Store>, rows: u64) -> Result<Sums, Error> {
    let (to_us, mut ours) = channel::<Part>(WAITING);
    let target = target.clone();
    let sending = tokio::spawn(async move { target.copy_out(to_us).await });
    let (mut sums, mut progress) = (Sums::default(), Progress::new());
    while let Some(part) = ours.recv().await {
        sums.add(&part);
        progress.show(|| format!("Comparing {}", bar(sums.rows(), rows)));
    }
    sending.await.map_err(Error::unavailable)?.map_err(Error::unavailable)?;
    Ok(sums)
}

#[cfg(test)]
mod tests {
    use keymoor_core::seal::Sealed;
    use keymoor_store::{Actor, Shut, Stamp, StoredPepper};
    use keymoor_testkit::{NOW, postgres};
    use tempfile::TempDir;

    use super::{Place, compare, copy, hand_over, in_folder, in_postgresql};
    use crate::{
        admin::moving::restore::alone, data_dir::DataDir, error::Error, secret_url::SecretUrl,
    };

    async fn change(place: &Place, id: i64) {
        let stamp = Stamp { at: NOW, by: Actor::Operator, from: None };
        let pepper = StoredPepper { id, sealed: Sealed(vec![1; 60]), created_at: NOW };
        place.store.add_pepper(&pepper, stamp).await.unwrap();
    }

    async fn places() -> (Place, Place, TempDir) {
        let temporary = tempfile::tempdir().unwrap();
        let folder = DataDir::open(temporary.path()).unwrap();
        let lock = alone(&folder, "").unwrap();
        let url: SecretUrl = postgres().database().parse().unwrap();
        let from = in_folder(folder, lock).await.unwrap();
        (from, in_postgresql(&url, None).await.unwrap(), temporary)
    }

    /// Whether it was refused, and nobody can start on the copy.
    async fn is_refused(outcome: Result<(), Error>, from: &Place, target: &Place) -> bool {
        let told = |why: &str| why.contains("Nothing was moved");
        let refused = matches!(&outcome, Err(Error::Refused(why)) if told(why));
        let free = from.store.shut().await.unwrap().is_none();
        let shut = target.store.shut().await.unwrap();
        refused && free && matches!(shut, Some(Shut::Arriving { .. }))
    }

    #[tokio::test]
    async fn what_changes_after_it_was_copied_is_not_lost() {
        let (from, target, _folder) = places().await;
        change(&from, 1).await;
        let copied = copy(&from.store, &target.store).await.unwrap();
        compare(&from.store, &target.store, &copied).await.unwrap();
        change(&from, 2).await;
        let outcome = hand_over(&from.store, &target, copied.number).await;
        assert!(is_refused(outcome, &from, &target).await);
        change(&from, 3).await;
    }

    #[tokio::test]
    async fn what_is_written_while_it_is_copied_is_not_lost_be_it_no_change() {
        let (from, target, _folder) = places().await;
        change(&from, 1).await;
        let copied = copy(&from.store, &target.store).await.unwrap();
        from.store.attempt("somebody", NOW).await.unwrap().unwrap();
        let outcome = compare(&from.store, &target.store, &copied).await;
        assert!(is_refused(outcome, &from, &target).await);
    }
}
