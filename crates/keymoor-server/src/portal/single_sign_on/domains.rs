//! The domains of an organization, and whether who comes from them gets an account.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use keymoor_core::{OrganizationId, domain::Domain};
use keymoor_store::{OrganizationDomain, StoreError, VerifiedBy};

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{Frame, page_with, sentence},
        times::When,
    },
    Settings,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::{OperationError, record_text},
    resources::Segment,
};

struct Row {
    name: String,
    record: String,
    text: String,
    verified: Option<When>,
    by_operator: bool,
}

impl Row {
    fn of(app: &App, domain: &OrganizationDomain) -> Self {
        Self {
            name: domain.name.as_str().to_owned(),
            record: domain.name.record(),
            text: record_text(domain),
            verified: domain.verified.map(|(at, _)| When::new(at, app.now())),
            by_operator: domain.verified.is_some_and(|(_, by)| by == VerifiedBy::Operator),
        }
    }
}

#[derive(Template)]
#[template(path = "organization_domains.html")]
struct DomainsPage<'p> {
    frame: Frame,
    id: String,
    name: String,
    draft: &'p str,
    rows: Vec<Row>,
    makes: bool,
    enabled: bool,
    problem: Option<String>,
}

fn path(id: OrganizationId) -> String {
    format!("/organizations/{id}/domains")
}

async fn page(
    app: &App,
    signed_in: &SignedIn,
    settings: &Settings,
    draft: &str,
    refused: Option<(StatusCode, String)>,
) -> Answer {
    let id = settings.organization.id;
    let (status, problem) = match refused {
        Some((status, problem)) => (status, Some(problem)),
        None => (StatusCode::OK, None),
    };
    let domains = app.store.domains(id).await?;
    let page = DomainsPage {
        frame: signed_in.frame(app, "organizations"),
        id: id.to_string(),
        name: settings.organization.name.as_str().to_owned(),
        draft,
        rows: domains.iter().map(|domain| Row::of(app, domain)).collect(),
        makes: app.store.makes_accounts(id).await?,
        enabled: settings.is_enabled(),
        problem,
    };
    page_with(status, &page)
}

/// `GET /organizations/{uuid}/domains`
pub(in super::super) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let settings = Settings::at(&app, &signed_in, id, &path(id)).await?;
    page(&app, &signed_in, &settings, "", None).await
}

/// The page again, with why something was not done.
async fn answer(
    app: &Arc<App>,
    signed_in: &SignedIn,
    settings: &Settings,
    draft: &str,
    outcome: Result<(), OperationError>,
) -> Answer {
    let refused = match outcome {
        Ok(()) => {
            return Ok(Redirect::to(&path(settings.organization.id)).into_response());
        }
        Err(OperationError::Invalid { field, problem }) => {
            (StatusCode::UNPROCESSABLE_ENTITY, sentence(field, &problem))
        }
        Err(OperationError::Store(StoreError::Conflict(why))) => {
            (StatusCode::CONFLICT, sentence("", &capital(why)))
        }
        Err(other) => return Err(other.into()),
    };
    page(app, signed_in, settings, draft, Some(refused)).await
}

pub(super) fn capital(why: &str) -> String {
    let mut characters = why.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}

/// `POST /organizations/{uuid}/domains`
pub(in super::super) async fn add(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let settings = Settings::at(&app, &signed_in, id, &path(id)).await?;
    let seat = settings.seat(&app, &signed_in).await?;
    let draft = form.text("domain");
    let outcome = app.add_domain(&seat, draft, signed_in.author()).await.map(drop);
    answer(&app, &signed_in, &settings, draft, outcome).await
}

fn named(form: &Form) -> Result<Domain, Failure> {
    Domain::parse(form.text("domain")).map_err(|_| Failure::NotFound)
}

/// `POST …/domains/check`: looks for the record.
pub(in super::super) async fn check(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let settings = Settings::at(&app, &signed_in, id, &path(id)).await?;
    let seat = settings.seat(&app, &signed_in).await?;
    let outcome = app.check_domain(&seat, &named(&form)?, signed_in.author()).await;
    answer(&app, &signed_in, &settings, "", outcome).await
}

/// `POST …/domains/remove`
pub(in super::super) async fn remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let settings = Settings::at(&app, &signed_in, id, &path(id)).await?;
    let seat = settings.seat(&app, &signed_in).await?;
    let outcome = app.remove_domain(&seat, named(&form)?, signed_in.author()).await;
    answer(&app, &signed_in, &settings, "", outcome).await
}

/// `POST …/domains/accounts`: whether newcomers get an account.
pub(in super::super) async fn accounts(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let settings = Settings::at(&app, &signed_in, id, &path(id)).await?;
    let seat = settings.seat(&app, &signed_in).await?;
    let makes = form.has("makes");
    if app.store.makes_accounts(id).await? != makes {
        app.set_makes_accounts(&seat, makes, signed_in.author()).await?;
    }
    Ok(Redirect::to(&path(id)).into_response())
}
