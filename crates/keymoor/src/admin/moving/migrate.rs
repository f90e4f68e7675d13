use std::sync::Arc;

use keymoor_server::backup::{Origin, Sums};
use keymoor_store::{Part, Shut, Store, StoreError};
use tokio::sync::mpsc::channel;

use super::{
    Migrate,
    places::{Place, source, target},
    progress::{Progress, bar},
};
use crate::{error::Error, options::ServeOptions};

/// How many parts wait to be taken in.
const WAITING: usize = 4;

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

/// What was copied.
struct Copied {
    /// As it was taken from the old database.
    taken: Sums,
    /// The same with the mark that shuts the new one until they are compared.
    sent: Sums,
    /// The number of the last change.
    number: i64,
}

/// Reads both again: every row is in the new one, and nothing was written to the old one meanwhile,
/// be it no change that is numbered.
async fn compare(
    from: &Arc<dyn Store>,
    target: &Arc<dyn Store>,
    copied: &Copied,
) -> Result<(), Error> {
    if read(target, copied.sent.rows()).await? != copied.sent {
        return Err(Error::unavailable(
            "the new database does not hold what was copied to it: somebody else wrote to it? \
             Nothing was moved, and no server starts on it: empty it, and try again.",
        ));
    }
    if read(from, copied.taken.rows()).await? != copied.taken {
        return Err(still_used("something was written to the old database meanwhile"));
    }
    Ok(())
}

fn still_used(why: &str) -> Error {
    Error::refused(format!(
        "{why}: a server runs on the old database, perhaps on another host. Stop it. Nothing was \
         moved, and no server starts on the new database: empty that, and try again."
    ))
}

async fn copy(from: &Arc<dyn Store>, target: &Arc<dyn Store>) -> Result<Copied, Error> {
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

    use super::{Place, compare, copy, hand_over};
    use crate::{
        admin::moving::{
            places::{in_folder, in_postgresql},
            restore::alone,
        },
        data_dir::DataDir,
        error::Error,
        secret_url::SecretUrl,
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
