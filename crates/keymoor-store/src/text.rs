//! How values that neither engine has a type for are written.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::StoreError;

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str, what: &'static str) -> Result<Vec<u8>, StoreError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| StoreError::Corrupt(what))
}

/// Reads a text that Keymoor wrote; anything else in its place is damage.
pub(crate) fn parse<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(what))
}

/// The pattern of what holds `text`, small letters for large ones; `!` escapes.
pub(crate) fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
