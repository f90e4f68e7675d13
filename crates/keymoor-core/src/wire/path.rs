//! A path that every reader reads alike.

use percent_encoding::percent_decode_str;

/// The path can be read in more than one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path can be read in more than one way")]
pub struct AmbiguousPath;

/// Refuses a path of which some reader behind might see another one than is written: one with empty
/// or dotted segments, parameters after a semicolon, a backslash, an escape of a character that
/// separates, ends or navigates, or that needs no escape (RFC 3986 §2.3, §3.3, §6.2.2), escapes that
/// are not UTF-8 (some read an overlong dot as a dot), or a segment that ends in what file systems
/// drop, a dot or a blank. What is left is judged as it stands and handed on as it stands.
pub fn check_path(path: &str) -> Result<(), AmbiguousPath> {
    let inner = path.strip_prefix('/').ok_or(AmbiguousPath)?;
    let inner = inner.strip_suffix('/').unwrap_or(inner);
    let plain = path.bytes().all(is_plain) && escapes(path).all(is_harmless);
    let segments = path == "/" || inner.split('/').all(is_one);
    let text = percent_decode_str(path).decode_utf8().is_ok();
    if plain && segments && text { Ok(()) } else { Err(AmbiguousPath) }
}

/// Whether a segment stands for itself.
fn is_one(segment: &str) -> bool {
    !segment.is_empty() && !segment.ends_with('.') && !segment.ends_with("%20")
}

/// The characters of a path (RFC 3986 §3.3), without the semicolon.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,=:@".contains(&byte)
}

/// Whether an escape hides nothing: it is whole, and of a character that could not stand there.
fn is_harmless(escaped: Option<u8>) -> bool {
    match escaped {
        None => false,
        Some(byte) => {
            byte >= 0x80 || b" \"<>[]^`{|}".contains(&byte) || b"!$&'()*+,=:@".contains(&byte)
        }
    }
}

/// The bytes that escapes stand for; `None` for a `%` that starts none.
fn escapes(path: &str) -> impl Iterator<Item = Option<u8>> + '_ {
    path.split('%').skip(1).map(|rest| {
        let digits = rest.get(..2).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())
    })
}
