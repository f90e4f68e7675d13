use std::fmt::Display;

use keymoor_core::{
    ApplicationId,
    delegation::authenticate_application,
    wire::{DelegatedClient, InvalidClient, OAuthError},
};
use keymoor_store::Application;

use crate::{App, operations::OperationError};

/// The application that asks, if it is the one it says. That it was removed is told later, to whoever
/// holds something of it.
pub(super) async fn authenticate(
    app: &App,
    client: &DelegatedClient,
) -> Result<Application, OAuthError> {
    let found = find(app, client).await?;
    let facts = found.as_ref().map(|application| &application.facts);
    authenticate_application(client.secret.as_ref(), facts, &app.pepper)?;
    found.ok_or(OAuthError::InvalidClient(InvalidClient::Wrong))
}

/// The application of that name, which has proved nothing.
pub(super) async fn find(
    app: &App,
    client: &DelegatedClient,
) -> Result<Option<Application>, OAuthError> {
    match client.id {
        Some(id) => {
            let found = app.store.application(ApplicationId::of_client(id)).await;
            found.map_err(|error| unavailable(&error))
        }
        None => Ok(None),
    }
}

pub(super) fn unavailable(error: &dyn Display) -> OAuthError {
    tracing::error!(%error, "grants cannot be read");
    OAuthError::Unavailable
}

pub(super) fn failed(error: &OperationError) -> OAuthError {
    tracing::error!(%error, "a grant cannot be changed");
    OAuthError::Unavailable
}
