use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    ApiKey,
    facts::Limits,
    wire::listing::{Fields, Kind},
};
use keymoor_store::{ApiToken, Removal, StoreError};
use serde_json::{Value, json};

use super::{Bearer, Segment, account, body, private};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::{self, link},
    operations::{ApiTokenOrder, CreatedApiToken, OperationError},
    time::rfc3339,
};

/// The path of the list.
pub(crate) const PATH: &str = "/api/account/tokens";

const FIELDS: Fields = &[
    ("uuid", Kind::Text),
    ("label", Kind::Text),
    ("active", Kind::Flag),
    ("created_at", Kind::Time),
    ("last_used_at", Kind::Time),
    ("last_used_from", Kind::Text),
    ("expires_at", Kind::Time),
    ("created_by_token", Kind::Text),
    ("flags.active", Kind::Flag),
];

/// `GET /api/account/tokens`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    RawQuery(query): RawQuery,
) -> Answer {
    let wanted = hal::listing(query.as_deref(), FIELDS)?;
    let tokens = app.store.api_tokens(bearer.account()).await?;
    let items = tokens.iter().map(|token| token_resource(&app, token)).collect();
    Ok(private(StatusCode::OK, hal::list(&app, PATH, account::PATH, items, &wanted)))
}

/// `POST /api/account/tokens {label}`: the only answer that ever holds the secret.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    request: Request,
) -> Answer {
    if !app.settings.tokens_create_tokens {
        return Err(Failure::Forbidden(
            "The operator does not let access tokens create API tokens. Sign in to create one.",
        ));
    }
    let fields = body::of(request).await?;
    let order = ApiTokenOrder {
        account: bearer.account(),
        label: body::text(&fields, "label")?.to_owned(),
        limits: Limits::default(),
        parent: Some(bearer.api_key()),
        api_key: None,
    };
    let created = app.create_api_token(order, bearer.author()).await?;
    Ok(private(StatusCode::CREATED, created_resource(&app, &created)))
}

/// `GET /api/account/tokens/{uuid}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(key): Segment<ApiKey>,
) -> Answer {
    let token = app.store.api_token(bearer.account(), key).await?.ok_or(Failure::NotFound)?;
    Ok(private(StatusCode::OK, token_resource(&app, &token)))
}

/// `DELETE /api/account/tokens/{uuid}?tokenDeleteReason=…`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(key): Segment<ApiKey>,
    RawQuery(query): RawQuery,
) -> Answer {
    let reason = delete_reason(query.as_deref().unwrap_or_default());
    app.remove_api_token(bearer.account(), key, reason.as_deref(), bearer.author()).await.map_err(
        |error| match error {
            OperationError::Store(StoreError::Conflict(_)) => {
                Failure::Conflict("The access token has already been revoked.".to_owned())
            }
            other => other.into(),
        },
    )?;
    let links = json!({ "self": link(&app, &path(key)), "parent": link(&app, PATH) });
    let body = json!({ "message": "The access token has been revoked.", "_links": links });
    Ok(private(StatusCode::OK, body))
}

fn delete_reason(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, reason) = pairs.find(|(name, _)| name == "tokenDeleteReason")?;
    Some(reason.into_owned()).filter(|reason| !reason.is_empty())
}

fn path(key: ApiKey) -> String {
    format!("{PATH}/{key}")
}

fn token_resource(app: &App, token: &ApiToken) -> Value {
    let active = token.removal.is_none();
    json!({
        "uuid": token.api_key,
        "active": active,
        "label": token.label,
        "created_at": rfc3339(token.created_at),
        "last_used_at": token.last_use.map(|last| rfc3339(last.at)),
        "last_used_from": token.last_use.map(|last| last.address),
        "expires_at": token.limits.expires_at.map(rfc3339),
        "created_by_token": token.parent,
        "flags": { "active": active },
        "revocation": token.removal.as_ref().map(revocation),
        "_links": { "self": link(app, &path(token.api_key)), "parent": link(app, PATH) },
    })
}

fn revocation(removal: &Removal) -> Value {
    json!({ "revoked_at": rfc3339(removal.at), "revoked_by": removal.by, "reason": removal.reason })
}

/// The key and the secret under both names that clients know them by.
fn created_resource(app: &App, created: &CreatedApiToken) -> Value {
    let (key, secret) = (created.api_key, created.secret.expose());
    let this = link(app, &path(key));
    json!({
        "api_key": key,
        "api_secret": secret,
        "client_id": key,
        "client_secret": secret,
        "_links": { "self": this, "parent": link(app, PATH), "notification": this },
    })
}
