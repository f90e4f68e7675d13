//! What happened to an account and its API tokens, newest first.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use keymoor_store::{Activity, ActivityKind, Page};
use serde::Deserialize;

use super::{
    SignedIn,
    frame::{Frame, page},
    sessions::device,
    times::When,
};
use crate::{App, failure::Answer};

/// Rows on a page.
pub(super) const ROWS: u32 = 25;

/// Which page of a list, counted from 1, and what is looked for.
#[derive(Default, Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    pub(super) page: String,
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    pub(super) state: String,
}

impl ListQuery {
    /// What is looked for. No label has a character that cannot be seen, or more than these.
    pub(super) fn text(&self) -> String {
        let seen = self.q.chars().filter(|character| !character.is_control());
        seen.take(255).collect::<String>().trim().to_owned()
    }

    /// Anything that is no number is the first page.
    pub(super) fn page(&self) -> u32 {
        self.page.parse().unwrap_or(1).clamp(1, 100_000)
    }

    pub(super) fn rows(&self) -> Page {
        Page { limit: ROWS, offset: (self.page() - 1) * ROWS }
    }
}

/// Where one is in a long list.
pub(super) struct Pager {
    pub(super) current: u32,
    pub(super) last: u32,
    /// The rest of the query, ready to stand after `page=N`.
    pub(super) rest: String,
}

impl Pager {
    pub(super) fn new(current: u32, count: i64, rest: String) -> Self {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Self { current, last: count.div_ceil(ROWS).max(1), rest }
    }
}

struct Row {
    at: When,
    what: String,
    label: String,
    link: Option<String>,
    by: String,
    address: String,
    warning: bool,
}

#[derive(Template)]
#[template(path = "activity.html")]
struct ActivityPage {
    frame: Frame,
    rows: Vec<Row>,
    pager: Pager,
}

/// `GET /account/activity`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
) -> Answer {
    app.flush_uses().await;
    let (found, count) = app.store.activity_of(signed_in.account.id, query.rows()).await?;
    let own = format!("account:{}", signed_in.account.id);
    let row = |activity: Activity| Row {
        at: When::new(activity.at, app.now()),
        what: what(activity.kind, activity.times),
        link: link(&activity),
        by: if own == activity.actor { String::new() } else { by(&activity) },
        address: activity.address.map(|address| address.to_string()).unwrap_or_default(),
        warning: is_warning(activity.kind),
        label: match activity.kind {
            ActivityKind::SignedIn => device(&activity.label),
            _ => activity.label,
        },
    };
    page(&ActivityPage {
        frame: signed_in.frame(&app, "activity"),
        rows: found.into_iter().map(row).collect(),
        pager: Pager::new(query.page(), count, String::new()),
    })
}

/// Where more is told of it.
pub(super) fn link(activity: &Activity) -> Option<String> {
    use ActivityKind as Kind;
    let subject = &activity.subject;
    match activity.kind {
        _ if subject.is_empty() => None,
        // What is gone, and applications that may be somebody else's.
        Kind::AccountLinked
        | Kind::AccountUnlinked
        | Kind::MemberRemoved
        | Kind::ServiceAccountDeleted
        | Kind::CodeRefused
        | Kind::DeviceCodeRefused
        | Kind::RefreshRefused => None,
        Kind::SignedInThroughProvider
        | Kind::MemberAdded
        | Kind::AdministratorAppointed
        | Kind::AdministratorDismissed
        | Kind::OwnerChanged => Some(format!("/organizations/{subject}")),
        Kind::ApplicationCreated
        | Kind::ApplicationChanged
        | Kind::ApplicationSecretReplaced
        | Kind::ApplicationRefused => Some(format!("/account/applications/{subject}")),
        Kind::ApplicationRemoved => Some("/account/applications".to_owned()),
        Kind::GrantAllowed
        | Kind::GrantDenied
        | Kind::DeviceAllowed
        | Kind::DeviceDenied
        | Kind::GrantMade
        | Kind::GrantEnded
        | Kind::GrantReused => Some("/account/authorized".to_owned()),
        kind if is_of_organization(kind) => {
            let (organization, account) = subject.split_once('/')?;
            Some(format!("/organizations/{organization}/service-accounts/{account}"))
        }
        _ => Some(match subject.rsplit_once('/').zip(subject.split_once('/')) {
            Some(((_, key), (organization, rest))) => {
                let account = rest.split('/').next().unwrap_or_default();
                let accounts = format!("/organizations/{organization}/service-accounts");
                format!("{accounts}/{account}/tokens/{key}")
            }
            None => format!("/account/tokens/{subject}"),
        }),
    }
}

/// Whether an organization's administrators do it.
fn is_of_organization(kind: ActivityKind) -> bool {
    use ActivityKind as Kind;
    matches!(
        kind,
        Kind::MemberAdded
            | Kind::MemberRemoved
            | Kind::AdministratorAppointed
            | Kind::AdministratorDismissed
            | Kind::OwnerChanged
            | Kind::ServiceAccountCreated
            | Kind::ServiceAccountRenamed
            | Kind::ServiceAccountRenewed
            | Kind::ServiceAccountDisabled
            | Kind::ServiceAccountEnabled
            | Kind::ServiceAccountDeleted
            | Kind::RenewalSoon
    )
}

/// Who else did it.
pub(super) fn by(activity: &Activity) -> String {
    let inside = is_of_organization(activity.kind) || activity.subject.contains('/');
    if inside && activity.actor.starts_with("account:") {
        return "an administrator of the organization".to_owned();
    }
    who(&activity.actor)
}

/// What happened, in words.
pub(super) fn what(kind: ActivityKind, times: i64) -> String {
    use ActivityKind as Kind;
    let text = match kind {
        Kind::AccountCreated => "Account created",
        Kind::AccountDisabled => "Account disabled",
        Kind::AccountEnabled => "Account enabled again",
        Kind::SignedIn => "Signed in",
        Kind::SignInFailed => "Failed sign-in",
        Kind::SignedInThroughProvider => "Signed in through an organization's provider",
        Kind::AccountLinked => "Linked to an identity provider",
        Kind::AccountUnlinked => "Link to an identity provider removed",
        Kind::PasswordSet => "Password set",
        Kind::SecondFactorAdded => "Second factor added",
        Kind::SecondFactorRemoved => "Second factor removed",
        Kind::RecoveryCodesMade => "Recovery codes made",
        Kind::RecoveryCodeUsed => "Recovery code used",
        Kind::ApiTokenCreated => "API token created",
        Kind::ApiTokenRenamed => "API token renamed",
        Kind::ApiTokenRemoved => "API token removed",
        Kind::ApiSecretAdded => "API Secret added",
        Kind::ApiSecretClosed => "API Secret closed",
        Kind::NewNetwork => "API token used from a new network",
        Kind::ApiTokenRefused => "Request refused: wrong API Secret or no longer valid",
        Kind::ExpirySoon => "API token expires soon",
        Kind::ApplicationCreated => "Application registered",
        Kind::ApplicationChanged => "Application changed",
        Kind::ApplicationSecretReplaced => "Application's secret replaced",
        Kind::ApplicationRemoved => "Application removed",
        Kind::ApplicationRefused => "Request of an application refused: wrong secret, or none",
        Kind::GrantAllowed => "You allowed an application",
        Kind::GrantDenied => "Application denied",
        Kind::DeviceAllowed => "You allowed an application on a device",
        Kind::DeviceDenied => "Application on a device denied",
        Kind::CodeRefused => "Code of an application refused",
        Kind::DeviceCodeRefused => "Device code of an application refused",
        Kind::RefreshRefused => "Refresh token of an application refused",
        Kind::GrantMade => "Access given to an application",
        Kind::GrantEnded => "Access of an application ended",
        Kind::GrantReused => {
            "Access of an application ended: a code or refresh token was used twice"
        }
        Kind::MemberAdded => "Became a member of an organization",
        Kind::MemberRemoved => "No member of an organization any more",
        Kind::AdministratorAppointed => "Became an administrator of an organization",
        Kind::AdministratorDismissed => "No administrator of an organization any more",
        Kind::OwnerChanged => "Organization handed over",
        Kind::ServiceAccountCreated => "Service account created",
        Kind::ServiceAccountRenamed => "Service account renamed",
        Kind::ServiceAccountRenewed => "Service account renewed",
        Kind::ServiceAccountDisabled => "Service account disabled",
        Kind::ServiceAccountEnabled => "Service account enabled again",
        Kind::ServiceAccountDeleted => "Service account deleted",
        Kind::RenewalSoon => "Service account has to be renewed soon",
    };
    if times == 1 { text.to_owned() } else { format!("{text} ({times} times)") }
}

fn is_warning(kind: ActivityKind) -> bool {
    use ActivityKind as Kind;
    matches!(
        kind,
        Kind::SignInFailed
            | Kind::ApiTokenRefused
            | Kind::NewNetwork
            | Kind::ExpirySoon
            | Kind::RenewalSoon
            | Kind::RecoveryCodeUsed
            | Kind::GrantReused
            | Kind::ApplicationRefused
    )
}

/// Who did it, as people say it.
pub(super) fn who(actor: &str) -> String {
    match actor.split_once(':') {
        Some(("token", key)) => format!("API token {key}"),
        Some(("application", id)) => format!("application {id}"),
        Some(("account", _)) => "an operator, signed in to the portal".to_owned(),
        Some(("provisioning", _)) => "an organization's provisioning".to_owned(),
        None if actor == "nobody" => String::new(),
        _ => "the operator".to_owned(),
    }
}
