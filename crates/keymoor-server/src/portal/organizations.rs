//! The organizations that somebody belongs to, to be read.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use keymoor_core::OrganizationId;
use keymoor_store::{Member, Organization};

use super::{
    activity::{ListQuery, Pager},
    frame::{Frame, page},
    signed_in::{Entered, SignedIn},
    times::When,
};
use crate::{
    App,
    failure::{Answer, Failure},
    resources::Segment,
};

struct Row {
    id: String,
    name: String,
    owner: bool,
    members: i64,
    federated: bool,
}

#[derive(Template)]
#[template(path = "organizations.html")]
struct OrganizationsPage {
    frame: Frame,
    organizations: Vec<Row>,
}

/// `GET /organizations`
pub(super) async fn list(State(app): State<Arc<App>>, Entered(signed_in): Entered) -> Answer {
    let only = signed_in.session.organization;
    let mut found = app.store.organizations_of(signed_in.account.id).await?;
    found.retain(|found| only.is_none_or(|only| found.id == only));
    let row = |organization: Organization| Row {
        id: organization.id.to_string(),
        name: organization.name.as_str().to_owned(),
        owner: organization.owner == signed_in.account.id,
        members: organization.members,
        federated: organization.federated,
    };
    let organizations = found.into_iter().map(row).collect();
    page(&OrganizationsPage { frame: signed_in.frame(&app, "organizations"), organizations })
}

#[derive(Template)]
#[template(path = "organization_closed.html")]
struct ClosedPage {
    frame: Frame,
    id: String,
    name: String,
    /// What the provider is called, if it can be signed in through.
    provider: Option<String>,
    owner: bool,
}

/// A federated organization to a member who has not come through its provider.
async fn closed(app: &App, signed_in: &SignedIn, found: &Organization) -> Answer {
    let provider = app.store.identity_provider_of(found.id).await?;
    let provider = provider.filter(|provider| provider.enabled_at.is_some());
    page(&ClosedPage {
        frame: signed_in.frame(app, "organizations"),
        id: found.id.to_string(),
        name: found.name.as_str().to_owned(),
        provider: provider.map(|provider| provider.label.as_str().to_owned()),
        owner: found.owner == signed_in.account.id,
    })
}

struct MemberRow {
    email: String,
    since: When,
    owner: bool,
    disabled: bool,
}

#[derive(Template)]
#[template(path = "organization.html")]
struct OrganizationPage {
    frame: Frame,
    id: String,
    name: String,
    owner: String,
    created: When,
    federated: bool,
    /// Whether the one who looks is the owner, who sets up its sign-in.
    owns: bool,
    count: i64,
    members: Vec<MemberRow>,
    pager: Pager,
}

/// `GET /organizations/{uuid}`: for members; for others it does not exist.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    Segment(id): Segment<OrganizationId>,
    Query(query): Query<ListQuery>,
) -> Answer {
    let own = app.store.organizations_of(signed_in.account.id).await?;
    let found = own.into_iter().find(|own| own.id == id).ok_or(Failure::NotFound)?;
    if signed_in.session.organization.is_some_and(|only| only != id) {
        return Err(Failure::NotFound);
    }
    if found.federated && !signed_in.has_come_through(&app, id).await? {
        return closed(&app, &signed_in, &found).await;
    }
    let members = app.store.members(id, query.rows()).await?;
    let now = app.now();
    let row = |member: Member| MemberRow {
        email: member.email.as_str().to_owned(),
        since: When::new(member.since, now),
        owner: member.account == found.owner,
        disabled: member.disabled_at.is_some(),
    };
    page(&OrganizationPage {
        frame: signed_in.frame(&app, "organizations"),
        id: id.to_string(),
        name: found.name.as_str().to_owned(),
        owner: found.owner_email.as_str().to_owned(),
        created: When::new(found.created_at, now),
        federated: found.federated,
        owns: found.owner == signed_in.account.id && signed_in.session.organization.is_none(),
        count: found.members,
        members: members.into_iter().map(row).collect(),
        pager: Pager::new(query.page(), found.members, String::new()),
    })
}
