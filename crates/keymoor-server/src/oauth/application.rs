use std::{fmt::Display, net::IpAddr};

use keymoor_core::{
    ApplicationId,
    delegation::authenticate_application,
    wire::{DelegatedClient, InvalidClient, OAuthError, Proof},
};
use keymoor_store::{ActivityKind, Application, LastUse};

use crate::{App, operations::OperationError};

/// There is no such application, or none any more.
pub(super) const UNKNOWN: OAuthError =
    OAuthError::InvalidClient(InvalidClient::OfApplication(Proof::Wrong));

/// The application that asks, if it is the one it says. That it was removed is told later, to whoever
/// holds something of it.
pub(super) async fn authenticate(
    app: &App,
    client: &DelegatedClient,
    address: IpAddr,
) -> Result<Application, OAuthError> {
    let found = find(app, client).await?;
    let Some(application) = found else {
        // It costs what a wrong secret costs.
        authenticate_application(client.secret.as_ref(), None, &app.pepper)?;
        return Err(UNKNOWN);
    };
    prove(app, client, &application, address)?;
    Ok(application)
}

/// Whether it is that application, which is told of it if it is not.
pub(super) fn prove(
    app: &App,
    client: &DelegatedClient,
    application: &Application,
    address: IpAddr,
) -> Result<(), OAuthError> {
    let facts = &application.facts;
    let proved = authenticate_application(client.secret.as_ref(), Some(facts), &app.pepper);
    proved.inspect_err(|_| {
        let what = (facts.id, None, ActivityKind::ApplicationRefused);
        app.uses.note_application_refused(what, LastUse { at: app.now(), address });
    })
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
