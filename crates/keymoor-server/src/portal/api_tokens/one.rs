//! One API token: what is known of it, its label, and its removal.

use std::{collections::HashSet, sync::Arc};

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use keymoor_core::ApiKey;
use keymoor_store::{ApiToken, StoreError};

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{Frame, page, page_with, sentence},
    },
    list::Row,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    resources::Segment,
};

#[derive(Template)]
#[template(path = "api_token.html")]
struct TokenPage<'p> {
    frame: Frame,
    token: Row,
    label: &'p str,
    ranges: Vec<String>,
    organizations: Vec<(String, String)>,
    children: usize,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "api_token_remove.html")]
struct RemovePage {
    frame: Frame,
    token: Row,
    children: Vec<(String, String)>,
}

async fn find(app: &App, signed_in: &SignedIn, key: ApiKey) -> Result<ApiToken, Failure> {
    app.flush_uses().await;
    app.store.api_token(signed_in.account.id, key).await?.ok_or(Failure::NotFound)
}

/// The working API tokens that this one made, and those that they made.
async fn children(app: &App, signed_in: &SignedIn, key: ApiKey) -> Result<Vec<ApiToken>, Failure> {
    let mut parents = HashSet::from([key]);
    let mut all = app.store.api_tokens(signed_in.account.id).await?;
    // Newest first: from the end, each stands after the one that made it.
    all.reverse();
    all.retain(|token| {
        let made = token.parent.is_some_and(|parent| parents.contains(&parent));
        if made {
            parents.insert(token.api_key);
        }
        made && token.removal.is_none()
    });
    Ok(all)
}

/// `GET /account/tokens/{key}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
) -> Answer {
    let token = find(&app, &signed_in, key).await?;
    let page_of = token_page(&app, &signed_in, &token, token.label.as_str(), None);
    page(&page_of.await?)
}

async fn token_page<'p>(
    app: &App,
    signed_in: &SignedIn,
    token: &ApiToken,
    label: &'p str,
    problem: Option<String>,
) -> Result<TokenPage<'p>, Failure> {
    let own = app.store.organizations_of(signed_in.account.id).await?;
    let name = |id: &keymoor_core::OrganizationId| {
        let known = own.iter().find(|organization| organization.id == *id);
        let name = known.map_or("an organization that you left", |known| known.name.as_str());
        (id.to_string(), name.to_owned())
    };
    let limits = &token.limits;
    Ok(TokenPage {
        frame: signed_in.frame(app, "tokens"),
        token: Row::of(token, app.now()),
        label,
        ranges: limits.address_ranges.iter().flatten().map(ToString::to_string).collect(),
        organizations: limits.organizations.iter().flatten().map(name).collect(),
        children: children(app, signed_in, token.api_key).await?.len(),
        problem,
    })
}

/// `POST /account/tokens/{key}`: another label.
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
    form: Form,
) -> Answer {
    let label = form.text("label");
    match app.rename_api_token(signed_in.account.id, key, label, signed_in.author()).await {
        Ok(()) => Ok(Redirect::to(&format!("/account/tokens/{key}")).into_response()),
        Err(OperationError::Invalid { field, problem }) => {
            let token = find(&app, &signed_in, key).await?;
            let problem = Some(sentence(field, &problem));
            let page = token_page(&app, &signed_in, &token, label, problem).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(other) => Err(other.into()),
    }
}

/// `GET /account/tokens/{key}/remove`: asks, with what is known of its use.
pub(crate) async fn show_remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
) -> Answer {
    let token = find(&app, &signed_in, key).await?;
    if token.removal.is_some() {
        return Ok(Redirect::to(&format!("/account/tokens/{key}")).into_response());
    }
    let made = children(&app, &signed_in, key).await?;
    let shown = |child: ApiToken| (child.api_key.to_string(), child.label.as_str().to_owned());
    page(&RemovePage {
        frame: signed_in.frame(&app, "tokens"),
        token: Row::of(&token, app.now()),
        children: made.into_iter().map(shown).collect(),
    })
}

/// `POST /account/tokens/{key}/remove`: in effect when the answer comes. With it, if asked for, what
/// it made.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(key): Segment<ApiKey>,
    form: Form,
) -> Answer {
    let (account, author) = (signed_in.account.id, signed_in.author());
    let mut keys = vec![key];
    if form.has("children") {
        let made = children(&app, &signed_in, key).await?;
        keys.extend(made.iter().map(|child| child.api_key));
    }
    for key in keys {
        match app.remove_api_token(account, key, None, author).await {
            // Removed before: what was asked for is so.
            Ok(_) | Err(OperationError::Store(StoreError::Conflict(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Redirect::to("/account/tokens").into_response())
}
