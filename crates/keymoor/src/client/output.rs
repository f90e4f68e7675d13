use std::io::{ErrorKind, Write, stdout};

use serde_json::Value;

use super::{
    failure::Failure,
    render::{self, Output},
    terminal::Look,
};

/// Writes to stdout. A reader who left early, as `head` does, is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// Writes what cannot be had again: a reader who left is a failure here.
pub(crate) fn once(text: &str) -> Result<(), Failure> {
    let mut out = stdout().lock();
    Ok(out.write_all(text.as_bytes()).and_then(|()| out.flush())?)
}

/// The same, for a body that need not be text.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The same for one line of many; whether there is still somebody who reads them.
pub(crate) fn as_it_comes(line: &str) -> Result<bool, Failure> {
    let shown = if Look::of_stdout().terminal { cleaned(line) } else { line.to_owned() };
    let mut out = stdout().lock();
    match out.write_all(shown.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true)?),
    }
}

/// Prints text that a server had a hand in: on a terminal it cannot steer that.
pub(crate) fn foreign(text: &str) -> Result<(), Failure> {
    if !Look::of_stdout().terminal {
        return print(text);
    }
    print(&cleaned(text))
}

/// Line by line, with every control character shown as what it is.
pub(crate) fn cleaned(text: &str) -> String {
    text.split('\n').map(render::cell::plain).collect::<Vec<_>>().join("\n")
}

/// JSON escapes the control characters below U+0020 alone, and colours are made of those: here go the
/// rest, U+009B above all, which begins a command to the terminal as `ESC [` does.
fn without_c1(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if ('\u{7f}'..='\u{9f}').contains(&character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Prints a value in the form that was asked for, or in the one that fits.
pub(crate) fn value(value: &Value, output: Option<Output>) -> Result<(), Failure> {
    let text = render::text(value, output, Look::of_stdout());
    match output {
        Some(Output::Csv) => foreign(&text),
        _ if Look::of_stdout().terminal => print(&without_c1(&text)),
        _ => print(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::{cleaned, without_c1};

    #[test]
    fn s97_a_servers_words_cannot_steer_the_terminal() {
        assert_eq!(cleaned("a\u{1b}[2J\nb\u{9b}2J"), "a\\u{1b}[2J\nb\\u{9b}2J");
        assert_eq!(without_c1("\u{1b}[1m\u{9b}2J"), "\u{1b}[1m\\u{9b}2J");
    }
}
