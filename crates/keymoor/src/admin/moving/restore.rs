use std::{
    fs::File,
    io::BufReader,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use keymoor_core::Clock;
use keymoor_guard::SystemClock;
use keymoor_server::backup::{Restored, StaysRemoved, restore};
use keymoor_store::{Opening, Store};

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
    let store = database::open(&data, place, Opening::Current).await?;
    let progress = Mutex::new(Progress::new());
    let told = move |read| {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.show(|| format!("Restoring {}", bar(read, length)));
    };
    let old = old.as_ref().map(|(old, _)| &**old);
    let restored =
        restore(BufReader::new(file), master, &*store, old, SystemClock.now(), told).await;
    Ok(tell(&options.file, &restored.map_err(Error::refused)?))
}

fn tell(file: &Path, Restored { header, rows, removed }: &Restored) -> String {
    let (made, file) = (header.made(), file.display());
    let put_in = match rows {
        Some(rows) => format!("Restored {rows} rows of {made} from {file}."),
        None => format!("Finished the restore of {made} from {file} that was begun before."),
    };
    let removed =
        removed.as_ref().map_or_else(|| "What was removed since then works again.".into(), since);
    format!(
        "{put_in}\n{removed}\nEverybody has to sign in again.\nInvitations have to be made again."
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
    if !removed.left.is_empty() {
        let left = removed.left.iter().map(|(kind, times)| format!("{kind} ({times})"));
        let left = left.collect::<Vec<_>>().join(", ");
        text.push_str("\nNot done again, since what took its place is not known: ");
        text.push_str(&left);
        text.push_str(". `admin audit` of the old installation says to whom.");
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

/// The installation that the backup replaces, which is only read.
async fn old(
    data: &DataDir,
    options: &Restore,
) -> Result<Option<(Arc<dyn Store>, Option<Lock>)>, Error> {
    if options.revive_removed {
        return Ok(None);
    }
    if let Some(url) = &options.old_database {
        return Ok(Some((database::open_url(url, None, Opening::Reading).await?, None)));
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
    Ok(Some((database::open_in(&old, Opening::Reading).await?, Some(lock))))
}
