//! Members and administrators.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use http::StatusCode;
use keymoor_core::{
    AccountId, OrganizationId, TeamId,
    permission::Action,
    wire::listing::{Fields, Kind},
};
use keymoor_store::{Member, Named, Page};
use serde_json::{Value, json};

use super::{Bearer, Segment, Segments, organizations, private, teams};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::{self, done, link},
    time::rfc3339,
};

/// The fields of a member.
pub(super) const FIELDS: Fields = &[
    ("uuid", Kind::Text),
    ("mail", Kind::Text),
    ("username", Kind::Text),
    ("last_login_at", Kind::Time),
    ("flags.owner", Kind::Flag),
    ("flags.administrator", Kind::Flag),
];

const ALL: Page = Page { limit: u32::MAX, offset: 0 };

/// Which of the two lists.
#[derive(Clone, Copy)]
enum Which {
    Members,
    Admins,
}

impl Which {
    fn path(self, organization: OrganizationId) -> String {
        let name = match self {
            Self::Members => "members",
            Self::Admins => "admins",
        };
        format!("{}/{name}", organizations::path(organization))
    }

    fn takes(self, member: &Member) -> bool {
        matches!(self, Self::Members) || is_administrator(member)
    }
}

fn is_administrator(member: &Member) -> bool {
    member.owner || member.admin
}

/// `GET /api/organizations/{uuid}/members`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    RawQuery(query): RawQuery,
) -> Answer {
    show_list(&app, &bearer, id, query.as_deref(), Which::Members).await
}

/// `GET /api/organizations/{uuid}/admins`
pub(crate) async fn admins(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    RawQuery(query): RawQuery,
) -> Answer {
    show_list(&app, &bearer, id, query.as_deref(), Which::Admins).await
}

async fn show_list(
    app: &App,
    bearer: &Bearer,
    id: OrganizationId,
    query: Option<&str>,
    which: Which,
) -> Answer {
    bearer.inside(app, id).await?.standing.may(Action::View)?;
    let wanted = hal::listing(query, FIELDS)?;
    let path = which.path(id);
    let members = app.store.members(id, ALL).await?;
    let taken = members.iter().filter(|member| which.takes(member));
    let items = taken.map(|member| member_resource(app, member, &path)).collect();
    let parent = organizations::path(id);
    Ok(private(StatusCode::OK, hal::list(app, &path, &parent, items, &wanted)))
}

/// `GET /api/organizations/{uuid}/members/{user}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    ids: Segments<OrganizationId, AccountId>,
) -> Answer {
    show_one(&app, &bearer, ids, Which::Members).await
}

/// `GET /api/organizations/{uuid}/admins/{user}`
pub(crate) async fn show_admin(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    ids: Segments<OrganizationId, AccountId>,
) -> Answer {
    show_one(&app, &bearer, ids, Which::Admins).await
}

async fn show_one(
    app: &App,
    bearer: &Bearer,
    Segments(id, account): Segments<OrganizationId, AccountId>,
    which: Which,
) -> Answer {
    bearer.inside(app, id).await?.standing.may(Action::View)?;
    let found = app.store.member(id, account).await?.filter(|member| which.takes(member));
    let found = found.ok_or(Failure::NotFound)?;
    Ok(private(StatusCode::OK, member_resource(app, &found, &which.path(id))))
}

/// `DELETE /api/organizations/{uuid}/members/{user}`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(id, account): Segments<OrganizationId, AccountId>,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    app.expel_member(&seat, account, bearer.author()).await?;
    let parent = Which::Members.path(id);
    let message = "The member has been removed.";
    Ok(private(StatusCode::OK, done(&app, message, &format!("{parent}/{account}"), &parent)))
}

/// `PUT /api/organizations/{uuid}/admins/{user}`: makes a member an administrator.
pub(crate) async fn appoint(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    ids: Segments<OrganizationId, AccountId>,
) -> Answer {
    set(&app, &bearer, ids, true, "The member has been made an administrator.").await
}

/// `DELETE /api/organizations/{uuid}/admins/{user}`: who was one stays a member.
pub(crate) async fn dismiss(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    ids: Segments<OrganizationId, AccountId>,
) -> Answer {
    set(&app, &bearer, ids, false, "The member is no administrator any more.").await
}

async fn set(
    app: &Arc<App>,
    bearer: &Bearer,
    Segments(id, account): Segments<OrganizationId, AccountId>,
    admin: bool,
    message: &str,
) -> Answer {
    let seat = bearer.inside(app, id).await?;
    app.set_administrator(&seat, account, admin, bearer.author()).await?;
    let parent = Which::Admins.path(id);
    Ok(private(StatusCode::OK, done(app, message, &format!("{parent}/{account}"), &parent)))
}

/// A member as every list shows it; `parent` is the list.
pub(super) fn member_resource(app: &App, member: &Member, parent: &str) -> Value {
    let this = format!("{parent}/{}", member.account);
    json!({
        "uuid": member.account,
        "first_name": "",
        "last_name": "",
        "last_login_at": rfc3339(member.signed_in_at.unwrap_or(member.created_at)),
        "mail": member.email,
        "picture_url": "",
        "username": member.email,
        "teams": member.teams.iter().map(|team| team_link(app, team)).collect::<Vec<_>>(),
        "flags": { "owner": member.owner, "administrator": is_administrator(member) },
        "_links": { "self": link(app, &this), "parent": link(app, parent) },
    })
}

fn team_link(app: &App, team: &Named<TeamId>) -> Value {
    let links = json!({ "self": link(app, &teams::path(team.id)) });
    json!({ "uuid": team.id, "name": team.name, "_links": links })
}
