//! Passwords: which are taken, and how they are hashed without standing in the way of tokens.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use zeroize::Zeroizing;

use super::hashing::{Hashing, Place};
use crate::random;

/// How long a password may be, in bytes: long enough for any phrase, short enough to hash.
pub const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 8..=1024;
/// What an unknown account's password is compared with: the work is that of a known one's.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Too many passwords are being checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many sign-ins at the moment: try again in a few seconds")]
pub struct Busy;

/// Why a password is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// Too short or too long.
    #[error("must be 8 to 1024 bytes long")]
    Length,
    /// Among the first that somebody who guesses would try.
    #[error("is too easy to guess. {0}")]
    Guessable(String),
}

/// Hashes passwords, slowly on purpose, a few at a time.
pub(crate) struct Passwords(Hashing);

impl Passwords {
    /// Hashes on that many threads at once.
    pub(crate) fn new(threads: usize) -> Self {
        Self(Hashing::on(threads))
    }

    /// A place among those whose password is to be checked.
    pub(super) fn reserve(&self) -> Result<Place, Busy> {
        self.0.reserve()
    }

    /// The Argon2id hash of exactly these bytes, in PHC form.
    pub(crate) async fn hash(&self, password: Zeroizing<String>) -> Result<String, Busy> {
        self.0
            .run(self.reserve()?, move || {
                let hash =
                    Argon2::default().hash_password_with_salt(password.as_bytes(), &random::<16>());
                hash.expect("Argon2 hashes up to 4 GiB").to_string()
            })
            .await
    }

    /// Whether exactly these bytes are the password; without a hash the answer is no, at the same
    /// cost.
    pub(super) async fn is(
        &self,
        place: Place,
        password: Zeroizing<String>,
        hash: Option<String>,
    ) -> Result<bool, Busy> {
        let fits = password.len() <= *PASSWORD_BYTES.end();
        self.0
            .run(place, move || {
                let known = hash.is_some();
                let hash = hash.unwrap_or_else(|| DECOY.to_owned());
                let parsed = PasswordHash::new(&hash);
                let bytes = if fits { password.as_bytes() } else { b"" };
                let equal = parsed
                    .is_ok_and(|hash| Argon2::default().verify_password(bytes, &hash).is_ok());
                equal && known && fits
            })
            .await
    }

    /// How many passwords were taken to be hashed.
    pub(crate) fn begun(&self) -> u64 {
        self.0.begun()
    }

    /// How many passwords were hashed.
    pub(crate) fn done(&self) -> u64 {
        self.0.done()
    }
}

/// Whether a password may be chosen: by its length, and by how soon somebody who knows what people
/// choose, and this person's `words`, would have guessed it.
pub(crate) fn check(password: &str, words: &[&str]) -> Result<(), PasswordRefused> {
    if !PASSWORD_BYTES.contains(&password.len()) {
        return Err(PasswordRefused::Length);
    }
    let estimate = zxcvbn::zxcvbn(password, words);
    if estimate.score() >= zxcvbn::Score::Two {
        return Ok(());
    }
    let feedback = estimate.feedback();
    let warning = feedback.and_then(zxcvbn::feedback::Feedback::warning);
    let why = warning.map_or_else(|| "Add a word or two.".to_owned(), |why| why.to_string());
    Err(PasswordRefused::Guessable(why))
}
