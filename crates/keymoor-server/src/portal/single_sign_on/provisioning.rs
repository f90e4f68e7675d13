//! How the organization's provider provisions its members.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use keymoor_core::{OrganizationId, SecretId, scim::Filter};
use keymoor_store::{Page, ScimSecret, StoreError};

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{Frame, page as whole, page_with, sentence},
        times::When,
    },
    Settings,
    domains::capital,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    random,
    resources::Segment,
    scim,
};

struct Row {
    id: String,
    label: String,
    created: When,
    used: Option<(When, String)>,
}

impl Row {
    fn of(app: &App, secret: &ScimSecret) -> Self {
        let now = app.now();
        let used = secret.last_use.map(|last| (When::new(last.at, now), last.address.to_string()));
        Self {
            id: secret.secret.id.to_string(),
            label: secret.label.as_str().to_owned(),
            created: When::new(secret.created_at, now),
            used,
        }
    }
}

#[derive(Template)]
#[template(path = "organization_provisioning.html")]
struct ProvisioningPage {
    frame: Frame,
    id: String,
    name: String,
    base: String,
    /// The id of the secret that the form makes, tied to this browser: sent again, it makes no other.
    secret: String,
    tie: String,
    rows: Vec<Row>,
    users: i64,
    unbound: i64,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "organization_secret.html")]
struct SecretPage<'p> {
    frame: Frame,
    id: String,
    name: String,
    base: String,
    secret: &'p str,
}

fn path(id: OrganizationId) -> String {
    format!("/organizations/{id}/provisioning")
}

/// `GET /organizations/{uuid}/provisioning`
pub(in super::super) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let settings = Settings::at(&app, &signed_in, id, &path(id)).await?;
    page(&app, &signed_in, &settings, None).await
}

async fn page(
    app: &App,
    signed_in: &SignedIn,
    settings: &Settings,
    refused: Option<(StatusCode, String)>,
) -> Answer {
    let id = settings.organization.id;
    let (status, problem) = match refused {
        Some((status, problem)) => (status, Some(problem)),
        None => (StatusCode::OK, None),
    };
    let fresh = SecretId::from_random(random()).to_string();
    let none = Page { limit: 0, offset: 0 };
    let (_, users) = app.store.scim_users(id, &Filter::default(), none).await?;
    let secrets = app.store.scim_secrets(id).await?;
    let page = ProvisioningPage {
        frame: signed_in.frame(app, "organizations"),
        id: id.to_string(),
        name: settings.organization.name.as_str().to_owned(),
        base: scim::base(app, id),
        tie: signed_in.browser.tie(app, &fresh),
        secret: fresh,
        rows: secrets.iter().map(|secret| Row::of(app, secret)).collect(),
        users,
        unbound: app.store.scim_users_unbound(id).await?,
        problem,
    };
    page_with(status, &page)
}

/// `POST /organizations/{uuid}/provisioning`: makes a secret; the answer is the one page that shows it.
pub(in super::super) async fn add(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let settings = Settings::at(&app, &signed_in, id, &path(id)).await?;
    let seat = settings.seat(&app, &signed_in).await?;
    // The id that the page showed, and no other.
    let tied = signed_in.browser.is_tied(&app, form.text("secret"), form.text("tie"));
    let fresh = SecretId::parse(form.text("secret")).ok().filter(|_| tied);
    let label = form.text("label");
    let made = app.add_scim_secret(&seat, fresh, label, signed_in.author()).await;
    let refused = match made {
        Ok((_, secret)) => {
            return whole(&SecretPage {
                frame: signed_in.frame(&app, "organizations"),
                id: id.to_string(),
                name: settings.organization.name.as_str().to_owned(),
                base: scim::base(&app, id),
                secret: secret.expose(),
            });
        }
        Err(OperationError::Invalid { field, problem }) => {
            (StatusCode::UNPROCESSABLE_ENTITY, sentence(field, &problem))
        }
        Err(OperationError::Store(StoreError::Conflict(why))) => {
            (StatusCode::CONFLICT, sentence("", &capital(why)))
        }
        Err(other) => return Err(other.into()),
    };
    page(&app, &signed_in, &settings, Some(refused)).await
}

/// `POST …/provisioning/remove`
pub(in super::super) async fn remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let settings = Settings::at(&app, &signed_in, id, &path(id)).await?;
    let seat = settings.seat(&app, &signed_in).await?;
    let secret = SecretId::parse(form.text("secret")).map_err(|_| Failure::NotFound)?;
    app.remove_scim_secret(&seat, secret, signed_in.author()).await?;
    Ok(Redirect::to(&path(id)).into_response())
}
