use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use url::Url;
use zeroize::Zeroizing;

use super::{
    entry::Entry,
    key::{CacheKey, owner},
    notice::Notice,
    owners::file_name,
    private,
};
use crate::{
    credentials::ClientKey,
    timing::{SystemTimer, Timer},
    token::AccessToken,
};

/// The most bytes of an entry: a token fits a request header.
const MOST: u64 = 128 * 1024;

/// Longer than any token is kept.
const DEAD: Duration = Duration::from_hours(48);
/// How the name of a file begins that is still being written.
const UNFINISHED: &str = ".new-";

/// The folder for cached tokens cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} cannot hold tokens: {what}", path.display())]
pub struct CacheError {
    path: PathBuf,
    what: String,
}

/// Tokens in files (0600) in a folder (0700), shared by the processes of one user. Whoever gets a
/// token for an entry holds the entry's lock meanwhile, so that one request is made, however many
/// want it. Files are replaced whole; one that cannot be read counts as none and is replaced.
#[derive(Clone, Debug)]
pub struct DiskCache(PathBuf);

/// The right to get the token of an entry, until dropped.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Lock {
    /// Tells those who wait.
    pub(crate) fn announce(&self, notice: Notice) -> io::Result<()> {
        let mut file = &self.0;
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{notice}")
    }
}

impl DiskCache {
    /// The folder at `path`, made if it is missing. It must be a folder of the user's own, no link.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, CacheError> {
        let path = path.into();
        match private::folder(&path) {
            Ok(()) => Ok(Self(path)),
            Err(error) => Err(CacheError { path, what: error.to_string() }),
        }
    }

    /// Removes every token in it: after logging out, say.
    pub fn clear(&self) -> Result<(), CacheError> {
        let entries = fs::read_dir(&self.0).map_err(|error| self.failed(&error))?;
        for entry in entries.flatten() {
            let path = entry.path();
            if is_token(&path) {
                remove(&path).map_err(|error| self.failed(&error))?;
            }
        }
        Ok(())
    }

    /// Removes every token that was got at that token URL with that API Key, whatever its scopes.
    pub fn forget(&self, token_url: &Url, key: &ClientKey) -> Result<(), CacheError> {
        let owner = owner(token_url, key);
        let entries = fs::read_dir(&self.0).map_err(|error| self.failed(&error))?;
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_token(path)) {
            if entry(&path).is_some_and(|entry| entry.is_of(&owner)) {
                remove(&path).map_err(|error| self.failed(&error))?;
            }
        }
        Ok(())
    }

    /// Forgets whose the resources of the API at that base URL are.
    pub fn forget_organizations(&self, api_base: &Url) -> Result<(), CacheError> {
        remove(&self.0.join(file_name(api_base))).map_err(|error| self.failed(&error))
    }

    /// The token of an entry, if there is one that can be read.
    pub(crate) fn read(&self, key: &CacheKey, timer: &Arc<dyn Timer>) -> Option<AccessToken> {
        entry(&self.file(key))?.token(timer)
    }

    /// Replaces the entry as a whole: a reader sees the old one or the new one.
    pub(crate) fn write(&self, key: &CacheKey, token: &AccessToken) -> io::Result<()> {
        let text = Zeroizing::new(serde_json::to_vec(&Entry::of(token, key.owner()))?);
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.0)?;
        file.write_all(&text)?;
        let written = file.persist(self.file(key)).map_err(|error| error.error)?;
        self.sweep(&written)
    }

    /// Removes what has been dead for long: of other logins, or left by a process that was killed.
    /// The file that was just written says what time it is where the folder is.
    fn sweep(&self, written: &File) -> io::Result<()> {
        let now = written.metadata()?.modified()?;
        for entry in fs::read_dir(&self.0)?.flatten() {
            // Another process may have removed it meanwhile.
            let modified = entry.metadata().and_then(|data| data.modified());
            let age = modified.ok().and_then(|then| now.duration_since(then).ok());
            if age.is_some_and(|age| age > DEAD) && is_token(&entry.path()) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes the entry.
    pub(crate) fn remove(&self, key: &CacheKey) -> io::Result<()> {
        remove(&self.file(key))
    }

    /// The entry's lock, unless another process has it.
    pub(crate) fn try_lock(&self, key: &CacheKey) -> io::Result<Option<Lock>> {
        let file = private::open_lock(&self.0.join(format!("{}.lock", key.as_str())))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// What whoever has or had the entry's lock tells.
    pub(crate) fn announced(&self, key: &CacheKey) -> Option<Notice> {
        let mut text = String::new();
        let file = private::open(&self.0.join(format!("{}.lock", key.as_str()))).ok()?;
        file.take(64).read_to_string(&mut text).ok()?;
        text.parse().ok()
    }

    /// Every token that is cached of that API Key at that token URL, whatever its scopes, with what
    /// is left of its life.
    pub fn tokens(&self, token_url: &Url, key: &ClientKey) -> Vec<AccessToken> {
        let (owner, timer) = (owner(token_url, key), Arc::new(SystemTimer) as Arc<dyn Timer>);
        let paths = fs::read_dir(&self.0).into_iter().flatten().flatten().map(|one| one.path());
        let entries = paths.filter(|path| is_token(path)).filter_map(|path| entry(&path));
        let own = entries.filter(|entry| entry.is_of(&owner));
        own.filter_map(|entry| entry.token(&timer)).collect()
    }

    /// What is remembered of an API, in a file of its own.
    pub(crate) fn recall(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        bytes(&self.0.join(name))
    }

    /// Replaces what is remembered.
    pub(crate) fn remember(&self, name: &str, text: &[u8]) -> io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.0)?;
        file.write_all(text)?;
        file.persist(self.0.join(name)).map(drop).map_err(|error| error.error)
    }

    fn file(&self, key: &CacheKey) -> PathBuf {
        self.0.join(format!("{}.json", key.as_str()))
    }

    fn failed(&self, error: &io::Error) -> CacheError {
        CacheError { path: self.0.clone(), what: error.to_string() }
    }
}

fn entry(path: &Path) -> Option<Entry> {
    serde_json::from_slice(&bytes(path)?).ok()
}

fn bytes(path: &Path) -> Option<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(Vec::new());
    private::open(path).ok()?.take(MOST).read_to_end(&mut text).ok()?;
    Some(text)
}

/// An entry, or one that was not finished.
fn is_token(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".json") || name.starts_with(UNFINISHED)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use keymoor_core::{Scopes, UnixTime};

    use super::{CacheKey, DiskCache, Notice};
    use crate::{
        credentials::{Credentials, Mark},
        exchange::Style,
    };

    #[test]
    fn who_waits_for_a_lock_reads_what_its_holder_tells() {
        let folder = tempfile::tempdir().unwrap();
        let disk = DiskCache::open(folder.path().join("tokens")).unwrap();
        let pair = Credentials::new("0123456789", "9876543210").unwrap();
        let url = "https://a/t".parse().unwrap();
        let key = CacheKey::new(&url, &Mark::of(&pair), &Scopes::default(), Style::Form);
        let lock = disk.try_lock(&key).unwrap().unwrap();
        assert_eq!(disk.announced(&key), None);
        let (now, wait) = (UnixTime::from_seconds(1_800_000_000), Duration::from_secs(9));
        for notice in [Notice::given_up(now, Some(429), Some(wait)), Notice::waiting(now, wait)] {
            lock.announce(notice).unwrap();
            assert!(disk.try_lock(&key).unwrap().is_none());
            assert_eq!(disk.announced(&key), Some(notice));
        }
    }
}
