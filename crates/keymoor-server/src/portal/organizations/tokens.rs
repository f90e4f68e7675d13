//! The API tokens of who is signed in that open one organization and nothing else: all that a
//! session may see and make which the organization's provider alone started.

use std::sync::Arc;

use axum::extract::{Query, State};
use keymoor_core::{ApiKey, OrganizationId};

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
            list, one,
        },
        form::Form,
        signed_in::Entered,
    },
    resources::{Segment, Segments},
};

type Ids = Segments<OrganizationId, ApiKey>;

async fn holder(app: &App, signed_in: &SignedIn, id: OrganizationId) -> Result<Holder, Failure> {
    Ok(Holder::inside(&seat(app, signed_in, id).await?))
}

/// `GET …/tokens`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    Segment(id): Segment<OrganizationId>,
    Query(query): Query<ListQuery>,
) -> Answer {
    let holder = holder(&app, &signed_in, id).await?;
    list::show(&app, &signed_in, &holder, &query).await
}

/// `GET …/tokens/new`
pub(crate) async fn show_new(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    Segment(id): Segment<OrganizationId>,
    Query(filled): Query<Filled>,
) -> Answer {
    let holder = holder(&app, &signed_in, id).await?;
    create::show(&app, &signed_in, &holder, filled).await
}

/// `POST …/tokens/new`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let holder = holder(&app, &signed_in, id).await?;
    create::create(&app, &signed_in, &holder, &form).await
}

/// `GET …/tokens/{key}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    Segments(id, key): Ids,
) -> Answer {
    let holder = holder(&app, &signed_in, id).await?;
    one::show(&app, &signed_in, &holder, key).await
}

/// `GET …/tokens/{key}/remove`
pub(crate) async fn show_remove(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    Segments(id, key): Ids,
) -> Answer {
    let holder = holder(&app, &signed_in, id).await?;
    one::show_remove(&app, &signed_in, &holder, key).await
}

/// `POST …/tokens/{key}/remove`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    Segments(id, key): Ids,
    form: Form,
) -> Answer {
    let holder = holder(&app, &signed_in, id).await?;
    one::remove(&app, &signed_in, &holder, key, &form).await
}
