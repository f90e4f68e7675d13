use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use keymoor_core::{ApplicationId, SecretId};
use keymoor_store::Application;
use serde::Deserialize;

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{Frame, page, page_with, sentence},
        times::When,
    },
    PATH,
    draft::Draft,
    kind, own, path,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    random,
    resources::Segment,
};

/// What the page says that was done.
#[derive(Default, Deserialize)]
pub(in super::super) struct Done {
    #[serde(default)]
    changed: String,
}

#[derive(Template)]
#[template(path = "application.html")]
struct OnePage {
    frame: Frame,
    id: String,
    name: String,
    kind: &'static str,
    confidential: bool,
    created: When,
    issuer: String,
    draft: Draft,
    changed: bool,
    /// The id of the secret that the form makes, tied to this browser.
    secret: String,
    tie: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "application_remove.html")]
struct RemovePage {
    frame: Frame,
    id: String,
    name: String,
}

fn one_page(
    app: &App,
    signed_in: &SignedIn,
    application: &Application,
    draft: Draft,
    problem: Option<String>,
) -> OnePage {
    let secret = SecretId::from_random(random()).to_string();
    OnePage {
        frame: signed_in.frame(app, "applications"),
        id: application.facts.id.to_string(),
        name: application.name.as_str().to_owned(),
        kind: kind(application),
        confidential: application.facts.secret.is_some(),
        created: When::new(application.created_at, app.now()),
        issuer: app.settings.public_url.clone(),
        draft,
        changed: false,
        tie: signed_in.browser.tie(app, &secret),
        secret,
        problem,
    }
}

/// `GET /account/applications/{application}`
pub(in super::super) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<ApplicationId>,
    Query(done): Query<Done>,
) -> Answer {
    let application = own(&app, &signed_in, id).await?;
    let organizations = app.store.organizations_of(signed_in.account.id).await?;
    let draft = Draft::of_application(&application, &organizations);
    let one = one_page(&app, &signed_in, &application, draft, None);
    page(&OnePage { changed: !done.changed.is_empty(), ..one })
}

/// `POST /account/applications/{application}`
pub(in super::super) async fn change(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<ApplicationId>,
    form: Form,
) -> Answer {
    signed_in.check_recent(&app, &path(id))?;
    let application = own(&app, &signed_in, id).await?;
    let (account, author) = (signed_in.account.id, signed_in.author());
    let draft = Draft::of_form(&form, &app.store.organizations_of(account).await?);
    let changed = match draft.order() {
        Ok(order) => app.change_application(account, id, order, author).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(()) => Ok(Redirect::to(&format!("{}?changed=yes", path(id))).into_response()),
        Err(OperationError::Invalid { field, problem }) => {
            let problem = Some(sentence(field, &problem));
            let one = one_page(&app, &signed_in, &application, draft, problem);
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &one)
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /account/applications/{application}/remove`
pub(in super::super) async fn show_remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<ApplicationId>,
) -> Answer {
    let name = own(&app, &signed_in, id).await?.name.as_str().to_owned();
    page(&RemovePage { frame: signed_in.frame(&app, "applications"), id: id.to_string(), name })
}

/// `POST /account/applications/{application}/remove`
pub(in super::super) async fn remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<ApplicationId>,
) -> Answer {
    own(&app, &signed_in, id).await?;
    let removed = app.remove_application(signed_in.account.id, id, None, signed_in.author()).await;
    removed.map_err(Failure::from)?;
    Ok(Redirect::to(PATH).into_response())
}
