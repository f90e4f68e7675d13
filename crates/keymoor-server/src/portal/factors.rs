//! What a browser carries for the server while a second factor is being added: sealed, so that
//! nothing has to be kept.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keymoor_core::seal::{Purpose, Sealed};
use zeroize::Zeroizing;

use crate::{App, failure::Failure, random};

/// What is sealed for a form is not what is sealed in the database.
fn name(whose: &str) -> String {
    format!("form of {whose}")
}

/// Seals `plain` for a hidden field of a form of the account `whose`.
pub(super) fn seal(app: &App, whose: &str, plain: &[u8]) -> String {
    let sealed = app.master.seal(Purpose::Totp, &name(whose), random(), plain);
    URL_SAFE_NO_PAD.encode(sealed.0)
}

/// Opens it again.
pub(super) fn open(app: &App, whose: &str, field: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let bytes = URL_SAFE_NO_PAD.decode(field).map_err(|_| Failure::ForeignForm)?;
    app.master.open(Purpose::Totp, &name(whose), &Sealed(bytes)).map_err(|_| Failure::ForeignForm)
}
