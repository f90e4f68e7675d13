//! In place of the system's store, in a build without it.

use zeroize::Zeroizing;

const WITHOUT: &str = "this build cannot use it (cargo feature os-store)";

pub(super) fn write(_user: &str, _secret: Zeroizing<Vec<u8>>) -> Result<(), String> {
    Err(WITHOUT.to_owned())
}

pub(super) fn read(_user: &str) -> Result<Option<Zeroizing<Vec<u8>>>, String> {
    Err(WITHOUT.to_owned())
}

pub(super) fn remove(_user: &str) -> Result<(), String> {
    Err(WITHOUT.to_owned())
}
