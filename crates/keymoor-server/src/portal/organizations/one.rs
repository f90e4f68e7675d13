use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use http::StatusCode;
use keymoor_core::{
    OrganizationId,
    permission::{Action, Permissions, Standing},
};
use keymoor_store::{Invitation, Member, MemberSignIn, Seat};

use super::{closed, go, is_closed, may, outer_seat, path, refused, seat};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    portal::{
        SignedIn,
        activity::{ListQuery, Pager, who},
        form::Form,
        frame::{Frame, page_with, shown},
        signed_in::Entered,
        times::When,
    },
    resources::Segment,
};

#[expect(clippy::struct_excessive_bools, reason = "each is a thing that the page shows or not")]
struct MemberRow {
    id: String,
    email: String,
    since: When,
    owner: bool,
    admin: bool,
    disabled: bool,
    teams: String,
    /// Whether it is a service account, which has a page of its own.
    service: bool,
    /// When somebody last signed in through the provider, and whether that counts.
    through: Option<(When, bool)>,
    vouched: Option<VouchedRow>,
    /// Whether the buttons beside it would do something.
    can_remove: bool,
    can_set: bool,
}

/// What an operator vouched for.
struct VouchedRow {
    by: String,
    reason: String,
    until: When,
}

struct InvitationRow {
    id: String,
    email: String,
    admin: bool,
    team: Option<String>,
    author: String,
    expires: When,
}

/// What the page shows the way to.
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that the page shows or not")]
struct May {
    view: bool,
    rename: bool,
    invite: bool,
    invite_admin: bool,
    set_up_sign_in: bool,
    service_accounts: bool,
}

#[derive(Template)]
#[template(path = "organization.html")]
struct OrganizationPage {
    frame: Frame,
    problem: Option<String>,
    id: String,
    name: String,
    owner: String,
    created: When,
    standing: &'static str,
    federated: bool,
    /// Whether its provider alone started the session.
    inside: bool,
    count: i64,
    may: May,
    members: Vec<MemberRow>,
    invitations: Vec<InvitationRow>,
    has_mail: bool,
    pager: Pager,
}

/// `GET /organizations/{uuid}`: for members; for others it does not exist.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    Segment(id): Segment<OrganizationId>,
    Query(query): Query<ListQuery>,
) -> Answer {
    let seat = outer_seat(&app, &signed_in, id).await?;
    if is_closed(&app, &signed_in, &seat).await? {
        return closed::show(&app, &signed_in, &seat).await;
    }
    render(&app, &signed_in, &seat, &query, None).await
}

/// Back to the page, or the page with what is wrong.
pub(super) async fn outcome(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    outcome: Result<(), OperationError>,
) -> Answer {
    match outcome {
        Ok(()) => Ok(go(&path(seat.organization.id))),
        Err(error) => {
            let query = ListQuery::default();
            render(app, signed_in, seat, &query, Some(refused(error)?)).await
        }
    }
}

async fn render(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    query: &ListQuery,
    refused: Option<super::Refused>,
) -> Answer {
    let (status, problem) = match refused {
        Some((status, problem)) => (status, Some(problem)),
        None => (StatusCode::OK, None),
    };
    page_with(status, &organization_page(app, signed_in, seat, query, problem).await?)
}

async fn organization_page(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    query: &ListQuery,
    problem: Option<String>,
) -> Result<OrganizationPage, Failure> {
    let (found, now) = (&seat.organization, app.now());
    let may = May {
        view: may(seat, Action::View),
        rename: may(seat, Action::Rename),
        invite: may(seat, Action::Invite(&Permissions::new())),
        invite_admin: may(seat, Action::InviteAdministrator),
        set_up_sign_in: may(seat, Action::SetUpSignIn),
        service_accounts: may(seat, Action::ManageServiceAccounts),
    };
    let sign_ins = if may.set_up_sign_in {
        app.store.members_sign_ins(found.id, None, now).await?
    } else {
        Vec::new()
    };
    let (members, invitations) = if may.view {
        (
            app.store.members(found.id, query.rows()).await?,
            app.store.invitations(found.id, now).await?,
        )
    } else {
        (Vec::new(), Vec::new())
    };
    Ok(OrganizationPage {
        frame: signed_in.frame(app, "organizations"),
        problem,
        id: found.id.to_string(),
        name: found.name.as_str().to_owned(),
        owner: found.owner_email.as_str().to_owned(),
        created: When::new(found.created_at, now),
        standing: standing(&seat.standing),
        federated: found.federated,
        inside: signed_in.session.organization.is_some(),
        count: found.members,
        may,
        members: members.iter().map(|member| member_row(app, seat, member, &sign_ins)).collect(),
        invitations: invitations.into_iter().map(|one| invitation_row(app, one)).collect(),
        has_mail: app.mailer.is_some(),
        pager: Pager::new(query.page(), found.members, String::new()),
    })
}

fn standing(standing: &Standing) -> &'static str {
    match standing {
        Standing::Owner => "Owner",
        Standing::Administrator => "Administrator",
        Standing::Member(own) if own.is_empty() => "Member",
        Standing::Member(_) => "Member with roles",
        Standing::ThroughProviderAlone | Standing::Application { .. } => "Member",
    }
}

fn member_row(app: &App, seat: &Seat, member: &Member, sign_ins: &[MemberSignIn]) -> MemberRow {
    let service = member.service_name.is_some();
    let other = member.account != seat.account && !member.owner && !service;
    let sign_in = sign_ins.iter().find(|one| one.account == member.account);
    let now = app.now();
    let theirs =
        if member.admin { Standing::Administrator } else { Standing::Member(Permissions::new()) };
    let teams: Vec<_> = member.teams.iter().map(|team| team.name.as_str()).collect();
    MemberRow {
        id: member.account.to_string(),
        since: When::new(member.since, app.now()),
        owner: member.owner,
        admin: member.admin && !member.owner,
        disabled: member.disabled_at.is_some(),
        teams: teams.join(", "),
        service,
        through: sign_in
            .and_then(|one| one.through_provider)
            .map(|(at, until)| (When::new(at, now), until.is_some_and(|until| now < until))),
        vouched: sign_in.and_then(|one| one.vouched.as_ref()).map(|vouched| VouchedRow {
            by: who(&vouched.by),
            reason: vouched.reason.as_str().to_owned(),
            until: When::new(vouched.until, now),
        }),
        can_remove: other && may(seat, Action::RemoveMember(&theirs)),
        can_set: other && may(seat, Action::SetAdministrator),
        email: shown(member.service_name.as_ref(), &member.email),
    }
}

fn invitation_row(app: &App, invitation: Invitation) -> InvitationRow {
    InvitationRow {
        id: invitation.id.to_string(),
        email: invitation.email.as_str().to_owned(),
        admin: invitation.admin,
        team: invitation.team.map(|team| team.name.as_str().to_owned()),
        author: invitation.author_email.as_str().to_owned(),
        expires: When::new(invitation.expires_at, app.now()),
    }
}

/// `POST /organizations/{uuid}/rename`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let seat = seat(&app, &signed_in, id).await?;
    let done = app.rename_organization(&seat, form.text("name"), signed_in.author()).await;
    outcome(&app, &signed_in, &seat, done).await
}
