//! Time-based codes of an authenticator app (RFC 6238): SHA-1, 6 digits, 30 seconds, which is what
//! every app knows.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use keymoor_core::{
    AccountId, UnixTime,
    seal::{Purpose, Sealed},
};
use qrcodegen::{QrCode, QrCodeEcc};
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

use super::{
    SignedIn,
    form::Form,
    frame::{Frame, page, page_with},
    recovery,
};
use crate::{
    App,
    failure::{Answer, Failure},
    random,
};

/// Seconds for which a code is shown.
const STEP: u64 = 30;
/// How many steps a clock may be off.
const SKEW: u16 = 1;

#[derive(Template)]
#[template(path = "app.html")]
struct AppPage {
    frame: Frame,
    /// The secret in base32, in groups, to be typed.
    secret: String,
    /// The secret sealed for this browser, for the form.
    sealed: String,
    url: String,
    qr: Qr,
    problem: Option<String>,
}

/// A QR code as one path.
struct Qr {
    size: i32,
    path: String,
}

/// `GET /account/security/app`
pub(super) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    signed_in.check_recent(&app, "/account/security/app")?;
    let secret = Zeroizing::new(random::<20>().to_vec());
    page(&new_page(&app, &signed_in, &secret, None)?)
}

fn new_page(
    app: &App,
    signed_in: &SignedIn,
    secret: &[u8],
    problem: Option<&'static str>,
) -> Result<AppPage, Failure> {
    let totp = totp(app, signed_in.account.email.as_str(), secret)?;
    let url = totp.to_url().map_err(|_| Failure::Internal)?;
    let base32 = totp.secret().to_base32();
    let groups: Vec<&str> =
        base32.as_bytes().chunks(4).filter_map(|four| std::str::from_utf8(four).ok()).collect();
    Ok(AppPage {
        frame: signed_in.frame(app, "security"),
        secret: groups.join(" "),
        sealed: super::factors::seal(app, &signed_in.account.id.to_string(), secret),
        qr: qr(&url).ok_or(Failure::Internal)?,
        url,
        problem: problem.map(str::to_owned),
    })
}

/// `POST /account/security/app`: a right code shows that the app has the secret.
pub(super) async fn add(State(app): State<Arc<App>>, signed_in: SignedIn, form: Form) -> Answer {
    signed_in.check_recent(&app, "/account/security/app")?;
    let account = signed_in.account.id;
    let secret = super::factors::open(&app, &account.to_string(), form.text("sealed"))?;
    let Some(step) = matching(&app, &secret, form.text("code"), app.now())? else {
        let problem = "This code is not right. Is the clock of your device right?";
        let page = new_page(&app, &signed_in, &secret, Some(problem))?;
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let name = account.to_string();
    let sealed = app.master.seal(Purpose::Totp, &name, random(), &secret);
    app.add_totp(account, sealed, step, signed_in.author()).await?;
    recovery::after_adding(&app, &signed_in).await
}

/// `POST /account/security/app/remove`
pub(super) async fn remove(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    signed_in.check_recent(&app, "/account/security")?;
    app.remove_totp(signed_in.account.id, signed_in.author()).await?;
    Ok(Redirect::to("/account/security").into_response())
}

/// Whether it is a code of the account's app that no code has come after. It is used up by that.
pub(super) async fn is_code(app: &App, account: AccountId, code: &str) -> Result<bool, Failure> {
    let Some(stored) = app.store.totp(account).await? else {
        return Ok(false);
    };
    let secret = open(app, account, &stored.sealed)?;
    match matching(app, &secret, code, app.now())? {
        Some(step) => Ok(app.store.use_totp_step(account, step).await?),
        None => Ok(false),
    }
}

fn open(app: &App, account: AccountId, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Failure> {
    app.master.open(Purpose::Totp, &account.to_string(), sealed).map_err(|_| {
        tracing::error!(%account, "the secret of an authenticator app does not open");
        Failure::Internal
    })
}

/// The library's view of a secret.
fn totp(app: &App, email: &str, secret: &[u8]) -> Result<Totp, Failure> {
    let issuer = format!("Keymoor ({})", super::local::host_of(app.public_url()).replace(':', " "));
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(STEP)
        .with_skew(SKEW)
        .with_secret(secret.to_vec())
        .with_account_name(email.replace(':', "_"))
        .with_issuer(Some(issuer))
        .build()
        .map_err(|error| {
            tracing::error!(%error, "an authenticator app cannot be set up");
            Failure::Internal
        })
}

/// The time step whose code it is, if it is one of now.
fn matching(app: &App, secret: &[u8], code: &str, now: UnixTime) -> Result<Option<i64>, Failure> {
    let digits: Zeroizing<String> =
        Zeroizing::new(code.chars().filter(|character| !character.is_whitespace()).collect());
    if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(None);
    }
    let time = u64::try_from(now.seconds()).map_err(|_| Failure::Internal)?;
    let step = totp(app, "somebody", secret)?.check(&digits, time);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The text as a QR code: dark modules as squares of one path, with the quiet zone of 4.
fn qr(text: &str) -> Option<Qr> {
    const QUIET: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|&x| code.get_module(x, y)) {
            use std::fmt::Write;
            write!(path, "M{} {}h1v1h-1z", x + QUIET, y + QUIET).ok()?;
        }
    }
    Some(Qr { size: code.size() + 2 * QUIET, path })
}
