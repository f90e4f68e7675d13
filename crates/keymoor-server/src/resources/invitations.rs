use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    InvitationId, OrganizationId, TeamId,
    permission::{Action, Denied},
    refusal::Refusal,
    wire::listing::{Fields, Kind},
};
use keymoor_store::{Account, Invitation, Seat, Team};
use serde_json::{Map, Value, json};

use super::{Bearer, Segment, account, body, organizations, private, teams};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::{self, done, link, made},
    operations::InvitationOrder,
    time::rfc3339,
};

/// The path of those to the bearer's account.
pub(crate) const OWN: &str = "/api/account/invites";

const FIELDS: Fields = &[
    ("uuid", Kind::Text),
    ("email", Kind::Text),
    ("created_at", Kind::Time),
    ("expires_at", Kind::Time),
    ("author.mail", Kind::Text),
    ("organization.uuid", Kind::Text),
    ("organization.name", Kind::Text),
    ("team.uuid", Kind::Text),
    ("team.name", Kind::Text),
    ("flags.admin", Kind::Flag),
];

fn path(id: InvitationId) -> String {
    format!("/api/invites/{id}")
}

/// `GET /api/account/invites`: those to the account's address.
pub(crate) async fn own(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    RawQuery(query): RawQuery,
) -> Answer {
    let wanted = hal::listing(query.as_deref(), FIELDS)?;
    let email = invited(&app, &bearer).await?.email;
    let found = app.store.invitations_to(&email, app.now()).await?;
    let own = found.iter().filter(|found| bearer.reaches_organization(found.organization.id));
    let items = own.map(|found| invitation_resource(&app, found)).collect();
    Ok(private(StatusCode::OK, hal::list(&app, OWN, account::PATH, items, &wanted)))
}

/// `GET /api/organizations/{uuid}/invites`: all of the organization, those to teams too.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    RawQuery(query): RawQuery,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let parent = organizations::path(id);
    show_list(&app, &seat, query.as_deref(), &parent, None).await
}

/// `GET /api/teams/{uuid}/invites`
pub(crate) async fn list_of_team(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<TeamId>,
    RawQuery(query): RawQuery,
) -> Answer {
    let (seat, _) = teams::found(&app, &bearer, id).await?;
    show_list(&app, &seat, query.as_deref(), &teams::path(id), Some(id)).await
}

async fn show_list(
    app: &App,
    seat: &Seat,
    query: Option<&str>,
    parent: &str,
    team: Option<TeamId>,
) -> Answer {
    seat.standing.may(Action::View)?;
    let wanted = hal::listing(query, FIELDS)?;
    let found = app.store.invitations(seat.organization.id, app.now()).await?;
    let to = |found: &&Invitation| team.is_none() || found.team.as_ref().map(|to| to.id) == team;
    let items = found.iter().filter(to).map(|found| invitation_resource(app, found)).collect();
    let path = format!("{parent}/invites");
    Ok(private(StatusCode::OK, hal::list(app, &path, parent, items, &wanted)))
}

/// `POST /api/organizations/{uuid}/invites {email}`
pub(crate) async fn invite(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let order = order(&body::of(request).await?, false, None)?;
    make(&app, &bearer, &seat, order, &format!("{}/invites", organizations::path(id))).await
}

/// `POST /api/organizations/{uuid}/admin-invites {email}`
pub(crate) async fn invite_admin(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let order = order(&body::of(request).await?, true, None)?;
    make(&app, &bearer, &seat, order, &format!("{}/invites", organizations::path(id))).await
}

/// `POST /api/teams/{uuid}/invites {email, roles}`
pub(crate) async fn invite_to_team(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<TeamId>,
    request: Request,
) -> Answer {
    let (seat, team) = teams::found(&app, &bearer, id).await?;
    let fields = body::of(request).await?;
    let roles = body::ids(&fields, "roles")?;
    let order = InvitationOrder { roles, ..order(&fields, false, Some(team))? };
    make(&app, &bearer, &seat, order, &format!("{}/invites", teams::path(id))).await
}

fn order(
    fields: &Map<String, Value>,
    admin: bool,
    team: Option<Team>,
) -> Result<InvitationOrder, Failure> {
    let email = body::text(fields, "email")?.to_owned();
    Ok(InvitationOrder { email, admin, team, roles: Vec::new() })
}

async fn make(
    app: &Arc<App>,
    bearer: &Bearer,
    seat: &Seat,
    order: InvitationOrder,
    parent: &str,
) -> Answer {
    let id = app.invite_to_organization(seat, order, bearer.author()).await?;
    let answer = made(app, "The invitation has been sent.", &id, &path(id), parent);
    Ok(private(StatusCode::CREATED, answer))
}

/// What an invitation is to who asks.
enum Side {
    /// It is to the bearer's account.
    Invited(Account),
    /// It is to an organization that the bearer has a seat in.
    Inviting(Seat),
}

async fn invited(app: &App, bearer: &Bearer) -> Result<Account, Failure> {
    app.store.account(bearer.account()).await?.ok_or(Failure::NotFound)
}

/// The invitation of that id. Who is neither invited nor a member finds none.
async fn found(
    app: &App,
    bearer: &Bearer,
    id: InvitationId,
) -> Result<(Invitation, Side), Failure> {
    let invitation = app.store.invitation(id, app.now()).await?.ok_or(Failure::NotFound)?;
    let organization = invitation.organization.id;
    let account = invited(app, bearer).await?;
    if account.email != invitation.email {
        let seat = bearer.inside(app, organization).await?;
        return Ok((invitation, Side::Inviting(seat)));
    }
    let member = app.store.seat(organization, account.id).await?.is_some();
    match bearer.enter(app, organization) {
        // Nobody can have the scope of an organization before belonging to it.
        Err(refused)
            if !member && matches!(refused.refusal, Refusal::AdditionalAuthentication(_)) => {}
        other => other?,
    }
    Ok((invitation, Side::Invited(account)))
}

/// The same for who invites.
async fn inviting(
    app: &App,
    bearer: &Bearer,
    id: InvitationId,
) -> Result<(Invitation, Seat), Failure> {
    match found(app, bearer, id).await? {
        (invitation, Side::Inviting(seat)) => Ok((invitation, seat)),
        (invitation, Side::Invited(_)) => {
            let seat = bearer.inside(app, invitation.organization.id).await?;
            Ok((invitation, seat))
        }
    }
}

/// The same for who is invited.
async fn answering(
    app: &App,
    bearer: &Bearer,
    id: InvitationId,
) -> Result<(Invitation, Account), Failure> {
    match found(app, bearer, id).await? {
        // What the account belongs to is not the provider's to say.
        (_, Side::Invited(_)) if bearer.limits(app).await?.through_provider_alone => {
            Err(Denied::ThroughProviderAlone.into())
        }
        (_, Side::Invited(_)) if bearer.is_delegated() => Err(Denied::Application.into()),
        (invitation, Side::Invited(account)) => Ok((invitation, account)),
        (_, Side::Inviting(_)) => {
            Err(Failure::Forbidden("Only the account of the invited address can answer."))
        }
    }
}

/// `GET /api/invites/{token}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<InvitationId>,
) -> Answer {
    let (invitation, side) = found(&app, &bearer, id).await?;
    if let Side::Inviting(seat) = side {
        seat.standing.may(Action::View)?;
    }
    Ok(private(StatusCode::OK, invitation_resource(&app, &invitation)))
}

/// `DELETE /api/invites/{token}`
pub(crate) async fn withdraw(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<InvitationId>,
) -> Answer {
    let (invitation, seat) = inviting(&app, &bearer, id).await?;
    app.withdraw_invitation(&seat, &invitation, bearer.author()).await?;
    Ok(answer(&app, &invitation, "The invitation has been withdrawn."))
}

/// `POST /api/invites/{token}/actions/resend`
pub(crate) async fn resend(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<InvitationId>,
) -> Answer {
    let (invitation, seat) = inviting(&app, &bearer, id).await?;
    app.resend_invitation(&seat, &invitation, bearer.author()).await?;
    Ok(answer(&app, &invitation, "The invitation has been sent again."))
}

/// `POST /api/invites/{token}/actions/accept`
pub(crate) async fn accept(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<InvitationId>,
) -> Answer {
    let (invitation, account) = answering(&app, &bearer, id).await?;
    app.accept_invitation(&account, &invitation, bearer.author()).await?;
    Ok(answer(&app, &invitation, "The invitation has been accepted."))
}

/// `POST /api/invites/{token}/actions/decline`
pub(crate) async fn decline(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<InvitationId>,
) -> Answer {
    let (invitation, account) = answering(&app, &bearer, id).await?;
    app.decline_invitation(&account, &invitation, bearer.author()).await?;
    Ok(answer(&app, &invitation, "The invitation has been declined."))
}

fn answer(app: &App, invitation: &Invitation, message: &str) -> axum::response::Response {
    private(StatusCode::OK, done(app, message, &path(invitation.id), OWN))
}

fn invitation_resource(app: &App, invitation: &Invitation) -> Value {
    let path = path(invitation.id);
    let organization = &invitation.organization;
    let roles = invitation.roles.iter();
    let team = invitation.team.as_ref();
    json!({
        "uuid": invitation.id,
        "token": invitation.id,
        "email": invitation.email,
        "created_at": rfc3339(invitation.created_at),
        "expires_at": rfc3339(invitation.expires_at),
        "author": {
            "uuid": invitation.author,
            "first_name": "",
            "last_name": "",
            "picture_url": "",
            "username": invitation.author_email,
            "mail": invitation.author_email,
        },
        "organization": { "uuid": organization.id, "name": organization.name },
        "team": team.map(|team| json!({ "uuid": team.id, "name": team.name })),
        "applications": [],
        "roles": roles.map(|role| json!({ "uuid": role.id, "name": role.name })).collect::<Vec<_>>(),
        "flags": { "admin": invitation.admin },
        "_links": {
            "self": link(app, &path),
            "accept": link(app, &format!("{path}/actions/accept")),
            "decline": link(app, &format!("{path}/actions/decline")),
            "parent": link(app, OWN),
        },
    })
}
