//! Calls with API tokens that were refused, and why: for their owner, and for the administrators of an
//! organization about its service accounts.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use keymoor_core::{AccountId, OrganizationId};

use super::{
    SignedIn,
    activity::ListQuery,
    api_tokens::holder::Holder,
    frame::{Frame, page},
    organizations::service_tokens,
    times::When,
};
use crate::{App, explain::Told, failure::Answer, resources::Segments};

struct Row {
    at: When,
    call: String,
    status: u16,
    why: String,
    remedy: &'static str,
    /// API Key and label.
    token: Option<(String, String)>,
    /// Whether the caller only named the API Key.
    named: bool,
    address: String,
    refused_by: Option<String>,
    request_id: String,
}

#[derive(Template)]
#[template(path = "refused_calls.html")]
struct RefusedCallsPage<'p> {
    frame: Frame,
    holder: &'p Holder,
    here: String,
    query: String,
    /// Whether what is looked for could be a request id.
    is_id: bool,
    rows: Vec<Row>,
}

/// `GET /account/refused-calls`
pub(super) async fn own(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
) -> Answer {
    let frame = signed_in.frame(&app, "refused calls");
    show(&app, frame, &Holder::own(&signed_in), "/account".to_owned(), &query).await
}

/// `GET /organizations/{uuid}/service-accounts/{account}/refused-calls`
pub(super) async fn of_service_account(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segments(id, account): Segments<OrganizationId, AccountId>,
    Query(query): Query<ListQuery>,
) -> Answer {
    let holder = service_tokens::holder(&app, &signed_in, (id, account)).await?;
    let base = super::organizations::service_account::path(id, account);
    show(&app, signed_in.frame(&app, "organizations"), &holder, base, &query).await
}

async fn show(app: &App, frame: Frame, holder: &Holder, base: String, query: &ListQuery) -> Answer {
    let text = query.text();
    let id = text.parse();
    let found = match id {
        Ok(id) => app.explain_to(holder.account, id).await?,
        Err(_) if text.is_empty() => app.refused_calls(holder.account).await?,
        Err(_) => Vec::new(),
    };
    page(&RefusedCallsPage {
        frame,
        holder,
        here: format!("{base}/refused-calls"),
        is_id: text.is_empty() || id.is_ok(),
        query: text,
        rows: found.into_iter().map(|told| row(app, told)).collect(),
    })
}

fn row(app: &App, told: Told) -> Row {
    let Told { kept, why, remedy } = told;
    let call = kept.call;
    let named = call.who.api_key();
    let label = kept.label.unwrap_or_default();
    Row {
        at: When::new(call.at, app.now()),
        call: format!("{} {}", call.method, call.path),
        status: call.status,
        why,
        remedy,
        token: named.map(|(key, _)| (key.to_string(), label)),
        named: named.is_some_and(|(_, proved)| !proved),
        address: call.address.map(|address| address.to_string()).unwrap_or_default(),
        refused_by: kept.audience,
        request_id: call.id.to_string(),
    }
}
