//! Recovery codes: each stands in for a second factor once.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use keymoor_core::AccountId;
use zeroize::Zeroizing;

use super::{
    SignedIn,
    frame::{Frame, page},
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::Author,
    random,
};

/// How many codes are made at once.
const CODES: usize = 10;
/// Letters and digits that nobody takes for another: 32 of them, 5 bits each.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a code, 80 bits.
const LENGTH: usize = 16;

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage {
    frame: Frame,
    codes: Vec<Zeroizing<String>>,
    /// The codes as a file, in a URL that needs no server.
    file: String,
}

/// `POST /account/security/recovery-codes`: shows new codes once; the old ones do nothing any more.
pub(super) async fn make(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    signed_in.check_recent(&app, "/account/security")?;
    let account = signed_in.account.id;
    if !app.store.second_factors(account).await?.is_any() {
        return Ok(Redirect::to("/account/security").into_response());
    }
    show_new(&app, &signed_in).await
}

/// A second factor was added: shows recovery codes, unless there are some.
pub(super) async fn after_adding(app: &Arc<App>, signed_in: &SignedIn) -> Answer {
    if app.store.second_factors(signed_in.account.id).await?.recovery_codes > 0 {
        return Ok(Redirect::to("/account/security").into_response());
    }
    show_new(app, signed_in).await
}

async fn show_new(app: &Arc<App>, signed_in: &SignedIn) -> Answer {
    let account = signed_in.account.id;
    let codes: Vec<Zeroizing<String>> = (0..CODES).map(|_| code(random())).collect();
    let digests = codes.iter().map(|code| digest(app, account, code)).collect();
    app.set_recovery_codes(account, digests, signed_in.author()).await?;
    let text =
        Zeroizing::new(codes.iter().map(|code| code.as_str()).collect::<Vec<_>>().join("\n"));
    let file = super::examples::data_url(&format!("Keymoor recovery codes\n\n{}\n", *text));
    page(&RecoveryCodesPage { frame: signed_in.frame(app, "security"), codes, file })
}

/// Spends a recovery code. Whether it was one of the account's.
pub(super) async fn spend(
    app: &App,
    account: AccountId,
    code: &str,
    by: Author,
) -> Result<bool, Failure> {
    if normal(code).len() != LENGTH {
        return Ok(false);
    }
    let digest = digest(app, account, code);
    Ok(app.store.spend_recovery_code(account, &digest, app.stamp(by)).await?)
}

/// In groups of four, as people read it.
fn code(random: [u8; LENGTH]) -> Zeroizing<String> {
    let mut code = Zeroizing::new(String::with_capacity(LENGTH + 3));
    for (place, byte) in random.iter().enumerate() {
        if place > 0 && place % 4 == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    code
}

/// What counts of what somebody typed.
fn normal(code: &str) -> Zeroizing<String> {
    let counts = |character: &char| character.is_ascii_alphanumeric();
    Zeroizing::new(code.chars().filter(counts).map(|c| c.to_ascii_lowercase()).collect())
}

/// 80 random bits under a key need no slow hash.
fn digest(app: &App, account: AccountId, code: &str) -> String {
    app.portal.mark("recovery code", &format!("{account} {}", *normal(code)))
}
