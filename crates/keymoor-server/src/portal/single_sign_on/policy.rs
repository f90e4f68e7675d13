use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use keymoor_core::OrganizationId;
use keymoor_store::{FederationPolicy, StoreError};

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{sentence, shown},
        times::When,
    },
    Settings, number, path,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    resources::Segment,
};

/// Who would be refused.
pub(super) struct Preview {
    pub(super) members: Vec<MemberRow>,
    pub(super) tokens: Vec<TokenRow>,
    pub(super) watched: Vec<WatchedRow>,
}

/// An API token whose calls would have been refused while the organization watched.
pub(super) struct WatchedRow {
    pub(super) label: String,
    pub(super) email: String,
    pub(super) times: i64,
    pub(super) last: When,
}

/// A member without a sign-in that counts.
pub(super) struct MemberRow {
    pub(super) email: String,
    /// When the last one stopped to count, if there was one.
    pub(super) ended: Option<When>,
}

/// An API token of such a member.
pub(super) struct TokenRow {
    pub(super) label: String,
    pub(super) email: String,
    pub(super) used: Option<(When, String)>,
}

impl Preview {
    pub(super) async fn of(app: &App, organization: OrganizationId) -> Result<Self, StoreError> {
        let now = app.now();
        let members = app.store.unready_members(organization, now).await?.into_iter();
        let tokens = app.store.unready_tokens(organization, now).await?.into_iter();
        let watched = app.store.watched_refusals(organization).await?.into_iter();
        Ok(Self {
            watched: watched
                .map(|noted| WatchedRow {
                    label: noted.label.as_str().to_owned(),
                    email: shown(noted.service_name.as_ref(), &noted.email),
                    times: noted.times,
                    last: When::new(noted.last_at, now),
                })
                .collect(),
            members: members
                .map(|member| MemberRow {
                    email: shown(member.service_name.as_ref(), &member.email),
                    ended: member.signed_in_until.map(|until| When::new(until, now)),
                })
                .collect(),
            tokens: tokens
                .map(|token| TokenRow {
                    label: token.label.as_str().to_owned(),
                    email: shown(token.service_name.as_ref(), &token.email),
                    used: token
                        .last_use
                        .map(|last| (When::new(last.at, now), last.address.to_string())),
                })
                .collect(),
        })
    }
}

/// `POST …/policy`
pub(in super::super) async fn save(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let settings = Settings::of(&app, &signed_in, id).await?;
    let policy = FederationPolicy {
        max_sign_in_age: number(&form, "max_days").unwrap_or(0).saturating_mul(86_400),
        watched: form.has("watched"),
        break_glass: form.has("break_glass"),
    };
    match app.set_federation_policy(id, policy, signed_in.author()).await {
        Ok(()) => Ok(Redirect::to(&path(id)).into_response()),
        Err(OperationError::Invalid { field, problem }) => {
            let problem = Some(sentence(field, &problem));
            settings.page(&app, &signed_in, None, problem).await
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST …/require`: from now on the organization's resources open only through the provider.
pub(in super::super) async fn require(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let settings = Settings::of(&app, &signed_in, id).await?;
    if !settings.is_enabled() {
        let why = "No provider is enabled, so nobody could sign in through it. Set one up, test it \
            and enable it first.";
        return Err(Failure::Conflict(why.to_owned()));
    }
    set(&app, &signed_in, &settings, true).await
}

/// `POST …/release`: the resources open without it again.
pub(in super::super) async fn release(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let settings = Settings::of(&app, &signed_in, id).await?;
    set(&app, &signed_in, &settings, false).await
}

async fn set(app: &Arc<App>, signed_in: &SignedIn, settings: &Settings, federated: bool) -> Answer {
    let id = settings.organization.id;
    if settings.organization.federated != federated {
        app.set_organization_federated(id, federated, signed_in.author()).await?;
    }
    Ok(Redirect::to(&path(id)).into_response())
}
