//! The code that somebody types to let a device in (RFC 8628 §6.1).

use std::fmt;

/// 8 letters without vowels, so that no word comes out of them by chance: 34 bits, for ten minutes
/// and few attempts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UserCode(String);

const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LENGTH: usize = 8;

impl UserCode {
    /// A code from 16 bytes of a CSPRNG; they are so many that each code is as likely as another.
    pub fn from_random(random: [u8; 16]) -> Self {
        let mut rest = u128::from_be_bytes(random);
        let mut letter = || {
            let at = usize::try_from(rest % 20).unwrap_or_default();
            rest /= 20;
            char::from(ALPHABET[at])
        };
        Self((0..LENGTH).map(|_| letter()).collect())
    }

    /// Reads what somebody typed: in either case, with blanks and dashes wherever they like.
    pub fn parse(text: &str) -> Option<Self> {
        let skipped = |c: &char| !matches!(c, ' ' | '-' | '\u{2010}'..='\u{2015}');
        let letters: String =
            text.trim().chars().filter(skipped).take(LENGTH + 1).collect::<String>();
        let letters = letters.to_ascii_uppercase();
        let fits = letters.len() == LENGTH && letters.bytes().all(|b| ALPHABET.contains(&b));
        fits.then_some(Self(letters))
    }

    /// The letters alone, by which it is found.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.0.split_at(LENGTH / 2);
        write!(f, "{first}-{second}")
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode([redacted])")
    }
}
