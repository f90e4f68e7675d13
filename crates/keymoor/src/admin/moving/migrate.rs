use std::{path::Path, sync::Arc};

use keymoor_server::backup::Sums;
use keymoor_store::{Part, Store};
use tokio::sync::mpsc::channel;

use super::{
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

/// Copies everything to another database, and compares the two row by row.
pub(super) async fn run(place: &ServeOptions, to: &SecretUrl) -> Result<String, Error> {
    let data = serve::open_data(place.data.as_deref())?;
    let stop = "stop it first: what it would write meanwhile would be lost";
    let _lock = alone(&data, stop)?;
    serve::check_there(&data, place)?;
    let from = database::open(&data, place).await?;
    let (target, _target_lock) = target(&data, to).await?;
    let sent = copy(&from, &target).await?;
    let found = read(&target, sent.rows()).await?;
    if sent != found {
        return Err(Error::unavailable(
            "the new database does not hold what the old one does. Use neither the copy nor this \
             report for anything but finding out why: somebody else wrote to one of them?",
        ));
    }
    Ok(format!(
        "Copied {} rows of {} tables, and found every one of them again in the new database.\nStart \
         the server on it from now on, with the same master key, and never on the old one again.",
        sent.rows(),
        sent.tables()
    ))
}

/// The new database. A data directory is held for this process.
async fn target(data: &DataDir, to: &SecretUrl) -> Result<(Arc<dyn Store>, Option<Lock>), Error> {
    if to.expose().contains("://") {
        let place = ServeOptions { database: Some(to.clone()), ..Default::default() };
        return Ok((database::open(data, &place).await?, None));
    }
    let target = DataDir::open(Path::new(to.expose()))?;
    if target.path() == data.path() {
        return Err(Error::refused("--to is the data directory itself: name a new one"));
    }
    let lock = alone(&target, "name a new directory")?;
    Ok((database::open(&target, &ServeOptions::default()).await?, Some(lock)))
}

async fn copy(from: &Arc<dyn Store>, target: &Arc<dyn Store>) -> Result<Sums, Error> {
    let (to_us, mut ours) = channel(WAITING);
    let (to_target, theirs) = channel(WAITING);
    let (from, target) = (from.clone(), target.clone());
    let sending = tokio::spawn(async move { from.copy_out(to_us).await });
    let taking = tokio::spawn(async move { target.copy_in(theirs).await });
    let (mut sums, mut progress) = (Sums::default(), Progress::new());
    while let Some(part) = ours.recv().await {
        sums.add(&part);
        progress.show(|| format!("Copying {}", bar(sums.rows(), sums.announced())));
        if to_target.send(part).await.is_err() {
            break;
        }
    }
    drop((ours, to_target));
    taking.await.map_err(Error::unavailable)?.map_err(Error::refused)?;
    sending.await.map_err(Error::unavailable)?.map_err(Error::unavailable)?;
    Ok(sums)
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
