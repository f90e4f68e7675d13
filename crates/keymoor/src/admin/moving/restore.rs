use std::{
    fs::File,
    io::BufReader,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use keymoor_core::Clock;
use keymoor_guard::SystemClock;
use keymoor_server::backup::{Restored, StaysRemoved, restore, stays_removed};
use keymoor_store::Store;

use super::{
    Restore,
    progress::{Progress, bar},
};
use crate::{
    data_dir::{DataDir, Hold, Lock},
    database,
    error::Error,
    master_key,
    options::ServeOptions,
    serve,
};

/// Puts a backup into an empty place.
pub(super) async fn run(place: &ServeOptions, options: Restore) -> Result<String, Error> {
    let (file, length) = open(&options.file)?;
    let data = serve::open_data(place.data.as_deref())?;
    let _lock = alone(&data, "a restore needs an empty place: name another --data")?;
    let old = old(&data, &options).await?;
    let master = Arc::new(master_key::find(&serve::key_file(&data, place), false)?);
    let store = database::open(&data, place).await?;
    let progress = Mutex::new(Progress::new());
    let told = move |read| {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.show(|| format!("Restoring {}", bar(read, length)));
    };
    let restored = restore(BufReader::new(file), master, &*store, told).await;
    let restored = restored.map_err(Error::refused)?;
    let removed = match &old {
        Some((old, _)) => {
            let now = SystemClock.now();
            Some(stays_removed(&*store, &**old, now).await.map_err(Error::unavailable)?)
        }
        None => None,
    };
    Ok(tell(&options.file, &restored, removed.as_ref()))
}

fn tell(
    file: &Path,
    Restored { header, rows }: &Restored,
    removed: Option<&StaysRemoved>,
) -> String {
    let (made, file) = (header.made(), file.display());
    let removed = removed.map_or_else(|| "What was removed since then works again.".into(), since);
    format!(
        "Restored {rows} rows of {made} from {file}.\n{removed}\nEverybody has to sign in again."
    )
}

fn since(removed: &StaysRemoved) -> String {
    let mut text = match removed.count {
        0 => "Nothing was removed since then.".to_owned(),
        1 => "1 thing that was removed since then stays removed.".to_owned(),
        count => format!("{count} things that were removed since then stay removed."),
    };
    for owner in &removed.owners {
        text.push_str("\nLook at this: organization/account ");
        text.push_str(owner);
        text.push_str(" owns it again, who handed it over and was removed since then.");
    }
    text
}

fn open(path: &Path) -> Result<(File, u64), Error> {
    let describe = |error| Error::refused(format!("{}: {error}", path.display()));
    let file = File::open(path).map_err(describe)?;
    let length = file.metadata().map_err(describe)?.len();
    Ok((file, length))
}

/// The directory for this process alone.
pub(super) fn alone(data: &DataDir, otherwise: &str) -> Result<Lock, Error> {
    match data.hold()? {
        Hold::Lock(lock) => Ok(lock),
        Hold::Server(_) => {
            Err(Error::refused(format!("a server runs on {}: {otherwise}", data.path().display())))
        }
    }
}

/// The installation that the backup replaces.
async fn old(
    data: &DataDir,
    options: &Restore,
) -> Result<Option<(Arc<dyn Store>, Option<Lock>)>, Error> {
    if options.revive_removed {
        return Ok(None);
    }
    if options.old_database.is_some() {
        let place = ServeOptions { database: options.old_database.clone(), ..Default::default() };
        return Ok(Some((database::open(data, &place).await?, None)));
    }
    let path = options.old_data.as_deref().unwrap_or(data.path());
    let old = DataDir::existing(path)?;
    if old.path() == data.path() {
        return Err(Error::refused(
            "--old-data is where the backup is to be restored to. Move the old directory away, and \
             name its new place.",
        ));
    }
    if !old.database().exists() {
        return Err(Error::refused(format!("there is no database in {}", old.path().display())));
    }
    let lock = alone(&old, "stop it, so that nothing is removed there any more")?;
    Ok(Some((database::open(&old, &ServeOptions::default()).await?, Some(lock))))
}
