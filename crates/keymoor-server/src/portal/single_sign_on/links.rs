use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use keymoor_core::{AccountId, OrganizationId};
use keymoor_store::{IdentityProvider, ProviderLink, StoreError};

use super::{
    super::{SignedIn, form::Form, times::When},
    Settings, path,
};
use crate::{
    App,
    failure::{Answer, Failure},
    resources::Segment,
};

/// A member who is linked to a person of the provider.
pub(super) struct LinkRow {
    pub(super) account: String,
    pub(super) email: String,
    pub(super) subject: String,
    pub(super) since: When,
}

/// Everybody who is linked.
pub(super) async fn rows(
    app: &App,
    provider: Option<&IdentityProvider>,
) -> Result<Vec<LinkRow>, StoreError> {
    let Some(provider) = provider else {
        return Ok(Vec::new());
    };
    let now = app.now();
    let row = |link: ProviderLink| LinkRow {
        account: link.account.to_string(),
        email: link.email.as_str().to_owned(),
        subject: link.subject,
        since: When::new(link.since, now),
    };
    Ok(app.store.provider_links(provider.id).await?.into_iter().map(row).collect())
}

/// `POST …/unlink`: the person is nobody here until they are linked again.
pub(in super::super) async fn unlink(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let settings = Settings::of(&app, &signed_in, id).await?;
    let account = AccountId::parse(form.text("account")).map_err(|_| Failure::NotFound)?;
    app.unlink_account(settings.provider()?.id, account, signed_in.author()).await?;
    Ok(Redirect::to(&path(id)).into_response())
}
