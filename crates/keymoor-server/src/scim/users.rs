//! Users (RFC 7644 §3).

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Path, Query, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::LOCATION, request::Parts};
use keymoor_core::{
    ScimUserId,
    scim::{self, Filter, LIST, ScimError, USER, User},
};
use keymoor_store::{OWNER_IS_NOT_PROVISIONED, Page, ScimUser, StoreError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{answer, base, client::Client};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    random,
    time::rfc3339,
};

/// Bytes beyond which a body is refused.
const MAX_BODY: usize = 64 * 1024;
/// How often a change is tried that others stand in the way of.
const TRIES: u32 = 10;
/// The most users of one answer.
pub(super) const MAX_COUNT: u32 = 500;
/// How many come where nobody says how many.
const COUNT: u32 = 100;

/// What a list is asked for, and which attributes any answer has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Wanted {
    filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    attributes: Option<String>,
    excluded_attributes: Option<String>,
}

/// The user in the path.
pub(crate) struct Which(ScimUserId);

impl FromRequestParts<Arc<App>> for Which {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        let id = path.ok().and_then(|Path((_, id))| id.parse().ok());
        id.map(Self).ok_or_else(missing)
    }
}

fn missing() -> Failure {
    Failure::Scim(ScimError::plain(StatusCode::NOT_FOUND, "There is no user of this id."))
}

/// `GET …/Users`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    client: Client,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Answer {
    found(&app, &client, &query(wanted)?).await
}

/// `POST …/.search` and `POST …/Users/.search`: the same with the query in the body (RFC 7644 §3.4.3).
pub(crate) async fn search(State(app): State<Arc<App>>, client: Client, body: Body) -> Answer {
    let body = read(body).await?;
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let list = |name: &str| {
        let all = body[name].as_array()?.iter().filter_map(Value::as_str);
        Some(all.collect::<Vec<_>>().join(","))
    };
    let wanted = Wanted {
        filter: text("filter"),
        start_index: body["startIndex"].as_i64(),
        count: body["count"].as_i64(),
        attributes: list("attributes"),
        excluded_attributes: list("excludedAttributes"),
    };
    found(&app, &client, &wanted).await
}

async fn found(app: &App, client: &Client, wanted: &Wanted) -> Answer {
    let filter = Filter::parse(wanted.filter.as_deref().unwrap_or_default())?;
    let start = u32::try_from(wanted.start_index.unwrap_or(1).max(1)).unwrap_or(u32::MAX);
    let count = wanted.count.unwrap_or(COUNT.into()).clamp(0, MAX_COUNT.into());
    let count = u32::try_from(count).unwrap_or(MAX_COUNT);
    let page = Page { limit: count, offset: start - 1 };
    let (found, total) = app.store.scim_users(client.organization, &filter, page).await?;
    let resources: Vec<Value> = found.iter().map(|user| wanted.of(resource(app, user))).collect();
    let body = json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    });
    Ok(answer(StatusCode::OK, &body))
}

/// `POST …/Users`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    client: Client,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
    body: Body,
) -> Answer {
    let (wanted, user) = (query(wanted)?, User::read(&read(body).await?)?);
    let now = app.now();
    let new = ScimUser {
        id: ScimUserId::from_random(random()),
        organization: client.organization,
        user,
        account: None,
        created_at: now,
        updated_at: now,
    };
    let id = new.id;
    app.create_scim_user(new, client.author()).await.map_err(told)?;
    let mut response = show_one(&app, &client, id, &wanted, StatusCode::CREATED).await?;
    let place = HeaderValue::from_str(&place(&app, &client, id));
    response.headers_mut().insert(LOCATION, place.map_err(|_| Failure::Internal)?);
    Ok(response)
}

/// `GET …/Users/{id}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    client: Client,
    Which(id): Which,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Answer {
    show_one(&app, &client, id, &query(wanted)?, StatusCode::OK).await
}

/// `PUT …/Users/{id}`: what is not there is gone, but for `active`.
pub(crate) async fn replace(
    State(app): State<Arc<App>>,
    client: Client,
    Which(id): Which,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
    body: Body,
) -> Answer {
    let (wanted, body) = (query(wanted)?, read(body).await?);
    let user = User::read(&body)?;
    let says = body.as_object().is_some_and(|fields| {
        fields.iter().any(|(name, value)| name.eq_ignore_ascii_case("active") && !value.is_null())
    });
    // A client that does not know whether somebody is active brings nobody back.
    let active = |before: &User| if says { user.active } else { before.active };
    change(&app, &client, id, |before| Ok(User { active: active(before), ..user.clone() })).await?;
    show_one(&app, &client, id, &wanted, StatusCode::OK).await
}

/// `PATCH …/Users/{id}`
pub(crate) async fn patch(
    State(app): State<Arc<App>>,
    client: Client,
    Which(id): Which,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
    body: Body,
) -> Answer {
    let (wanted, body) = (query(wanted)?, read(body).await?);
    change(&app, &client, id, |before| scim::apply(before, &body)).await?;
    show_one(&app, &client, id, &wanted, StatusCode::OK).await
}

/// `DELETE …/Users/{id}`
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    client: Client,
    Which(id): Which,
) -> Answer {
    app.delete_scim_user(client.organization, id, client.author()).await.map_err(told)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Changes a user to what `new` makes of what is said at present: anew when somebody else changed it in
/// between, so that nothing that was said meanwhile is taken back.
async fn change(
    app: &Arc<App>,
    client: &Client,
    id: ScimUserId,
    new: impl Fn(&User) -> Result<User, ScimError>,
) -> Result<(), Failure> {
    for _ in 0..TRIES {
        let found = find(app, client, id).await?;
        let before = found.user.clone();
        let changed = ScimUser { user: new(&before)?, ..found };
        if app.change_scim_user(before, changed, client.author()).await.map_err(told)? {
            return Ok(());
        }
    }
    Err(StoreError::Contended.into())
}

async fn find(app: &App, client: &Client, id: ScimUserId) -> Result<ScimUser, Failure> {
    app.store.scim_user(client.organization, id).await?.ok_or_else(missing)
}

async fn show_one(
    app: &App,
    client: &Client,
    id: ScimUserId,
    wanted: &Wanted,
    status: StatusCode,
) -> Result<Response, Failure> {
    let found = find(app, client, id).await?;
    Ok(answer(status, &wanted.of(resource(app, &found))))
}

fn query(
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Wanted, Failure> {
    let detail = "startIndex and count are numbers.";
    let wanted = wanted.map_err(|_| Failure::Scim(ScimError::typed("invalidValue", detail)));
    wanted.map(|Query(wanted)| wanted)
}

async fn read(body: Body) -> Result<Value, Failure> {
    let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| Failure::TooLarge)?;
    let detail = "The body must be a JSON object.";
    let invalid = || Failure::Scim(ScimError::typed("invalidSyntax", detail));
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
    if value.is_object() { Ok(value) } else { Err(invalid()) }
}

/// What the store refused, in SCIM's words.
fn told(error: OperationError) -> Failure {
    let OperationError::Store(StoreError::Conflict(why)) = &error else {
        return match error {
            OperationError::Store(StoreError::NotFound(_)) => missing(),
            other => other.into(),
        };
    };
    Failure::Scim(if *why == OWNER_IS_NOT_PROVISIONED {
        ScimError::plain(StatusCode::CONFLICT, *why)
    } else {
        ScimError::typed("uniqueness", *why)
    })
}

fn place(app: &App, client: &Client, id: ScimUserId) -> String {
    format!("{}/Users/{id}", base(app, client.organization))
}

fn resource(app: &App, found: &ScimUser) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("schemas".to_owned(), json!([USER]));
    all.insert("id".to_owned(), json!(found.id));
    all.extend(found.user.write());
    let meta = json!({
        "resourceType": "User",
        "created": rfc3339(found.created_at),
        "lastModified": rfc3339(found.updated_at),
        "location": format!("{}/Users/{}", base(app, found.organization), found.id),
    });
    all.insert("meta".to_owned(), meta);
    all
}

impl Wanted {
    /// The attributes that were asked for; `id` and `schemas` always come (RFC 7644 §3.9). A part of an
    /// attribute brings the whole.
    fn of(&self, mut all: Map<String, Value>) -> Value {
        let named = |list: &str, name: &str| {
            list.split(',').any(|one| {
                let one = one.trim();
                let one = one.strip_prefix(USER).map_or(one, |rest| rest.trim_start_matches(':'));
                one.split('.').next().unwrap_or_default().eq_ignore_ascii_case(name)
            })
        };
        let always = |name: &str| matches!(name, "id" | "schemas");
        if let Some(only) = &self.attributes {
            all.retain(|name, _| always(name) || named(only, name));
        } else if let Some(without) = &self.excluded_attributes {
            all.retain(|name, _| always(name) || !named(without, name));
        }
        Value::Object(all)
    }
}
