//! API tokens of service accounts, and their secrets, for the organization's administrators.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    AccountId, ApiKey, OrganizationId, SecretId, UnixTime,
    facts::Limits,
    permission::Action,
    wire::listing::{Fields, Kind},
};
use keymoor_store::ApiSecretRecord;
use serde_json::{Map, Value, json};

use super::{
    Bearer, FourSegments, Segments, ThreeSegments, api_tokens, body, private, service_accounts,
};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::{self, done, link},
    operations::ApiTokenOrder,
    time::{parse_rfc3339, rfc3339},
};

const SECRET_FIELDS: Fields = &[
    ("uuid", Kind::Text),
    ("created_at", Kind::Time),
    ("closed_at", Kind::Time),
    ("last_used_at", Kind::Time),
    ("flags.active", Kind::Flag),
];

type Owner = Segments<OrganizationId, AccountId>;
type Token = ThreeSegments<OrganizationId, AccountId, ApiKey>;

fn list_path(organization: OrganizationId, id: AccountId) -> String {
    format!("{}/tokens", service_accounts::path(organization, id))
}

/// `GET /api/organizations/{uuid}/service-accounts/{user}/tokens`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(organization, id): Owner,
    RawQuery(query): RawQuery,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    app.service_account(&seat, id).await?;
    let wanted = hal::listing(query.as_deref(), api_tokens::FIELDS)?;
    let path = list_path(organization, id);
    let parent = service_accounts::path(organization, id);
    let list = api_tokens::List { account: id, path: &path, parent: &parent };
    let list = list.show(&app, &wanted, |_| true).await?;
    Ok(private(StatusCode::OK, list))
}

/// `POST /api/organizations/{uuid}/service-accounts/{user}/tokens {label, expires_at}`: the only
/// answer that ever holds the secret.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(organization, id): Owner,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    seat.standing.may(Action::ManageServiceAccounts)?;
    api_tokens::check_allowed(&app, &bearer)?;
    let account = app.service_account(&seat, id).await?.id;
    let fields = body::of(request).await?;
    let label = body::text(&fields, "label")?.to_owned();
    let limits = limits(&app, &bearer, &fields).await?;
    let asked_by = Some(bearer.api_key());
    let order = ApiTokenOrder { account, label, limits, parent: None, asked_by, api_key: None };
    let created = app.create_api_token(order, bearer.author()).await?;
    let path = list_path(organization, id);
    Ok(private(StatusCode::CREATED, api_tokens::created_resource(&app, &created, &path)))
}

/// No more than the API token that asks is limited to, which is another account's.
async fn limits(
    app: &App,
    bearer: &Bearer,
    fields: &Map<String, Value>,
) -> Result<Limits, Failure> {
    let theirs = bearer.limits(app).await?;
    let asked = expiry(app, fields)?;
    let expires_at = match (asked, theirs.expires_at) {
        (Some(asked), Some(end)) => Some(asked.min(end)),
        (asked, end) => asked.or(end),
    };
    Ok(Limits { expires_at, organizations: None, ..theirs })
}

fn expiry(app: &App, fields: &Map<String, Value>) -> Result<Option<UnixTime>, Failure> {
    let wrong = |problem: &str| Failure::Validation("expires_at", problem.to_owned());
    let expires_at = match fields.get("expires_at") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let read = value.as_str().and_then(parse_rfc3339);
            Some(read.ok_or_else(|| wrong("must be a time such as 2027-01-31T12:00:00Z"))?)
        }
    };
    if expires_at.is_some_and(|end| end <= app.now() || end > UnixTime::MAX) {
        return Err(wrong("must lie in the future"));
    }
    Ok(expires_at)
}

/// `GET /api/organizations/{uuid}/service-accounts/{user}/tokens/{token}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    ThreeSegments(organization, id, key): Token,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    let token = app.service_token(&seat, id, key).await?;
    let path = list_path(organization, id);
    Ok(private(StatusCode::OK, api_tokens::token_resource(&app, &token, &path)))
}

/// `PUT /api/organizations/{uuid}/service-accounts/{user}/tokens/{token} {label}`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    ThreeSegments(organization, id, key): Token,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    app.service_token(&seat, id, key).await?;
    let fields = body::of(request).await?;
    app.rename_api_token(id, key, body::text(&fields, "label")?, bearer.author()).await?;
    let path = list_path(organization, id);
    let message = "The access token has been renamed.";
    Ok(private(StatusCode::OK, done(&app, message, &format!("{path}/{key}"), &path)))
}

/// `DELETE /api/organizations/{uuid}/service-accounts/{user}/tokens/{token}`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    ThreeSegments(organization, id, key): Token,
    RawQuery(query): RawQuery,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    app.service_token(&seat, id, key).await?;
    let reason = api_tokens::delete_reason(query.as_deref().unwrap_or_default());
    let removed = app.remove_api_token(id, key, reason.as_deref(), bearer.author()).await;
    removed.map_err(api_tokens::removed_before)?;
    let path = list_path(organization, id);
    let this = format!("{path}/{key}");
    Ok(private(StatusCode::OK, done(&app, api_tokens::REMOVED, &this, &path)))
}

fn secrets_path(organization: OrganizationId, id: AccountId, key: ApiKey) -> String {
    format!("{}/{key}/secrets", list_path(organization, id))
}

/// `GET /api/organizations/{uuid}/service-accounts/{user}/tokens/{token}/secrets`
pub(crate) async fn secrets(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    ThreeSegments(organization, id, key): Token,
    RawQuery(query): RawQuery,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    app.service_token(&seat, id, key).await?;
    let wanted = hal::listing(query.as_deref(), SECRET_FIELDS)?;
    let path = secrets_path(organization, id, key);
    let found = app.store.api_secrets(key).await?;
    let items = found.iter().map(|secret| secret_resource(&app, secret, &path)).collect();
    let parent = format!("{}/{key}", list_path(organization, id));
    Ok(private(StatusCode::OK, hal::list(&app, &path, &parent, items, &wanted)))
}

/// `POST /api/organizations/{uuid}/service-accounts/{user}/tokens/{token}/secrets`: another secret
/// beside the one that there is; the only answer that ever holds it.
pub(crate) async fn add_secret(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    ThreeSegments(organization, id, key): Token,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    seat.standing.may(Action::ManageServiceAccounts)?;
    api_tokens::check_allowed(&app, &bearer)?;
    let found = app.service_token(&seat, id, key).await?;
    if !found.limits.lie_within(&bearer.limits(&app).await?) {
        return Err(Failure::Forbidden(
            "The API token has wider limits than the one that asks. Use one whose expiry and address \
             ranges are no narrower, or sign in and add the secret there.",
        ));
    }
    let created = app.add_api_secret(key, bearer.author()).await?;
    let path = secrets_path(organization, id, key);
    let secret = created.secret.expose();
    let body = json!({
        "uuid": created.id,
        "api_key": key,
        "api_secret": secret,
        "client_id": key,
        "client_secret": secret,
        "_links": {
            "self": link(&app, &format!("{path}/{}", created.id)),
            "parent": link(&app, &path),
        },
    });
    Ok(private(StatusCode::CREATED, body))
}

/// `DELETE /api/organizations/{uuid}/service-accounts/{user}/tokens/{token}/secrets/{secret}`
pub(crate) async fn close_secret(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    FourSegments(organization, id, key, secret): FourSegments<
        OrganizationId,
        AccountId,
        ApiKey,
        SecretId,
    >,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    app.service_token(&seat, id, key).await?;
    app.close_api_secret(key, secret, bearer.author()).await?;
    let path = secrets_path(organization, id, key);
    let message = "The API Secret has been closed.";
    Ok(private(StatusCode::OK, done(&app, message, &format!("{path}/{secret}"), &path)))
}

fn secret_resource(app: &App, secret: &ApiSecretRecord, path: &str) -> Value {
    json!({
        "uuid": secret.id,
        "created_at": rfc3339(secret.created_at),
        "closed_at": secret.closed_at.map(rfc3339),
        "last_used_at": secret.last_use.map(|last| rfc3339(last.at)),
        "last_used_from": secret.last_use.map(|last| last.address),
        "flags": { "active": secret.closed_at.is_none() },
        "_links": {
            "self": link(app, &format!("{path}/{}", secret.id)),
            "parent": link(app, path),
        },
    })
}
