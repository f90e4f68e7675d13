//! Members and administrators.

use std::{collections::HashMap, sync::Arc};

use axum::extract::{RawQuery, State};
use http::StatusCode;
use keymoor_core::{
    AccountId, OrganizationId, TeamId,
    name::Label,
    permission::Action,
    wire::listing::{Fields, Kind},
};
use keymoor_store::{Member, MemberSignIn, Named, Page, Seat};
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
    ("flags.service_account", Kind::Flag),
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
    let seat = bearer.inside(app, id).await?;
    seat.standing.may(Action::View)?;
    let wanted = hal::listing(query, FIELDS)?;
    let path = which.path(id);
    let members = app.store.members(id, ALL).await?;
    let sign_ins = sign_ins(app, &seat, None).await?;
    let taken = members.iter().filter(|member| which.takes(member));
    let items = taken
        .map(|member| with_sign_in(member_resource(app, member, &path), member, sign_ins.as_ref()));
    let items = items.collect();
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
    let seat = bearer.inside(app, id).await?;
    seat.standing.may(Action::View)?;
    let found = app.store.member(id, account).await?.filter(|member| which.takes(member));
    let found = found.ok_or(Failure::NotFound)?;
    let sign_ins = sign_ins(app, &seat, Some(account)).await?;
    let resource = member_resource(app, &found, &which.path(id));
    Ok(private(StatusCode::OK, with_sign_in(resource, &found, sign_ins.as_ref())))
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
        "username": member.service_name.as_ref().map_or(member.email.as_str(), Label::as_str),
        "teams": member.teams.iter().map(|team| team_link(app, team)).collect::<Vec<_>>(),
        "flags": {
            "owner": member.owner,
            "administrator": is_administrator(member),
            "service_account": member.service_name.is_some(),
        },
        "_links": { "self": link(app, &this), "parent": link(app, parent) },
    })
}

type SignIns = HashMap<AccountId, MemberSignIn>;

/// What counts for the members of a federated organization, or one of them, for whoever looks after
/// it.
async fn sign_ins(
    app: &App,
    seat: &Seat,
    of_one: Option<AccountId>,
) -> Result<Option<SignIns>, Failure> {
    if !seat.standing.is_administrator() {
        return Ok(None);
    }
    let found = app.store.members_sign_ins(seat.organization.id, of_one, app.now()).await?;
    Ok(Some(found.into_iter().map(|one| (one.account, one)).collect()))
}

/// The member with what counts for it, if that may be shown. What an operator said stands apart.
fn with_sign_in(mut resource: Value, member: &Member, all: Option<&SignIns>) -> Value {
    let Some(all) = all else {
        return resource;
    };
    let found = all.get(&member.account);
    let through = found.and_then(|found| found.through_provider);
    let vouched = found.and_then(|found| found.vouched.as_ref());
    resource["sign_in"] = json!({
        "signed_in_at": through.map(|(at, _)| rfc3339(at)),
        "counts_until": through.and_then(|(_, until)| until).map(rfc3339),
        "vouched": vouched.map(|vouched| json!({
            "by": vouched.by,
            "reason": vouched.reason,
            "until": rfc3339(vouched.until),
        })),
    });
    resource
}

pub(super) fn team_link(app: &App, team: &Named<TeamId>) -> Value {
    let links = json!({ "self": link(app, &teams::path(team.id)) });
    json!({ "uuid": team.id, "name": team.name, "_links": links })
}
