//! Questions to whoever sits at the terminal.

use std::io::{Read, Write, stderr, stdin};

use zeroize::Zeroizing;

use crate::client::failure::{Failure, Reason};

/// The most bytes of a secret on standard input.
const MOST: u64 = 64 * 1024;

/// A line, without the blanks around it.
pub(super) fn line(question: &str) -> Result<String, Failure> {
    eprint!("{question}");
    stderr().flush()?;
    let mut answer = String::new();
    if stdin().read_line(&mut answer)? == 0 {
        return Err(Failure::new(Reason::Interrupted, "nothing was answered"));
    }
    Ok(answer.trim().to_owned())
}

/// Yes, unless the answer begins with an n.
pub(super) fn yes(question: &str) -> Result<bool, Failure> {
    Ok(!line(question)?.to_ascii_lowercase().starts_with('n'))
}

/// A line that the terminal does not show.
pub(super) fn secret(question: &str) -> Result<Zeroizing<String>, Failure> {
    eprint!("{question}");
    stderr().flush()?;
    rpassword::read_password().map(Zeroizing::new).map_err(|error| match error.kind() {
        std::io::ErrorKind::Interrupted => Failure::new(Reason::Interrupted, "interrupted"),
        _ => Failure::from(error),
    })
}

/// All of standard input.
pub(super) fn whole_input() -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    stdin().lock().take(MOST).read_to_string(&mut text)?;
    Ok(text)
}
