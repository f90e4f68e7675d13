//! The secrets by which an organization's provider provisions its members.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    OrganizationId, SecretId,
    permission::Action,
    wire::listing::{Fields, Kind},
};
use keymoor_store::ScimSecret;
use serde_json::{Value, json};

use super::{Bearer, Segment, Segments, api_tokens, body, organizations, private};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::{self, done, link},
    scim,
    time::rfc3339,
};

const FIELDS: Fields = &[
    ("uuid", Kind::Text),
    ("label", Kind::Text),
    ("created_at", Kind::Time),
    ("last_used_at", Kind::Time),
];

/// `GET /api/organizations/{uuid}/scim-secrets`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    RawQuery(query): RawQuery,
) -> Answer {
    bearer.inside(&app, id).await?.standing.may(Action::SetUpSignIn)?;
    let wanted = hal::listing(query.as_deref(), FIELDS)?;
    let found = app.store.scim_secrets(id).await?;
    let items = found.iter().map(|secret| resource(&app, secret)).collect();
    let parent = organizations::path(id);
    Ok(private(StatusCode::OK, hal::list(&app, &path(id), &parent, items, &wanted)))
}

/// `POST /api/organizations/{uuid}/scim-secrets`: the one answer that has the secret.
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let fields = body::of(request).await?;
    seat.standing.may(Action::SetUpSignIn)?;
    check_lasting(&app, &bearer).await?;
    let label = body::text(&fields, "label")?;
    let (made, secret) = app.add_scim_secret(&seat, None, label, bearer.author()).await?;
    let answer = json!({
        "uuid": made,
        "secret": secret.expose(),
        "base_url": scim::base(&app, id),
        "_links": links(&app, id, made),
    });
    Ok(private(StatusCode::CREATED, answer))
}

/// A secret for provisioning ends on no day and is taken from every address, so what is limited in
/// either way makes none.
async fn check_lasting(app: &App, bearer: &Bearer) -> Result<(), Failure> {
    api_tokens::check_allowed(app, bearer)?;
    let limits = bearer.limits(app).await?;
    if limits.expires_at.is_some() || limits.address_ranges.is_some() {
        return Err(Failure::Forbidden(
            "The API token expires or is limited to some addresses, and a secret for provisioning is \
             not. Use an API token without these limits, or sign in and add the secret there.",
        ));
    }
    Ok(())
}

/// `DELETE /api/organizations/{uuid}/scim-secrets/{secret}`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(id, secret): Segments<OrganizationId, SecretId>,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    app.remove_scim_secret(&seat, secret, bearer.author()).await?;
    let this = format!("{}/{secret}", path(id));
    Ok(private(StatusCode::OK, done(&app, "The secret has been removed.", &this, &path(id))))
}

fn path(id: OrganizationId) -> String {
    format!("{}/scim-secrets", organizations::path(id))
}

fn links(app: &App, id: OrganizationId, secret: SecretId) -> Value {
    json!({ "self": link(app, &format!("{}/{secret}", path(id))), "parent": link(app, &path(id)) })
}

fn resource(app: &App, found: &ScimSecret) -> Value {
    json!({
        "uuid": found.secret.id,
        "label": found.label,
        "created_at": rfc3339(found.created_at),
        "last_used_at": found.last_use.map(|last| rfc3339(last.at)),
        "last_used_address": found.last_use.map(|last| last.address.to_string()),
        "_links": links(app, found.organization, found.secret.id),
    })
}
