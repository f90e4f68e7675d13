//! One API Secret takes the place of another without a gap.

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect};
use keymoor_core::{ApiKey, SecretId, UnixTime};
use keymoor_store::{ApiSecretRecord, ApiToken, StoreError};

use super::{
    super::{SignedIn, form::Form, frame::page, organizations::refused, times::When},
    create::created_page,
    holder::Holder,
    one,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::{CreatedApiToken, OperationError},
};

/// An API Secret that is not closed, without itself.
pub(super) struct SecretRow {
    pub(super) id: String,
    pub(super) created: When,
    pub(super) used: Option<(When, String)>,
}

/// The open ones, oldest first; none where the pages do not change them.
pub(super) async fn rows(
    app: &App,
    holder: &Holder,
    token: &ApiToken,
) -> Result<Vec<SecretRow>, StoreError> {
    if !holder.full || token.removal.is_some() {
        return Ok(Vec::new());
    }
    let found = app.store.api_secrets(token.api_key).await?.into_iter();
    let open = found.filter(|secret| secret.closed_at.is_none());
    Ok(open.map(|secret| row(&secret, app.now())).collect())
}

fn row(secret: &ApiSecretRecord, now: UnixTime) -> SecretRow {
    SecretRow {
        id: secret.id.to_string(),
        created: When::new(secret.created_at, now),
        used: secret.last_use.map(|last| (When::new(last.at, now), last.address.to_string())),
    }
}

/// Another secret beside the one that there is, on the only page that shows it.
pub(in super::super) async fn add(
    app: &Arc<App>,
    signed_in: &SignedIn,
    holder: &Holder,
    key: ApiKey,
) -> Answer {
    let token = find(app, holder, key).await?;
    holder.check_recent(app, signed_in, &format!("{}/{key}", holder.base)).await?;
    match app.add_api_secret(key, signed_in.author()).await {
        Ok(added) => {
            let created = CreatedApiToken { api_key: key, secret: added.secret };
            let label = token.label.as_str();
            page(&created_page(app, signed_in, holder, label, &created, true))
        }
        Err(error) => refuse(app, signed_in, holder, &token, error).await,
    }
}

/// Closes one of two.
pub(in super::super) async fn close(
    app: &Arc<App>,
    signed_in: &SignedIn,
    holder: &Holder,
    key: ApiKey,
    form: &Form,
) -> Answer {
    let token = find(app, holder, key).await?;
    let here = format!("{}/{key}", holder.base);
    holder.check_recent(app, signed_in, &here).await?;
    let secret = SecretId::parse(form.text("secret")).map_err(|_| Failure::NotFound)?;
    match app.close_api_secret(key, secret, signed_in.author()).await {
        Ok(()) => Ok(Redirect::to(&here).into_response()),
        Err(error) => refuse(app, signed_in, holder, &token, error).await,
    }
}

async fn find(app: &App, holder: &Holder, key: ApiKey) -> Result<ApiToken, Failure> {
    if holder.full { holder.find(app, key).await } else { Err(Failure::NotFound) }
}

async fn refuse(
    app: &App,
    signed_in: &SignedIn,
    holder: &Holder,
    token: &ApiToken,
    error: OperationError,
) -> Answer {
    let refused = refused(error)?;
    one::render(app, signed_in, holder, token, token.label.as_str(), Some(refused)).await
}
