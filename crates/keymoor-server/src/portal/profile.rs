//! Account Settings: the Profile page, and what keeps the account safe.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use keymoor_core::ticket::Ticket;
use keymoor_store::{Page, Passkey, Renewal, SecondFactors, StoreError};

use super::{
    SignedIn,
    cookies::Jar,
    form::Form,
    frame::{Frame, page, page_after, sentence},
    passkeys,
    sign_in::{Checked, Refused, blocked, check},
    times::When,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    random,
};

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    frame: Frame,
    email: String,
    id: String,
    created: When,
    tokens: i64,
    factors: SecondFactors,
}

/// `GET /account`
pub(super) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    let account = &signed_in.account;
    let none = Page { limit: 0, offset: 0 };
    let (_, tokens) = app.store.find_api_tokens(account.id, "", false, none).await?;
    page(&ProfilePage {
        frame: signed_in.frame(&app, "profile"),
        email: account.email.as_str().to_owned(),
        id: account.id.to_string(),
        created: When::new(account.created_at, app.now()),
        tokens,
        factors: app.store.second_factors(account.id).await?,
    })
}

/// A passkey in the list.
struct PasskeyRow {
    id: String,
    label: String,
    created: When,
    used: Option<When>,
}

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage {
    frame: Frame,
    factors: SecondFactors,
    app_since: Option<When>,
    passkeys: Vec<PasskeyRow>,
    can_add_passkeys: bool,
    problem: Option<String>,
    changed: bool,
}

/// `GET /account/security`
pub(super) async fn security(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    page(&security_page(&app, &signed_in, None, false).await?)
}

async fn security_page(
    app: &App,
    signed_in: &SignedIn,
    problem: Option<String>,
    changed: bool,
) -> Result<SecurityPage, Failure> {
    let (account, now) = (signed_in.account.id, app.now());
    let totp = app.store.totp(account).await?;
    let passkeys = app.store.passkeys(account).await?;
    let row = |passkey: Passkey| PasskeyRow {
        id: passkey.id,
        label: passkey.label.as_str().to_owned(),
        created: When::new(passkey.created_at, now),
        used: passkey.last_used_at.map(|at| When::new(at, now)),
    };
    Ok(SecurityPage {
        frame: signed_in.frame(app, "security"),
        factors: app.store.second_factors(account).await?,
        app_since: totp.map(|totp| When::new(totp.created_at, now)),
        passkeys: passkeys.into_iter().map(row).collect(),
        can_add_passkeys: passkeys::can_be_used(app),
        problem,
        changed,
    })
}

/// `POST /account/security/password`: the current one is needed, however recent the sign-in is.
/// Every other session ends.
pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    mut signed_in: SignedIn,
    form: Form,
) -> Answer {
    let (status, problem, wait) = match change(&app, &signed_in, &form).await? {
        Ok(ticket) => {
            signed_in.renew(ticket);
            let mut response = page(&security_page(&app, &signed_in, None, true).await?)?;
            Jar::Session.keep(response.headers_mut(), &signed_in.ticket);
            return Ok(response);
        }
        Err(refused) => refused,
    };
    page_after(wait, status, &security_page(&app, &signed_in, Some(problem), false).await?)
}

async fn change(
    app: &Arc<App>,
    signed_in: &SignedIn,
    form: &Form,
) -> Result<Result<Ticket, Refused>, Failure> {
    const WRONG: &str = "The current password is not right.";
    let refused = |text: &str| Ok(Err((StatusCode::UNPROCESSABLE_ENTITY, text.to_owned(), None)));
    let account = &signed_in.account;
    if form.text("password") != form.text("again") {
        return refused("The new password is not the same both times.");
    }
    let facts =
        match check(app, &signed_in.attempt(), &account.email, form.secret("current")).await? {
            Checked::Right(facts) => facts,
            Checked::Wrong(_) => return refused(WRONG),
            Checked::Blocked(until) => return Ok(Err(blocked(app, until))),
        };
    let ticket = Ticket::generate(random());
    let keep = Renewal { from: signed_in.ticket.digest(), to: ticket.digest() };
    let (password, from) = (form.secret("password"), signed_in.address);
    match app.change_password(account.id, facts.credentials, password, keep, from).await {
        Ok(()) => Ok(Ok(ticket)),
        Err(OperationError::Invalid { field, problem }) => refused(&sentence(field, &problem)),
        // It was changed by somebody else since it was looked at.
        Err(OperationError::Store(StoreError::Conflict(_))) => refused(WRONG),
        Err(other) => Err(other.into()),
    }
}

/// Back to the page that shows what keeps the account safe.
pub(super) fn back() -> Response {
    Redirect::to("/account/security").into_response()
}
