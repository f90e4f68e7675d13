//! The API tokens of who is signed in: `/account/tokens`.

use std::sync::Arc;

use axum::extract::{Query, State};
use keymoor_core::ApiKey;

use super::{
    super::{SignedIn, activity::ListQuery, form::Form},
    create::{self, Filled},
    holder::Holder,
    list, one, secrets,
};
use crate::{App, failure::Answer, resources::Segment};

/// `GET /account/tokens`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
) -> Answer {
    list::show(&app, &signed_in, &Holder::own(&signed_in), &query).await
}

/// `GET /account/tokens/new`
pub(crate) async fn show_new(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(filled): Query<Filled>,
) -> Answer {
    create::show(&app, &signed_in, &Holder::own(&signed_in), filled).await
}

/// `POST /account/tokens/new`
pub(crate) async fn create(State(app): State<Arc<App>>, signed_in: SignedIn, form: Form) -> Answer {
    create::create(&app, &signed_in, &Holder::own(&signed_in), &form).await
}

/// `GET /account/tokens/{key}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
) -> Answer {
    one::show(&app, &signed_in, &Holder::own(&signed_in), key).await
}

/// `POST /account/tokens/{key}`: another label.
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
    form: Form,
) -> Answer {
    one::rename(&app, &signed_in, &Holder::own(&signed_in), key, &form).await
}

/// `GET /account/tokens/{key}/remove`
pub(crate) async fn show_remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
) -> Answer {
    one::show_remove(&app, &signed_in, &Holder::own(&signed_in), key).await
}

/// `POST /account/tokens/{key}/remove`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
    form: Form,
) -> Answer {
    one::remove(&app, &signed_in, &Holder::own(&signed_in), key, &form).await
}

/// `POST /account/tokens/{key}/secrets`
pub(crate) async fn add_secret(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
) -> Answer {
    secrets::add(&app, &signed_in, &Holder::own(&signed_in), key).await
}

/// `POST /account/tokens/{key}/secrets/close`
pub(crate) async fn close_secret(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
    form: Form,
) -> Answer {
    secrets::close(&app, &signed_in, &Holder::own(&signed_in), key, &form).await
}
