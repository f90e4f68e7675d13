//! The list, with search, paging and the removed ones apart.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use keymoor_core::UnixTime;
use keymoor_store::ApiToken;

use super::super::{
    SignedIn,
    activity::{ListQuery, Pager},
    frame::{Frame, page},
    times::When,
};
use crate::{App, failure::Answer};

/// An API token as its owner sees it.
pub(in super::super) struct Row {
    pub(in super::super) key: String,
    pub(in super::super) label: String,
    pub(in super::super) created: When,
    pub(in super::super) used: Option<(When, String)>,
    pub(in super::super) state: &'static str,
    pub(in super::super) active: bool,
    pub(in super::super) expires: Option<When>,
    pub(in super::super) removed: Option<(When, String)>,
    pub(in super::super) parent: Option<String>,
}

impl Row {
    pub(in super::super) fn of(token: &ApiToken, now: UnixTime) -> Self {
        let expired = token.limits.expires_at.is_some_and(|end| end <= now);
        let (state, active) = match (&token.removal, expired) {
            (Some(_), _) => ("Removed", false),
            (None, true) => ("Expired", false),
            (None, false) => ("Active", true),
        };
        Self {
            key: token.api_key.to_string(),
            label: token.label.as_str().to_owned(),
            created: When::new(token.created_at, now),
            used: token.last_use.map(|last| (When::new(last.at, now), last.address.to_string())),
            state,
            active,
            expires: token.limits.expires_at.map(|end| When::new(end, now)),
            removed: token.removal.as_ref().map(|removal| {
                (When::new(removal.at, now), super::super::activity::who(&removal.by))
            }),
            parent: token.parent.map(|parent| parent.to_string()),
        }
    }
}

#[derive(Template)]
#[template(path = "api_tokens.html")]
struct ListPage<'p> {
    frame: Frame,
    rows: Vec<Row>,
    query: &'p str,
    removed: bool,
    pager: Pager,
}

/// `GET /account/tokens`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(query): Query<ListQuery>,
) -> Answer {
    app.flush_uses().await;
    let removed = query.state == "removed";
    let (account, text) = (signed_in.account.id, query.text());
    let (found, count) = app.store.find_api_tokens(account, &text, removed, query.rows()).await?;
    let now = app.now();
    let rest: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", &text)
        .append_pair("state", if removed { "removed" } else { "" })
        .finish();
    page(&ListPage {
        frame: signed_in.frame(&app, "tokens"),
        rows: found.iter().map(|token| Row::of(token, now)).collect(),
        query: &text,
        removed,
        pager: Pager::new(query.page(), count, format!("&{rest}")),
    })
}
