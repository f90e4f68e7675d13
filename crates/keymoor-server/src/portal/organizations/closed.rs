use askama::Template;
use keymoor_core::permission::Action;
use keymoor_store::Seat;

use super::may;
use crate::{
    App,
    failure::Answer,
    portal::{
        SignedIn,
        frame::{Frame, page},
    },
};

#[derive(Template)]
#[template(path = "organization_closed.html")]
struct ClosedPage {
    frame: Frame,
    id: String,
    name: String,
    /// What the provider is called, if it can be signed in through.
    provider: Option<String>,
    /// Whether to show the way to the set-up.
    set_up: bool,
}

/// A federated organization to a member who has not come through its provider.
pub(super) async fn show(app: &App, signed_in: &SignedIn, seat: &Seat) -> Answer {
    let found = &seat.organization;
    let provider = app.store.identity_provider_of(found.id).await?;
    let provider = provider.filter(|provider| provider.enabled_at.is_some());
    page(&ClosedPage {
        frame: signed_in.frame(app, "organizations"),
        id: found.id.to_string(),
        name: found.name.as_str().to_owned(),
        provider: provider.map(|provider| provider.label.as_str().to_owned()),
        set_up: may(seat, Action::SetUpSignIn) && signed_in.session.organization.is_none(),
    })
}
