use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use keymoor_core::InvitationId;
use keymoor_store::{Invitation, Organization};

use super::{go, path, refused};
use crate::{
    App,
    failure::{Answer, Failure},
    portal::{
        SignedIn,
        frame::{Frame, page_with},
        signed_in::Entered,
        times::When,
    },
    resources::Segment,
};

struct Row {
    id: String,
    name: String,
    owner: bool,
    members: i64,
    federated: bool,
}

/// An invitation to who is signed in.
struct InvitationRow {
    id: String,
    organization: String,
    author: String,
    admin: bool,
    team: Option<String>,
    expires: When,
}

#[derive(Template)]
#[template(path = "organizations.html")]
struct OrganizationsPage {
    frame: Frame,
    problem: Option<String>,
    organizations: Vec<Row>,
    invitations: Vec<InvitationRow>,
}

/// `GET /organizations`
pub(crate) async fn show(State(app): State<Arc<App>>, Entered(signed_in): Entered) -> Answer {
    render(&app, &signed_in, StatusCode::OK, None).await
}

async fn render(
    app: &App,
    signed_in: &SignedIn,
    status: StatusCode,
    problem: Option<String>,
) -> Answer {
    let account = &signed_in.account;
    let only = signed_in.session.organization;
    let mut found = app.store.organizations_of(account.id).await?;
    found.retain(|found| only.is_none_or(|only| found.id == only));
    let row = |organization: Organization| Row {
        id: organization.id.to_string(),
        name: organization.name.as_str().to_owned(),
        owner: organization.owner == account.id,
        members: organization.members,
        federated: organization.federated,
    };
    let invitations = match only {
        None => app.store.invitations_to(&account.email, app.now()).await?,
        Some(_) => Vec::new(),
    };
    let page = OrganizationsPage {
        frame: signed_in.frame(app, "organizations"),
        problem,
        organizations: found.into_iter().map(row).collect(),
        invitations: invitations.into_iter().map(|one| invitation_row(app, one)).collect(),
    };
    page_with(status, &page)
}

fn invitation_row(app: &App, invitation: Invitation) -> InvitationRow {
    InvitationRow {
        id: invitation.id.to_string(),
        organization: invitation.organization.name.as_str().to_owned(),
        author: invitation.author_email.as_str().to_owned(),
        admin: invitation.admin,
        team: invitation.team.map(|team| team.name.as_str().to_owned()),
        expires: When::new(invitation.expires_at, app.now()),
    }
}

/// The invitation of that id, if it is to who is signed in.
async fn own(app: &App, signed_in: &SignedIn, id: InvitationId) -> Result<Invitation, Failure> {
    let found = app.store.invitation(id, app.now()).await?;
    found.filter(|found| found.email == signed_in.account.email).ok_or(Failure::NotFound)
}

/// `POST /invitations/{uuid}/accept`
pub(crate) async fn accept(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<InvitationId>,
) -> Answer {
    let found = own(&app, &signed_in, id).await?;
    match app.accept_invitation(&signed_in.account, &found, signed_in.author()).await {
        Ok(()) => Ok(go(&path(found.organization.id))),
        Err(error) => {
            let (status, problem) = refused(error)?;
            render(&app, &signed_in, status, Some(problem)).await
        }
    }
}

/// `POST /invitations/{uuid}/decline`
pub(crate) async fn decline(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<InvitationId>,
) -> Answer {
    let found = own(&app, &signed_in, id).await?;
    app.decline_invitation(&signed_in.account, &found, signed_in.author()).await?;
    Ok(go("/organizations"))
}
