//! What clients can learn of this server (RFC 7644 §4).

use std::{collections::HashMap, sync::Arc};

use axum::extract::{Path, Query, State};
use http::StatusCode;
use keymoor_core::scim::{LIST, ScimError, USER};
use serde_json::{Value, json};

use super::{answer, base, client::Client, users::MAX_COUNT};
use crate::{
    App,
    failure::{Answer, Failure},
};

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// `GET …/ServiceProviderConfig`
pub(crate) async fn config(State(app): State<Arc<App>>, client: Client) -> Answer {
    let no = json!({ "supported": false });
    let body = json!({
        "schemas": [CONFIG],
        "documentationUri": app.url("/api/openapi.json"),
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": no, "sort": no, "etag": no,
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A provisioning secret of the organization, made by an administrator.",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", base(&app, client.organization)),
        },
    });
    Ok(answer(StatusCode::OK, &body))
}

/// `GET …/ResourceTypes`
pub(crate) async fn resource_types(
    State(app): State<Arc<App>>,
    client: Client,
    query: Query<HashMap<String, String>>,
) -> Answer {
    list(&query, &[resource_type(&app, &client)])
}

/// `GET …/ResourceTypes/{id}`
pub(crate) async fn one_resource_type(
    State(app): State<Arc<App>>,
    client: Client,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    found(id == "User", || resource_type(&app, &client))
}

/// `GET …/Schemas`
pub(crate) async fn schemas(
    State(app): State<Arc<App>>,
    client: Client,
    query: Query<HashMap<String, String>>,
) -> Answer {
    list(&query, &[schema(&app, &client)])
}

/// `GET …/Schemas/{id}`
pub(crate) async fn one_schema(
    State(app): State<Arc<App>>,
    client: Client,
    Path((_, id)): Path<(String, String)>,
) -> Answer {
    found(id.eq_ignore_ascii_case(USER), || schema(&app, &client))
}

fn found(is_it: bool, body: impl FnOnce() -> Value) -> Answer {
    if is_it {
        return Ok(answer(StatusCode::OK, &body()));
    }
    Err(Failure::Scim(ScimError::plain(StatusCode::NOT_FOUND, "There is nothing of this id.")))
}

/// A filter is refused here (RFC 7644 §4).
fn list(Query(query): &Query<HashMap<String, String>>, resources: &[Value]) -> Answer {
    if query.contains_key("filter") {
        let detail = "This list cannot be filtered.";
        return Err(Failure::Scim(ScimError::plain(StatusCode::FORBIDDEN, detail)));
    }
    let count = resources.len();
    let body = json!({
        "schemas": [LIST], "totalResults": count, "startIndex": 1, "itemsPerPage": count,
        "Resources": resources,
    });
    Ok(answer(StatusCode::OK, &body))
}

fn resource_type(app: &App, client: &Client) -> Value {
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": "User",
        "name": "User",
        "description": "A person of the organization's identity provider",
        "endpoint": "/Users",
        "schema": USER,
        "schemaExtensions": [],
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{}/ResourceTypes/User", base(app, client.organization)),
        },
    })
}

/// An attribute of one value that a client reads and writes.
fn attribute(name: &str, kind: &str, description: &str) -> Value {
    json!({
        "name": name, "type": kind, "multiValued": false, "description": description,
        "required": false, "caseExact": false, "mutability": "readWrite", "returned": "default",
        "uniqueness": "none",
    })
}

fn schema(app: &App, client: &Client) -> Value {
    let text = |name: &str, description: &str| attribute(name, "string", description);
    let mut user_name = text("userName", "The name by which the provider knows the person");
    user_name["required"] = Value::Bool(true);
    user_name["uniqueness"] = json!("server");
    let mut external_id =
        text("externalId", "The subject by which the person signs in, best of all");
    external_id["caseExact"] = Value::Bool(true);
    let mut active = attribute("active", "boolean", "Whether the person may be a member");
    active["required"] = Value::Bool(true);
    let mut name = attribute("name", "complex", "The parts of the person's name");
    name["subAttributes"] = json!([
        text("formatted", "The whole name"),
        text("familyName", "The family name"),
        text("givenName", "The given name"),
    ]);
    let mut emails = attribute("emails", "complex", "E-mail addresses");
    emails["multiValued"] = Value::Bool(true);
    emails["subAttributes"] = json!([
        text("value", "The address"),
        text("type", "What it is for, such as work"),
        attribute("primary", "boolean", "Whether it is the one that counts"),
    ]);
    json!({
        "schemas": [SCHEMA],
        "id": USER,
        "name": "User",
        "description": "A person",
        "attributes": [
            user_name, external_id, name, text("displayName", "The name to show"), emails, active,
        ],
        "meta": {
            "resourceType": "Schema",
            "location": format!("{}/Schemas/{USER}", base(app, client.organization)),
        },
    })
}
