use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use keymoor_core::{AccountId, OrganizationId, RoleId, UnixTime, permission::Action};
use keymoor_store::{Activity, Page, Seat, ServiceAccount, StoreError, Vouching};

use super::{Refused, go, refused, seat, service_accounts::list_path};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    portal::{
        SignedIn,
        activity::{what, who},
        form::Form,
        frame::{Frame, page_with},
        times::When,
    },
    resources::Segments,
};

/// Rows of activity on the page.
const ROWS: Page = Page { limit: 25, offset: 0 };

/// Who vouches for it.
struct VouchingRow {
    email: String,
    at: When,
    signed_in: When,
    until: When,
    counts: bool,
    provider_enabled: bool,
}

/// A team or a role that can be chosen.
struct Choice {
    id: String,
    name: String,
}

/// What happened to it.
struct ActivityRow {
    at: When,
    what: String,
    label: String,
    by: String,
}

#[derive(Template)]
#[template(path = "service_account.html")]
struct ServiceAccountPage {
    frame: Frame,
    problem: Option<String>,
    organization: String,
    organization_name: String,
    federated: bool,
    /// Whether members can sign in through the provider.
    has_provider: bool,
    id: String,
    name: String,
    created: When,
    disabled: Option<When>,
    disabled_by_operator: bool,
    tokens: i64,
    vouching: Option<VouchingRow>,
    teams: Vec<Choice>,
    other_teams: Vec<Choice>,
    roles: Vec<Choice>,
    activity: Vec<ActivityRow>,
}

type Ids = Segments<OrganizationId, AccountId>;

/// Where the page is.
pub(in super::super) fn path(organization: OrganizationId, id: AccountId) -> String {
    format!("{}/{id}", list_path(organization))
}

/// Whether an administrator's sign-in counts for it now.
pub(super) fn counts(vouching: Option<&Vouching>, now: UnixTime) -> bool {
    vouching.is_some_and(|vouching| vouching.provider_enabled && now < vouching.until)
}

/// The service account, for who may look after it and did sign in lately, where that is needed.
async fn found(
    app: &App,
    signed_in: &SignedIn,
    Segments(organization, id): Ids,
    recent: bool,
) -> Result<(Seat, ServiceAccount), Failure> {
    let seat = seat(app, signed_in, organization).await?;
    let found = app.service_account(&seat, id).await?;
    if recent {
        signed_in.check_recent(app, &path(organization, id))?;
    }
    Ok((seat, found))
}

/// `GET /organizations/{uuid}/service-accounts/{account}`
pub(crate) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn, ids: Ids) -> Answer {
    let (seat, found) = found(&app, &signed_in, ids, false).await?;
    render(&app, &signed_in, &seat, found, None).await
}

async fn render(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    found: ServiceAccount,
    refused: Option<Refused>,
) -> Answer {
    let (status, problem) = match refused {
        Some((status, problem)) => (status, Some(problem)),
        None => (StatusCode::OK, None),
    };
    let (now, organization) = (app.now(), &seat.organization);
    let provider = app.store.identity_provider_of(organization.id).await?;
    let page = ServiceAccountPage {
        frame: signed_in.frame(app, "organizations"),
        problem,
        organization: organization.id.to_string(),
        organization_name: organization.name.as_str().to_owned(),
        federated: organization.federated,
        has_provider: provider.is_some_and(|provider| provider.enabled_at.is_some()),
        id: found.id.to_string(),
        name: found.name.as_str().to_owned(),
        created: When::new(found.created_at, now),
        disabled: found.disabled_at.map(|at| When::new(at, now)),
        disabled_by_operator: found.disabled_by_operator,
        tokens: found.api_tokens,
        vouching: found.vouching.as_ref().map(|vouching| vouching_row(vouching, now)),
        other_teams: other_teams(app, &found).await?,
        teams: found.teams.iter().map(|team| choice(&team.id, team.name.as_str())).collect(),
        roles: roles(app, organization.id).await?,
        activity: activity(app, found.id).await?,
    };
    page_with(status, &page)
}

fn choice(id: &impl ToString, name: &str) -> Choice {
    Choice { id: id.to_string(), name: name.to_owned() }
}

fn vouching_row(vouching: &Vouching, now: UnixTime) -> VouchingRow {
    VouchingRow {
        email: vouching.email.as_str().to_owned(),
        at: When::new(vouching.at, now),
        signed_in: When::new(vouching.signed_in_at, now),
        until: When::new(vouching.until, now),
        counts: counts(Some(vouching), now),
        provider_enabled: vouching.provider_enabled,
    }
}

async fn other_teams(app: &App, found: &ServiceAccount) -> Result<Vec<Choice>, StoreError> {
    let all = app.store.teams(found.organization).await?.into_iter();
    let others = all.filter(|team| found.teams.iter().all(|own| own.id != team.id));
    Ok(others.map(|team| choice(&team.id, team.name.as_str())).collect())
}

async fn roles(app: &App, organization: OrganizationId) -> Result<Vec<Choice>, StoreError> {
    let all = app.store.roles(organization).await?;
    Ok(all.iter().map(|role| choice(&role.id, role.name.as_str())).collect())
}

async fn activity(app: &App, id: AccountId) -> Result<Vec<ActivityRow>, StoreError> {
    app.flush_uses().await;
    let (found, _) = app.store.activity_of(id, ROWS).await?;
    let people: BTreeSet<AccountId> = found.iter().filter_map(person).collect();
    let mut names = HashMap::new();
    for account in people {
        let known = app.store.account(account).await?;
        names.extend(known.map(|known| (account, known.email.as_str().to_owned())));
    }
    let row = |activity: Activity| {
        let name = person(&activity).and_then(|account| names.get(&account).cloned());
        ActivityRow {
            at: When::new(activity.at, app.now()),
            what: what(activity.kind, activity.times),
            by: name.unwrap_or_else(|| who(&activity.actor)),
            label: activity.label,
        }
    };
    Ok(found.into_iter().map(row).collect())
}

/// The account that did it, if one did.
fn person(activity: &Activity) -> Option<AccountId> {
    activity.actor.strip_prefix("account:")?.parse().ok()
}

/// On to `next`, or the page with what is wrong.
async fn outcome(
    app: &App,
    signed_in: &SignedIn,
    (seat, found): (Seat, ServiceAccount),
    outcome: Result<(), OperationError>,
    next: &str,
) -> Answer {
    match outcome {
        Ok(()) => Ok(go(next)),
        Err(error) => render(app, signed_in, &seat, found, Some(refused(error)?)).await,
    }
}

/// `POST /organizations/{uuid}/service-accounts/{account}`: another name.
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ids: Ids,
    form: Form,
) -> Answer {
    let (seat, one) = found(&app, &signed_in, ids, false).await?;
    let next = path(one.organization, one.id);
    let done = app.rename_service_account(&seat, one.id, form.text("name"), signed_in.author());
    let done = done.await;
    outcome(&app, &signed_in, (seat, one), done, &next).await
}

/// `POST …/renew`: the last sign-in of who asks counts for it from now on.
pub(crate) async fn renew(State(app): State<Arc<App>>, signed_in: SignedIn, ids: Ids) -> Answer {
    let (seat, one) = found(&app, &signed_in, ids, true).await?;
    let next = path(one.organization, one.id);
    let done = app.renew_service_account(&seat, one.id, signed_in.author()).await;
    outcome(&app, &signed_in, (seat, one), done, &next).await
}

/// `POST …/disable`: its access tokens die at once.
pub(crate) async fn disable(State(app): State<Arc<App>>, signed_in: SignedIn, ids: Ids) -> Answer {
    set(&app, &signed_in, ids, true).await
}

/// `POST …/enable`
pub(crate) async fn enable(State(app): State<Arc<App>>, signed_in: SignedIn, ids: Ids) -> Answer {
    set(&app, &signed_in, ids, false).await
}

async fn set(app: &Arc<App>, signed_in: &SignedIn, ids: Ids, disabled: bool) -> Answer {
    let (seat, one) = found(app, signed_in, ids, true).await?;
    let next = path(one.organization, one.id);
    let author = signed_in.author();
    let done = app.set_service_account_disabled(&seat, one.id, disabled, author).await;
    outcome(app, signed_in, (seat, one), done, &next).await
}

/// `POST …/delete`: its name is typed, so that nobody does it by mistake.
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ids: Ids,
    form: Form,
) -> Answer {
    let (seat, one) = found(&app, &signed_in, ids, true).await?;
    let done = if form.text("name").trim() == one.name.as_str() {
        app.delete_service_account(&seat, one.id, signed_in.author()).await
    } else {
        let problem = "is not the service account's; type it as it stands in the heading";
        Err(OperationError::invalid("name", &problem))
    };
    let next = list_path(one.organization);
    outcome(&app, &signed_in, (seat, one), done, &next).await
}

/// `POST …/team`: a member of another team, with those roles.
pub(crate) async fn join(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ids: Ids,
    form: Form,
) -> Answer {
    let (seat, one) = found(&app, &signed_in, ids, true).await?;
    let team = form.text("team").parse().map_err(|_| Failure::NotFound)?;
    let team = app.store.team(team).await?.filter(|team| team.organization == one.organization);
    let team = team.ok_or(Failure::NotFound)?;
    let roles = form.all("role").map(str::parse).collect::<Result<Vec<RoleId>, _>>();
    let roles = roles.map_err(|_| Failure::NotFound)?;
    seat.standing.may(Action::ManageServiceAccounts)?;
    let done = app.add_team_member(&seat, &team, one.id, roles, signed_in.author()).await;
    let next = path(one.organization, one.id);
    outcome(&app, &signed_in, (seat, one), done, &next).await
}
