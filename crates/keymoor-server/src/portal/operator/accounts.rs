//! The accounts, for operators: invite, disable, reset a second factor, print a link.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use keymoor_core::AccountId;
use keymoor_store::{Account, AccountKind, AccountRow, SecondFactors, StoreError};

use super::super::{
    activity::{ListQuery, Pager},
    form::Form,
    frame::{Frame, page, page_with, sentence},
    mail::Letter,
    signed_in::OperatorIn,
    times::When,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::{OperationError, RESET_LIFE},
    resources::Segment,
};

struct Row {
    id: String,
    email: String,
    state: &'static str,
    operator: bool,
    tokens: i64,
    created: When,
    signed_in: Option<When>,
}

#[derive(Template)]
#[template(path = "operator_accounts.html")]
struct AccountsPage<'p> {
    frame: Frame,
    rows: Vec<Row>,
    query: String,
    pager: Pager,
    has_mail: bool,
    problem: Option<String>,
    email: &'p str,
}

/// A link that the operator hands on, or that mail did.
#[derive(Template)]
#[template(path = "operator_link.html")]
struct LinkPage {
    frame: Frame,
    email: String,
    url: String,
    mailed: bool,
    invited: bool,
}

/// `GET /operator/accounts`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    operator: OperatorIn,
    Query(query): Query<ListQuery>,
) -> Answer {
    page(&accounts_page(&app, &operator, &query, "", None).await?)
}

async fn accounts_page<'p>(
    app: &App,
    operator: &OperatorIn,
    query: &ListQuery,
    email: &'p str,
    problem: Option<String>,
) -> Result<AccountsPage<'p>, Failure> {
    let text = query.text();
    let (found, count) = app.store.find_accounts(&text, query.rows()).await?;
    let now = app.now();
    let row = |row: AccountRow| Row {
        id: row.account.id.to_string(),
        email: row.account.email.as_str().to_owned(),
        state: state(&row.account, row.has_password),
        operator: row.account.operator,
        tokens: row.api_tokens,
        created: When::new(row.account.created_at, now),
        signed_in: row.account.signed_in_at.map(|at| When::new(at, now)),
    };
    let rest: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("q", &text).finish();
    Ok(AccountsPage {
        frame: operator.0.frame(app, "accounts"),
        rows: found.into_iter().map(row).collect(),
        query: text,
        pager: Pager::new(query.page(), count, format!("&{rest}")),
        has_mail: app.mailer.is_some(),
        problem,
        email,
    })
}

fn state(account: &Account, has_password: bool) -> &'static str {
    match (account.disabled_at, account.kind, has_password) {
        (Some(_), ..) => "Disabled",
        (None, AccountKind::Service, _) => "Service account",
        (None, AccountKind::Person, true) => "Active",
        (None, AccountKind::Person, false) => "No password yet",
    }
}

/// `POST /operator/accounts`: makes an account and sends, or shows, its invitation.
pub(crate) async fn invite(
    State(app): State<Arc<App>>,
    operator: OperatorIn,
    form: Form,
) -> Answer {
    operator.0.check_recent(&app, "/operator/accounts")?;
    let email = form.text("email");
    let (status, problem) = match app.invite(email, operator.0.author()).await {
        Ok((id, url)) => return show_link(&app, &operator, id, url, true).await,
        Err(OperationError::Invalid { field, problem }) => {
            (StatusCode::UNPROCESSABLE_ENTITY, sentence(field, &problem))
        }
        Err(OperationError::Store(StoreError::Conflict(_))) => {
            let text = "There is an account with this e-mail address already.";
            (StatusCode::CONFLICT, text.to_owned())
        }
        Err(other) => return Err(other.into()),
    };
    let query = ListQuery::default();
    page_with(status, &accounts_page(&app, &operator, &query, email, Some(problem)).await?)
}

async fn show_link(
    app: &App,
    operator: &OperatorIn,
    id: AccountId,
    url: String,
    invited: bool,
) -> Answer {
    let email = account(app, id).await?.email;
    if let Some(mailer) = &app.mailer {
        let letter = if invited {
            Letter::invitation(app.public_url(), &url)
        } else {
            Letter::password_link(app.public_url(), &url)
        };
        mailer.send_soon(&email, letter);
    }
    page(&LinkPage {
        frame: operator.0.frame(app, "accounts"),
        email: email.as_str().to_owned(),
        url,
        mailed: app.mailer.is_some(),
        invited,
    })
}

async fn account(app: &App, id: AccountId) -> Result<Account, Failure> {
    app.store.account(id).await?.ok_or(Failure::NotFound)
}

#[derive(Template)]
#[template(path = "operator_account.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that the page shows or not")]
struct AccountPage {
    frame: Frame,
    id: String,
    email: String,
    state: &'static str,
    is_self: bool,
    is_person: bool,
    disabled: bool,
    operator: bool,
    created: When,
    signed_in: Option<When>,
    factors: SecondFactors,
}

/// `GET /operator/accounts/{uuid}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    operator: OperatorIn,
    Segment(id): Segment<AccountId>,
) -> Answer {
    let account = account(&app, id).await?;
    let has_password = app.store.password_hash(id).await?.is_some();
    let now = app.now();
    page(&AccountPage {
        frame: operator.0.frame(&app, "accounts"),
        id: id.to_string(),
        state: state(&account, has_password),
        is_self: id == operator.0.account.id,
        is_person: account.kind == AccountKind::Person,
        disabled: account.disabled_at.is_some(),
        operator: account.operator,
        created: When::new(account.created_at, now),
        signed_in: account.signed_in_at.map(|at| When::new(at, now)),
        email: account.email.as_str().to_owned(),
        factors: app.store.second_factors(id).await?,
    })
}

fn back(id: AccountId) -> Response {
    Redirect::to(&format!("/operator/accounts/{id}")).into_response()
}

/// `POST /operator/accounts/{uuid}/disable`
pub(crate) async fn disable(
    State(app): State<Arc<App>>,
    operator: OperatorIn,
    Segment(id): Segment<AccountId>,
) -> Answer {
    set_disabled(&app, &operator, id, true).await
}

/// `POST /operator/accounts/{uuid}/enable`
pub(crate) async fn enable(
    State(app): State<Arc<App>>,
    operator: OperatorIn,
    Segment(id): Segment<AccountId>,
) -> Answer {
    set_disabled(&app, &operator, id, false).await
}

async fn set_disabled(
    app: &Arc<App>,
    operator: &OperatorIn,
    id: AccountId,
    disabled: bool,
) -> Answer {
    operator.0.check_recent(app, &format!("/operator/accounts/{id}"))?;
    if id == operator.0.account.id {
        return Err(Failure::Forbidden("You cannot disable the account that you use."));
    }
    match app.set_account_disabled(id, disabled, operator.0.author()).await {
        // It is so already: somebody else was faster.
        Ok(()) | Err(OperationError::Store(StoreError::Conflict(_))) => Ok(back(id)),
        Err(error) => Err(error.into()),
    }
}

/// `POST /operator/accounts/{uuid}/reset-second-factor`
pub(crate) async fn reset(
    State(app): State<Arc<App>>,
    operator: OperatorIn,
    Segment(id): Segment<AccountId>,
) -> Answer {
    operator.0.check_recent(&app, &format!("/operator/accounts/{id}"))?;
    match app.reset_second_factors(id, operator.0.author()).await {
        Ok(()) | Err(OperationError::Store(StoreError::Conflict(_))) => Ok(back(id)),
        Err(error) => Err(error.into()),
    }
}

/// `POST /operator/accounts/{uuid}/link`: a link by which the owner chooses a password.
pub(crate) async fn link(
    State(app): State<Arc<App>>,
    operator: OperatorIn,
    Segment(id): Segment<AccountId>,
) -> Answer {
    operator.0.check_recent(&app, &format!("/operator/accounts/{id}"))?;
    let account = account(&app, id).await?;
    if account.kind != AccountKind::Person || account.disabled_at.is_some() {
        return Err(Failure::Forbidden("Nobody signs in to this account."));
    }
    let url = app.make_password_link(id, RESET_LIFE).await?;
    show_link(&app, &operator, id, url, false).await
}
