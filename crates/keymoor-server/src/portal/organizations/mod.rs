//! Organizations, for who belongs to one: as much of each as one may see and do.

mod closed;
pub(super) mod end;
pub(super) mod invitations;
pub(super) mod list;
pub(super) mod members;
pub(super) mod one;
pub(super) mod roles;
pub(super) mod service_account;
pub(super) mod service_accounts;
pub(super) mod service_tokens;
pub(super) mod team;
pub(super) mod teams;
pub(super) mod tokens;

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use keymoor_core::{AccountId, OrganizationId, name::Email, permission::Action};
use keymoor_store::{Seat, StoreError};

use super::{SignedIn, frame::sentence};
use crate::{App, failure::Failure, operations::OperationError};

/// The seat of who is signed in and has come in as the organization demands; for strangers there is
/// no such organization, and members are sent to its page, which says how to come in.
pub(super) async fn seat(
    app: &App,
    signed_in: &SignedIn,
    id: OrganizationId,
) -> Result<Seat, Failure> {
    let seat = outer_seat(app, signed_in, id).await?;
    if is_closed(app, signed_in, &seat).await? {
        return Err(Failure::ComeThroughProvider(id));
    }
    Ok(seat)
}

/// The seat of who is signed in, however that was.
async fn outer_seat(app: &App, signed_in: &SignedIn, id: OrganizationId) -> Result<Seat, Failure> {
    if signed_in.session.organization.is_some_and(|only| only != id) {
        return Err(Failure::NotFound);
    }
    app.store.seat(id, signed_in.account.id).await?.ok_or(Failure::NotFound)
}

/// Whether the organization is federated and the session has not come through its provider.
async fn is_closed(app: &App, signed_in: &SignedIn, seat: &Seat) -> Result<bool, StoreError> {
    let found = &seat.organization;
    Ok(found.federated && !signed_in.has_come_through(app, found.id).await?)
}

/// Whether the page shows the way to it.
fn may(seat: &Seat, action: Action<'_>) -> bool {
    seat.standing.may(action).is_ok()
}

pub(super) fn path(id: OrganizationId) -> String {
    format!("/organizations/{id}")
}

fn go(path: &str) -> Response {
    Redirect::to(path).into_response()
}

/// Why a form was not accepted, to be shown above it.
pub(super) type Refused = (StatusCode, String);

/// What to say of what was not done; a failure is what no form could have done better.
pub(super) fn refused(error: OperationError) -> Result<Refused, Failure> {
    match error {
        OperationError::Invalid { field, problem } => {
            Ok((StatusCode::UNPROCESSABLE_ENTITY, sentence(field, &problem)))
        }
        OperationError::Store(StoreError::Conflict(why)) => {
            let (first, rest) = why.split_at(1);
            Ok((StatusCode::CONFLICT, format!("{}{rest}.", first.to_uppercase())))
        }
        other => Err(other.into()),
    }
}

/// The member of that address. Who has an account and is no member is not told from who has none.
async fn member_of(app: &App, seat: &Seat, email: &str) -> Result<AccountId, OperationError> {
    let none = || OperationError::invalid("email", &"is no member's of this organization");
    let email = Email::parse(email).map_err(|error| OperationError::invalid("email", &error))?;
    let account = app.store.account_by_email(&email).await?.ok_or_else(none)?.id;
    let found = app.store.member(seat.organization.id, account).await?;
    found.map(|member| member.account).ok_or_else(none)
}
