//! The master key: from the environment, or from a file that is made at first start.

use std::{
    fs::OpenOptions,
    io::{ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use keymoor_core::seal::MasterKey;
use keymoor_server::random;
use zeroize::Zeroizing;

use crate::error::Error;

const VARIABLE: &str = "KEYMOOR_MASTER_KEY";

/// Reads the key from the environment or else from `file`. Makes the file (0600) only if
/// `may_make`: data that exists already was sealed with a key that has to be found.
pub(crate) fn find(file: &Path, may_make: bool) -> Result<MasterKey, Error> {
    if let Ok(text) = std::env::var(VARIABLE) {
        return parse(&Zeroizing::new(text)).ok_or_else(|| malformed(VARIABLE));
    }
    match OpenOptions::new().read(true).open(file) {
        Ok(opened) => read(file, &opened),
        Err(error) if error.kind() == ErrorKind::NotFound && may_make => make(file),
        Err(error) => Err(Error::unavailable(format!(
            "the master key {}: {error}. The data cannot be read without it: bring it back, name \
             it with --master-key-file, or set {VARIABLE}.",
            file.display()
        ))),
    }
}

fn read(path: &Path, opened: &std::fs::File) -> Result<MasterKey, Error> {
    let describe = |error| Error::unavailable(format!("{}: {error}", path.display()));
    if opened.metadata().map_err(describe)?.mode() & 0o077 != 0 {
        return Err(Error::refused(format!(
            "{0} can be read by others: chmod 600 {0}",
            path.display()
        )));
    }
    let text = Zeroizing::new(std::io::read_to_string(opened).map_err(describe)?);
    parse(&text).ok_or_else(|| malformed(&path.display().to_string()))
}

fn make(path: &Path) -> Result<MasterKey, Error> {
    let describe = |error| Error::unavailable(format!("{}: {error}", path.display()));
    let bytes = Zeroizing::new(random::<32>());
    let text = Zeroizing::new(hex(bytes.as_slice()));
    let mut options = OpenOptions::new();
    let mut file = options.create_new(true).write(true).mode(0o600).open(path).map_err(describe)?;
    writeln!(file, "{}", *text).and_then(|()| file.sync_all()).map_err(describe)?;
    Ok(MasterKey::new(bytes))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// 64 hexadecimal digits, as `openssl rand -hex 32` prints them.
fn parse(text: &str) -> Option<MasterKey> {
    let text = text.trim().as_bytes();
    let mut bytes = Zeroizing::new([0; 32]);
    let (pairs, rest) = text.as_chunks::<2>();
    if pairs.len() != bytes.len() || !rest.is_empty() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        let digits = std::str::from_utf8(pair).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(MasterKey::new(bytes))
}

fn malformed(place: &str) -> Error {
    Error::refused(format!("{place} does not hold a master key: 64 hexadecimal digits"))
}
