use std::sync::Arc;

use axum::extract::State;
use keymoor_core::OrganizationId;
use keymoor_store::{Invitation, Seat};

use super::{one::outcome, path, seat};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::InvitationOrder,
    portal::{SignedIn, form::Form},
    resources::Segment,
};

/// `POST /organizations/{uuid}/invitations`
pub(crate) async fn invite(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let admin = form.has("admin");
    if admin {
        signed_in.check_recent(&app, &path(id))?;
    }
    let seat = seat(&app, &signed_in, id).await?;
    let (email, roles) = (form.text("email").to_owned(), Vec::new());
    let order = InvitationOrder { email, admin, team: None, roles };
    let done = app.invite_to_organization(&seat, order, signed_in.author()).await;
    outcome(&app, &signed_in, &seat, done.map(drop)).await
}

/// The invitation whose button it was, if it is one of the organization.
async fn found(app: &App, seat: &Seat, form: &Form) -> Result<Invitation, Failure> {
    let id = form.text("invitation").parse().map_err(|_| Failure::NotFound)?;
    let found = app.store.invitation(id, app.now()).await?;
    let own = found.filter(|found| found.organization.id == seat.organization.id);
    own.ok_or(Failure::NotFound)
}

/// `POST /organizations/{uuid}/invitations/withdraw`
pub(crate) async fn withdraw(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let seat = seat(&app, &signed_in, id).await?;
    let invitation = found(&app, &seat, &form).await?;
    let done = app.withdraw_invitation(&seat, &invitation, signed_in.author()).await;
    outcome(&app, &signed_in, &seat, done).await
}

/// `POST /organizations/{uuid}/invitations/resend`
pub(crate) async fn resend(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let seat = seat(&app, &signed_in, id).await?;
    let invitation = found(&app, &seat, &form).await?;
    let done = app.resend_invitation(&seat, &invitation, signed_in.author()).await;
    outcome(&app, &signed_in, &seat, done).await
}
