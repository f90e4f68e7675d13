use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use keymoor_core::ApplicationId;
use keymoor_store::StoreError;

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{Frame, page, page_with, sentence},
    },
    PATH,
    draft::Draft,
    own, path,
    secret::SecretPage,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    random,
};

#[derive(Template)]
#[template(path = "application_new.html")]
struct NewPage {
    frame: Frame,
    draft: Draft,
    /// The id that the application will have, tied to this browser: a form that is sent twice
    /// registers one.
    id: String,
    tie: String,
    problem: Option<String>,
}

fn new_page(app: &App, signed_in: &SignedIn, draft: Draft, problem: Option<String>) -> NewPage {
    let id = ApplicationId::from_random(random()).to_string();
    let tie = signed_in.browser.tie(app, &id);
    NewPage { frame: signed_in.frame(app, "applications"), draft, id, tie, problem }
}

/// `GET /account/applications/new`
pub(in super::super) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    signed_in.check_recent(&app, &format!("{PATH}/new"))?;
    let own = app.store.organizations_of(signed_in.account.id).await?;
    page(&new_page(&app, &signed_in, Draft::empty(&own), None))
}

/// `POST /account/applications/new`: the answer is the one page that shows the secret, if it has one.
pub(in super::super) async fn create(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    form: Form,
) -> Answer {
    signed_in.check_recent(&app, &format!("{PATH}/new"))?;
    if !signed_in.browser.is_tied(&app, form.text("id"), form.text("tie")) {
        return Err(Failure::ForeignForm);
    }
    let id = ApplicationId::parse(form.text("id")).map_err(|_| Failure::ForeignForm)?;
    if app.store.application(id).await?.is_some() {
        return again(&app, &signed_in, id).await;
    }
    let (account, author) = (signed_in.account.id, signed_in.author());
    let draft = Draft::of_form(&form, &app.store.organizations_of(account).await?);
    let made = match draft.order() {
        Ok(order) => app.create_application(account, id, order, draft.confidential, author).await,
        Err(error) => Err(error),
    };
    let (status, problem) = match made {
        Ok(None) => return Ok(Redirect::to(&path(id)).into_response()),
        Ok(Some(secret)) => {
            let name = draft.name.trim().to_owned();
            return page(&SecretPage::new(&app, &signed_in, id, name, false, Some(&secret)));
        }
        Err(OperationError::Invalid { field, problem }) => {
            (StatusCode::UNPROCESSABLE_ENTITY, sentence(field, &problem))
        }
        Err(OperationError::Store(StoreError::Conflict(why))) => {
            (StatusCode::CONFLICT, format!("{why}."))
        }
        Err(other) => return Err(other.into()),
    };
    page_with(status, &new_page(&app, &signed_in, draft, Some(problem)))
}

/// The same form came once more.
async fn again(app: &App, signed_in: &SignedIn, id: ApplicationId) -> Answer {
    let found = own(app, signed_in, id).await?;
    if found.facts.secret.is_none() {
        return Ok(Redirect::to(&path(id)).into_response());
    }
    let name = found.name.as_str().to_owned();
    page(&SecretPage::new(app, signed_in, id, name, false, None))
}
