use std::{
    fmt::Display,
    io::{Write, stdout},
};

/// Prints a line. A reader who left early, as `head` does, is no reason to stop.
pub(crate) fn say(line: impl Display) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
