use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use keymoor_store::Account;
use serde_json::{Value, json};

use super::{Bearer, private};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::link,
    time::rfc3339,
};

/// The path of the account that the bearer acts as.
pub(crate) const PATH: &str = "/api/account";

/// `GET /api/account`: clients call it at login and read `mail`.
pub(crate) async fn show(State(app): State<Arc<App>>, bearer: Bearer) -> Answer {
    let account = app.store.account(bearer.account()).await?.ok_or(Failure::NotFound)?;
    Ok(private(StatusCode::OK, account_resource(&app, &account)))
}

/// Every field of the wire format. What Keymoor does not keep is an empty text, since typed
/// clients cannot do with null.
fn account_resource(app: &App, account: &Account) -> Value {
    let active = account.disabled_at.is_none();
    json!({
        "id": account.number,
        "uuid": account.id,
        "name": account.email,
        "first_name": "",
        "last_name": "",
        "last_login_at": rfc3339(account.signed_in_at.unwrap_or(account.created_at)),
        "created_at": rfc3339(account.created_at),
        "mail": account.email,
        "phone": { "office": null, "mobile": null, "tfa": null },
        "job_title": "",
        "job_function": "",
        "company": "",
        "country": "",
        "state": "",
        "timezone": "UTC",
        "picture_url": "",
        "features": [],
        "flags": { "active": active, "tfa": false, "support": false },
        "metadata": { "applications": { "recent": [], "starred": [] } },
        "_links": {
            "self": link(app, PATH),
            "invites": link(app, super::invitations::OWN),
            "tokens": link(app, super::api_tokens::PATH),
            "parent": link(app, "/api"),
        },
    })
}
