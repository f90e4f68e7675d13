use std::sync::Arc;

use axum::extract::State;
use keymoor_core::{AccountId, OrganizationId};

use super::{one::outcome, path, seat};
use crate::{
    App,
    failure::{Answer, Failure},
    portal::{SignedIn, form::Form},
    resources::Segment,
};

/// The member whose button it was.
fn account(form: &Form) -> Result<AccountId, Failure> {
    form.text("account").parse().map_err(|_| Failure::NotFound)
}

/// `POST /organizations/{uuid}/members/remove`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    signed_in.check_recent(&app, &path(id))?;
    let seat = seat(&app, &signed_in, id).await?;
    let done = app.expel_member(&seat, account(&form)?, signed_in.author()).await;
    outcome(&app, &signed_in, &seat, done).await
}

/// `POST /organizations/{uuid}/members/appoint`
pub(crate) async fn appoint(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    id: Segment<OrganizationId>,
    form: Form,
) -> Answer {
    set(&app, &signed_in, id, &form, true).await
}

/// `POST /organizations/{uuid}/members/dismiss`
pub(crate) async fn dismiss(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    id: Segment<OrganizationId>,
    form: Form,
) -> Answer {
    set(&app, &signed_in, id, &form, false).await
}

async fn set(
    app: &Arc<App>,
    signed_in: &SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: &Form,
    admin: bool,
) -> Answer {
    signed_in.check_recent(app, &path(id))?;
    let seat = seat(app, signed_in, id).await?;
    let done = app.set_administrator(&seat, account(form)?, admin, signed_in.author()).await;
    outcome(app, signed_in, &seat, done).await
}
