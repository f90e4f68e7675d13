//! Passkeys (`WebAuthn` level 2) as a second factor.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use keymoor_core::{AccountId, name::Label};
use webauthn_rs::prelude::{
    CredentialID, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, Webauthn, WebauthnBuilder,
};

use super::{
    SignedIn, factors,
    form::Form,
    frame::{Frame, page, page_with},
    local::host_of,
    profile, recovery,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
};
use keymoor_store::{Passkey as Stored, StoreError};

#[derive(Template)]
#[template(path = "passkey.html")]
struct PasskeyPage<'p> {
    frame: Frame,
    /// What the browser asks the passkey, as JSON.
    options: String,
    /// What the answer is checked with, sealed for this account.
    sealed: String,
    label: &'p str,
    problem: Option<String>,
}

/// Whether passkeys can be used here: they belong to a host name, never to an address.
pub(super) fn can_be_used(app: &App) -> bool {
    relying_party(app).is_some()
}

fn relying_party(app: &App) -> Option<Webauthn> {
    let url = Url::parse(app.public_url()).ok()?;
    let host = host_of(app.public_url());
    url.domain()?;
    WebauthnBuilder::new(&host, &url).ok()?.rp_name("Keymoor").build().ok()
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    tracing::warn!(%error, "a passkey cannot be used");
    Failure::Internal
}

/// The passkeys of an account as the library knows them.
async fn passkeys(app: &App, account: AccountId) -> Result<Vec<Passkey>, Failure> {
    let stored = app.store.passkeys(account).await?;
    let read = |stored: &Stored| serde_json::from_str(&stored.credential);
    stored.iter().map(read).collect::<Result<_, _>>().map_err(|error| failed(&error))
}

/// `GET /account/security/passkey`
pub(super) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    signed_in.check_recent(&app, "/account/security/passkey")?;
    page(&new_page(&app, &signed_in, "", None).await?)
}

async fn new_page<'p>(
    app: &App,
    signed_in: &SignedIn,
    label: &'p str,
    problem: Option<&'static str>,
) -> Result<PasskeyPage<'p>, Failure> {
    let account = &signed_in.account;
    let party = relying_party(app).ok_or(Failure::NotFound)?;
    let known: Vec<CredentialID> =
        passkeys(app, account.id).await?.iter().map(|passkey| passkey.cred_id().clone()).collect();
    let user = Uuid::parse_str(&account.id.to_string()).map_err(|error| failed(&error))?;
    let name = account.email.as_str();
    let (options, state) = party
        .start_passkey_registration(user, name, name, Some(known))
        .map_err(|error| failed(&error))?;
    let state = serde_json::to_vec(&state).map_err(|error| failed(&error))?;
    Ok(PasskeyPage {
        frame: signed_in.frame(app, "security"),
        options: serde_json::to_string(&options).map_err(|error| failed(&error))?,
        sealed: factors::seal(app, &whose(account.id), &state),
        label,
        problem: problem.map(str::to_owned),
    })
}

fn whose(account: AccountId) -> String {
    format!("passkey {account}")
}

/// `POST /account/security/passkey`. The same answer twice is refused: its id is taken then.
pub(super) async fn add(State(app): State<Arc<App>>, signed_in: SignedIn, form: Form) -> Answer {
    signed_in.check_recent(&app, "/account/security/passkey")?;
    let (account, label) = (signed_in.account.id, form.text("label"));
    let state = factors::open(&app, &whose(account), form.text("sealed"))?;
    let problem = match (Label::parse(label), registered(&app, &state, form.text("answer"))) {
        (Err(_), _) => "The name must be 1 to 255 characters.",
        (_, None) => "The passkey was not accepted. Try again.",
        (Ok(label), Some(passkey)) => {
            let credential = serde_json::to_string(&passkey).map_err(|error| failed(&error))?;
            let stored = Stored {
                id: id(&passkey),
                label,
                credential,
                created_at: app.now(),
                last_used_at: None,
            };
            match app.add_passkey(account, stored, signed_in.author()).await {
                Ok(()) => return recovery::after_adding(&app, &signed_in).await,
                Err(OperationError::Store(StoreError::Conflict(why))) => {
                    tracing::debug!(why, "a passkey was refused");
                    "This passkey is registered already."
                }
                Err(other) => return Err(other.into()),
            }
        }
    };
    let page = new_page(&app, &signed_in, label, Some(problem)).await?;
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn registered(app: &App, state: &[u8], answer: &str) -> Option<Passkey> {
    let state: PasskeyRegistration = serde_json::from_slice(state).ok()?;
    let answer: RegisterPublicKeyCredential = serde_json::from_str(answer).ok()?;
    relying_party(app)?.finish_passkey_registration(&answer, &state).ok()
}

fn id(passkey: &Passkey) -> String {
    URL_SAFE_NO_PAD.encode(passkey.cred_id())
}

/// `POST /account/security/passkey/remove`
pub(super) async fn remove(State(app): State<Arc<App>>, signed_in: SignedIn, form: Form) -> Answer {
    signed_in.check_recent(&app, "/account/security")?;
    let id = form.text("passkey").to_owned();
    URL_SAFE_NO_PAD.decode(&id).map_err(|_| Failure::NotFound)?;
    app.remove_passkey(signed_in.account.id, id, signed_in.author()).await?;
    Ok(profile::back())
}

/// What to ask the passkeys of an account, as JSON for the browser, and what the answer is checked
/// with; `None` if it has none.
pub(super) async fn ask(
    app: &App,
    account: AccountId,
) -> Result<Option<(String, String)>, Failure> {
    let (Some(party), known) = (relying_party(app), passkeys(app, account).await?) else {
        return Ok(None);
    };
    if known.is_empty() {
        return Ok(None);
    }
    let (options, state) =
        party.start_passkey_authentication(&known).map_err(|error| failed(&error))?;
    let options = serde_json::to_string(&options).map_err(|error| failed(&error))?;
    let state = serde_json::to_string(&state).map_err(|error| failed(&error))?;
    Ok(Some((options, state)))
}

/// Whether `answer` is that of one of the account's passkeys to the question of `state`.
pub(super) async fn is_answer(
    app: &App,
    account: AccountId,
    state: &str,
    answer: &str,
) -> Result<bool, Failure> {
    let checked = || {
        let state: PasskeyAuthentication = serde_json::from_str(state).ok()?;
        let answer: PublicKeyCredential = serde_json::from_str(answer).ok()?;
        relying_party(app)?.finish_passkey_authentication(&answer, &state).ok()
    };
    let Some(result) = checked() else {
        return Ok(false);
    };
    let mut known = passkeys(app, account).await?;
    let used = known.iter_mut().find(|passkey| passkey.cred_id() == result.cred_id());
    let Some(passkey) = used else {
        return Ok(false);
    };
    passkey.update_credential(&result);
    let credential = serde_json::to_string(passkey).map_err(|error| failed(&error))?;
    app.store.use_passkey(&id(passkey), &credential, app.now()).await?;
    Ok(true)
}
