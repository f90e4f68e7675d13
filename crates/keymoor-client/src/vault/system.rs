//! The system's store: the Secret Service (Linux, over D-Bus), the Keychain (macOS), the Credential
//! Manager (Windows). The kernel's keyring is none of them: a restart empties it.

use std::{sync::Arc, sync::mpsc, thread, time::Duration};

use keyring_core::{CredentialStore, Entry, Error};
use zeroize::Zeroizing;

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(windows)]
use windows_native_keyring_store::Store;
#[cfg(all(unix, not(target_os = "macos")))]
use zbus_secret_service_keyring_store::Store;

/// The name that the store shows for these entries.
const SERVICE: &str = "keymoor";
/// How long the store may take. It may ask its owner for a password meanwhile.
const LIMIT: Duration = Duration::from_secs(20);

/// Keeps a secret under a name.
pub(super) fn write(user: &str, secret: Zeroizing<Vec<u8>>) -> Result<(), String> {
    within(LIMIT, user, move |entry| entry.set_secret(&secret))
}

/// The secret under a name, if there is one.
pub(super) fn read(user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
    within(LIMIT, user, |entry| found(entry.get_secret().map(Zeroizing::new)))
}

/// Forgets the secret under a name.
pub(super) fn remove(user: &str) -> Result<(), String> {
    within(LIMIT, user, |entry| found(entry.delete_credential()).map(|_| ()))
}

fn found<T>(outcome: Result<T, Error>) -> Result<Option<T>, Error> {
    match outcome {
        Err(Error::NoEntry) => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// Does it on a thread of its own: a store that does not answer is left alone after `limit`.
fn within<T: Send + 'static>(
    limit: Duration,
    user: &str,
    work: impl FnOnce(&Entry) -> Result<T, Error> + Send + 'static,
) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    let user = user.to_owned();
    let spawned = thread::Builder::new().name("secret-store".to_owned()).spawn(move || {
        // Nobody listens any more once the time is over.
        let _ = sender.send(entry(&user).and_then(|entry| work(&entry)));
    });
    spawned.map_err(|error| error.to_string())?;
    match receiver.recv_timeout(limit) {
        Ok(outcome) => outcome.map_err(|error| told(&error)),
        Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
    }
}

fn entry(user: &str) -> Result<Entry, Error> {
    let store: Arc<CredentialStore> = Store::new()?;
    Entry::new_in_store(&store, SERVICE, user)
}

/// Why, without what the store returned: some errors carry the bytes of the secret.
fn told(error: &Error) -> String {
    match error {
        Error::PlatformFailure(cause) => cause.to_string(),
        Error::NoStorageAccess(cause) => format!("it is locked or closed: {cause}"),
        Error::Ambiguous(_) => "it has several entries of that name".to_owned(),
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "its entry is malformed".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_does_not_answer_is_left_alone() {
        let (sender, receiver) = mpsc::channel::<()>();
        let waits = move |_: &Entry| {
            let _ = receiver.recv();
            Ok(())
        };
        // Whether or not there is a store here: it ends, and with an error.
        assert!(within(Duration::from_millis(20), "of a test", waits).is_err());
        drop(sender);
    }

    #[test]
    fn s101_an_error_repeats_no_secret() {
        let told = told(&Error::BadEncoding(b"canary".to_vec()));
        assert!(!told.contains("canary") && !told.contains("99, 97"), "{told}");
    }
}
