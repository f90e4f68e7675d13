//! What a stranger wrote, made fit to be shown.

use std::fmt;

/// At most 120 characters of somebody's text; what could disturb a line of a log or a page of text
/// (control characters, changes of direction) is replaced.
#[derive(Clone, PartialEq, Eq)]
pub struct Quoted(String);

const MAX_CHARS: usize = 120;

impl Quoted {
    /// Quotes `text`.
    pub fn new(text: &str) -> Self {
        let mut shown: String = text.chars().take(MAX_CHARS).map(plain).collect();
        if text.chars().nth(MAX_CHARS).is_some() {
            shown.push('…');
        }
        Self(shown)
    }
}

fn plain(character: char) -> char {
    let turns = matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}');
    if character.is_control() || turns { '\u{FFFD}' } else { character }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”", self.0)
    }
}

impl fmt::Debug for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}
