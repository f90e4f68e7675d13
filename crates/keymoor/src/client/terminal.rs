//! What the command may do with the terminal: prompts, colour, a sign of life.

use std::io::{IsTerminal, stderr, stdin, stdout};

/// What stdout is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) terminal: bool,
    pub(crate) colour: bool,
}

impl Look {
    /// Colour on a terminal only, and not where `NO_COLOR` (no-color.org) or a dumb terminal says no.
    pub(crate) fn of_stdout() -> Self {
        let terminal = stdout().is_terminal();
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self { terminal, colour: terminal && !refused && !dumb }
    }
}

/// Whether somebody is there to answer a question.
pub(crate) fn can_ask() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Whether somebody watches stderr.
pub(crate) fn is_watched() -> bool {
    stderr().is_terminal()
}
