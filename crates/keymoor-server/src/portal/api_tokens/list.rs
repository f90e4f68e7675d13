//! The list, with search, paging and the removed ones apart.

use askama::Template;
use keymoor_core::UnixTime;
use keymoor_store::ApiToken;

use super::super::{
    SignedIn,
    activity::{ListQuery, Pager},
    frame::{Frame, page},
    times::When,
};
use super::holder::Holder;
use crate::{
    App,
    failure::{Answer, Failure},
};

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
    holder: &'p Holder,
    rows: Vec<Row>,
    query: &'p str,
    removed: bool,
    pager: Pager,
}

/// The list.
pub(in super::super) async fn show(
    app: &App,
    signed_in: &SignedIn,
    holder: &Holder,
    query: &ListQuery,
) -> Answer {
    app.flush_uses().await;
    let removed = query.state == "removed";
    let text = query.text();
    let (found, count) = find(app, holder, query, removed).await?;
    let now = app.now();
    let rest: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", &text)
        .append_pair("state", if removed { "removed" } else { "" })
        .finish();
    page(&ListPage {
        frame: holder.frame(app, signed_in),
        holder,
        rows: found.iter().map(|token| Row::of(token, now)).collect(),
        query: &text,
        removed,
        pager: Pager::new(query.page(), count, format!("&{rest}")),
    })
}

async fn find(
    app: &App,
    holder: &Holder,
    query: &ListQuery,
    removed: bool,
) -> Result<(Vec<ApiToken>, i64), Failure> {
    let (text, rows) = (query.text(), query.rows());
    if holder.only.is_none() {
        return Ok(app.store.find_api_tokens(holder.account, &text, removed, rows).await?);
    }
    let text = text.to_lowercase();
    let mut all = holder.tokens(app).await?;
    all.retain(|token| {
        let label = token.label.as_str().to_lowercase();
        let found = label.contains(&text) || token.api_key.to_string().contains(&text);
        found && token.removal.is_some() == removed
    });
    let count = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let skipped = all.into_iter().skip(rows.offset as usize);
    Ok((skipped.take(rows.limit as usize).collect(), count))
}
