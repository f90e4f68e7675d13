use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    AccountId, ApiKey,
    facts::Limits,
    wire::listing::{Fields, Kind, Listing},
};
use keymoor_store::{ApiToken, Page, Removal, StoreError};
use serde_json::{Value, json};

use super::{Bearer, Segment, account, body, private};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::{self, done, link},
    operations::{ApiTokenOrder, CreatedApiToken, OperationError},
    time::rfc3339,
};

/// The path of the list.
pub(crate) const PATH: &str = "/api/account/tokens";

pub(super) const FIELDS: Fields = &[
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
    let list = List { account: bearer.account(), path: PATH, parent: account::PATH };
    let list = list.show(&app, &wanted, |limits| bearer.reaches(limits)).await?;
    Ok(private(StatusCode::OK, list))
}

/// The API tokens of an account, and where the list of them is.
pub(super) struct List<'p> {
    pub(super) account: AccountId,
    pub(super) path: &'p str,
    pub(super) parent: &'p str,
}

impl List<'_> {
    /// What is wanted of those API tokens whose limits `reaches` takes. A part of all of them is read
    /// without the rest.
    pub(super) async fn show(
        &self,
        app: &App,
        wanted: &Listing,
        reaches: impl Fn(&Limits) -> bool,
    ) -> Result<Value, Failure> {
        let resource = |token: &ApiToken| token_resource(app, token, self.path);
        let all = reaches(&Limits::default());
        if let Some((limit, offset)) = wanted.part_alone().filter(|_| all) {
            let page = Page { limit: fitting(limit), offset: fitting(offset) };
            let (tokens, total) = app.store.newest_api_tokens(self.account, page).await?;
            let items: Vec<_> = tokens.iter().map(resource).collect();
            let total = usize::try_from(total).unwrap_or_default();
            return Ok(hal::part(app, self.path, self.parent, &items, total, wanted));
        }
        let tokens = app.store.api_tokens(self.account).await?;
        let own = tokens.iter().filter(|token| reaches(&token.limits));
        let items = own.map(resource).collect();
        Ok(hal::list(app, self.path, self.parent, items, wanted))
    }
}

/// A number of rows, or more than anybody has.
fn fitting(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// `POST /api/account/tokens {label}`: the only answer that ever holds the secret.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    request: Request,
) -> Answer {
    check_allowed(&app, &bearer)?;
    if app.store.service_account(bearer.account()).await?.is_some() {
        return Err(Failure::Forbidden(
            "API tokens of a service account are created by an administrator of its organization.",
        ));
    }
    let fields = body::of(request).await?;
    let order = ApiTokenOrder {
        account: bearer.account(),
        label: body::text(&fields, "label")?.to_owned(),
        limits: Limits::default(),
        parent: Some(bearer.api_key()),
        asked_by: None,
        api_key: None,
    };
    let created = app.create_api_token(order, bearer.author()).await?;
    Ok(private(StatusCode::CREATED, created_resource(&app, &created, PATH)))
}

/// What the operator says of all access tokens: whether they make credentials. Those of applications
/// never do: what they make would outlast what they were allowed.
pub(super) fn check_allowed(app: &App, bearer: &Bearer) -> Result<(), Failure> {
    if bearer.is_delegated() {
        return Err(Failure::Forbidden(
            "An application makes no API tokens or secrets. Sign in to create one.",
        ));
    }
    if app.settings.tokens_create_tokens {
        return Ok(());
    }
    Err(Failure::Forbidden(
        "The operator does not let access tokens create API tokens. Sign in to create one.",
    ))
}

/// `GET /api/account/tokens/{uuid}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(key): Segment<ApiKey>,
) -> Answer {
    let token = found(&app, &bearer, key).await?;
    Ok(private(StatusCode::OK, token_resource(&app, &token, PATH)))
}

/// An API token of the account that the bearer reaches: one that is limited to some organizations
/// knows of no others.
async fn found(app: &App, bearer: &Bearer, key: ApiKey) -> Result<ApiToken, Failure> {
    let found = app.store.api_token(bearer.account(), key).await?;
    found.filter(|token| bearer.reaches(&token.limits)).ok_or(Failure::NotFound)
}

/// `DELETE /api/account/tokens/{uuid}?tokenDeleteReason=…`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(key): Segment<ApiKey>,
    RawQuery(query): RawQuery,
) -> Answer {
    if bearer.is_delegated() {
        return Err(Failure::Forbidden(
            "An application removes no API tokens. Sign in, or use an API token of your own.",
        ));
    }
    found(&app, &bearer, key).await?;
    let reason = delete_reason(query.as_deref().unwrap_or_default());
    let removed = app.remove_api_token(bearer.account(), key, reason.as_deref(), bearer.author());
    removed.await.map_err(removed_before)?;
    Ok(private(StatusCode::OK, done(&app, REMOVED, &path(key), PATH)))
}

/// The wire format's words for what was removed.
pub(super) const REMOVED: &str = "The access token has been revoked.";

/// The wire format's words for what was removed before.
pub(super) fn removed_before(error: OperationError) -> Failure {
    match error {
        OperationError::Store(StoreError::Conflict(_)) => {
            Failure::Conflict("The access token has already been revoked.".to_owned())
        }
        other => other.into(),
    }
}

pub(super) fn delete_reason(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, reason) = pairs.find(|(name, _)| name == "tokenDeleteReason")?;
    Some(reason.into_owned()).filter(|reason| !reason.is_empty())
}

fn path(key: ApiKey) -> String {
    format!("{PATH}/{key}")
}

/// An API token as the list at `parent` shows it.
pub(super) fn token_resource(app: &App, token: &ApiToken, parent: &str) -> Value {
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
        "_links": {
            "self": link(app, &format!("{parent}/{}", token.api_key)),
            "parent": link(app, parent),
        },
    })
}

fn revocation(removal: &Removal) -> Value {
    json!({ "revoked_at": rfc3339(removal.at), "revoked_by": removal.by, "reason": removal.reason })
}

/// The key and the secret under both names that clients know them by.
pub(super) fn created_resource(app: &App, created: &CreatedApiToken, parent: &str) -> Value {
    let (key, secret) = (created.api_key, created.secret.expose());
    let this = link(app, &format!("{parent}/{key}"));
    json!({
        "api_key": key,
        "api_secret": secret,
        "client_id": key,
        "client_secret": secret,
        "_links": { "self": this, "parent": link(app, parent), "notification": this },
    })
}
