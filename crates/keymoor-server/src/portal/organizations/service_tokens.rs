//! The API tokens of a service account.

use std::sync::Arc;

use axum::extract::{Query, State};
use keymoor_core::{AccountId, ApiKey, OrganizationId};

use super::seat;
use crate::{
    App,
    failure::{Answer, Failure},
    portal::{
        SignedIn,
        activity::ListQuery,
        api_tokens::{
            create::{self, Filled},
            holder::Holder,
            list, one, secrets,
        },
        form::Form,
    },
    resources::{Segments, ThreeSegments},
};

type Owner = Segments<OrganizationId, AccountId>;
type Ids = ThreeSegments<OrganizationId, AccountId, ApiKey>;

pub(in super::super) async fn holder(
    app: &App,
    signed_in: &SignedIn,
    (id, account): (OrganizationId, AccountId),
) -> Result<Holder, Failure> {
    let seat = seat(app, signed_in, id).await?;
    let found = app.service_account(&seat, account).await?;
    Ok(Holder::service(&seat, &found))
}

/// `GET …/tokens`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segments(id, account): Owner,
    Query(query): Query<ListQuery>,
) -> Answer {
    let holder = holder(&app, &signed_in, (id, account)).await?;
    list::show(&app, &signed_in, &holder, &query).await
}

/// `GET …/tokens/new`
pub(crate) async fn show_new(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segments(id, account): Owner,
    Query(filled): Query<Filled>,
) -> Answer {
    let holder = holder(&app, &signed_in, (id, account)).await?;
    create::show(&app, &signed_in, &holder, filled).await
}

/// `POST …/tokens/new`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segments(id, account): Owner,
    form: Form,
) -> Answer {
    let holder = holder(&app, &signed_in, (id, account)).await?;
    create::create(&app, &signed_in, &holder, &form).await
}

/// `GET …/tokens/{key}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ThreeSegments(id, account, key): Ids,
) -> Answer {
    let holder = holder(&app, &signed_in, (id, account)).await?;
    one::show(&app, &signed_in, &holder, key).await
}

/// `POST …/tokens/{key}`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ThreeSegments(id, account, key): Ids,
    form: Form,
) -> Answer {
    let holder = holder(&app, &signed_in, (id, account)).await?;
    one::rename(&app, &signed_in, &holder, key, &form).await
}

/// `GET …/tokens/{key}/remove`
pub(crate) async fn show_remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ThreeSegments(id, account, key): Ids,
) -> Answer {
    let holder = holder(&app, &signed_in, (id, account)).await?;
    one::show_remove(&app, &signed_in, &holder, key).await
}

/// `POST …/tokens/{key}/remove`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ThreeSegments(id, account, key): Ids,
    form: Form,
) -> Answer {
    let holder = holder(&app, &signed_in, (id, account)).await?;
    one::remove(&app, &signed_in, &holder, key, &form).await
}

/// `POST …/tokens/{key}/secrets`
pub(crate) async fn add_secret(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ThreeSegments(id, account, key): Ids,
) -> Answer {
    let holder = holder(&app, &signed_in, (id, account)).await?;
    secrets::add(&app, &signed_in, &holder, key).await
}

/// `POST …/tokens/{key}/secrets/close`
pub(crate) async fn close_secret(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ThreeSegments(id, account, key): Ids,
    form: Form,
) -> Answer {
    let holder = holder(&app, &signed_in, (id, account)).await?;
    secrets::close(&app, &signed_in, &holder, key, &form).await
}
