//! One API token: what is known of it, its label, and its removal.

use std::sync::Arc;

use askama::Template;
use axum::response::{IntoResponse, Redirect};
use http::StatusCode;
use keymoor_core::ApiKey;
use keymoor_store::{ApiToken, StoreError};

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{Frame, page, page_with},
        organizations::{Refused, refused},
    },
    holder::Holder,
    list::Row,
    secrets::{self, SecretRow},
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
};

#[derive(Template)]
#[template(path = "api_token.html")]
struct TokenPage<'p> {
    frame: Frame,
    holder: &'p Holder,
    token: Row,
    label: &'p str,
    ranges: Vec<String>,
    organizations: Vec<(String, String)>,
    children: usize,
    /// Where it is told why calls were refused.
    refused_calls: Option<String>,
    secrets: Vec<SecretRow>,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "api_token_remove.html")]
struct RemovePage<'p> {
    frame: Frame,
    base: &'p str,
    token: Row,
    children: Vec<(String, String)>,
}

/// The working API tokens that this one made, and those that they made.
async fn children(app: &App, holder: &Holder, key: ApiKey) -> Result<Vec<ApiToken>, Failure> {
    let mut made = app.store.api_tokens_made_by(holder.account, key).await?;
    made.retain(|token| holder.takes(token));
    Ok(made)
}

/// What is known of it.
pub(in super::super) async fn show(
    app: &App,
    signed_in: &SignedIn,
    holder: &Holder,
    key: ApiKey,
) -> Answer {
    let token = holder.find(app, key).await?;
    render(app, signed_in, holder, &token, token.label.as_str(), None).await
}

pub(super) async fn render(
    app: &App,
    signed_in: &SignedIn,
    holder: &Holder,
    token: &ApiToken,
    label: &str,
    refused: Option<Refused>,
) -> Answer {
    let (status, problem) = match refused {
        Some((status, problem)) => (status, Some(problem)),
        None => (StatusCode::OK, None),
    };
    let own = app.store.organizations_of(holder.account).await?;
    let name = |id: &keymoor_core::OrganizationId| {
        let known = own.iter().find(|organization| organization.id == *id);
        let name = known.map_or("an organization that you left", |known| known.name.as_str());
        (id.to_string(), name.to_owned())
    };
    let limits = &token.limits;
    let page = TokenPage {
        frame: holder.frame(app, signed_in),
        holder,
        token: Row::of(token, app.now()),
        label,
        ranges: limits.address_ranges.iter().flatten().map(ToString::to_string).collect(),
        organizations: limits.organizations.iter().flatten().map(name).collect(),
        children: children(app, holder, token.api_key).await?.len(),
        refused_calls: holder.refused_calls(),
        secrets: secrets::rows(app, holder, token).await?,
        problem,
    };
    page_with(status, &page)
}

/// Another label.
pub(in super::super) async fn rename(
    app: &Arc<App>,
    signed_in: &SignedIn,
    holder: &Holder,
    key: ApiKey,
    form: &Form,
) -> Answer {
    let label = form.text("label");
    match app.rename_api_token(holder.account, key, label, signed_in.author()).await {
        Ok(()) => Ok(Redirect::to(&format!("{}/{key}", holder.base)).into_response()),
        Err(error @ OperationError::Invalid { .. }) => {
            let token = holder.find(app, key).await?;
            render(app, signed_in, holder, &token, label, Some(refused(error)?)).await
        }
        Err(other) => Err(other.into()),
    }
}

/// Asks, with what is known of its use.
pub(in super::super) async fn show_remove(
    app: &App,
    signed_in: &SignedIn,
    holder: &Holder,
    key: ApiKey,
) -> Answer {
    let token = holder.find(app, key).await?;
    if token.removal.is_some() {
        return Ok(Redirect::to(&format!("{}/{key}", holder.base)).into_response());
    }
    let made = children(app, holder, key).await?;
    let shown = |child: ApiToken| (child.api_key.to_string(), child.label.as_str().to_owned());
    page(&RemovePage {
        frame: holder.frame(app, signed_in),
        base: &holder.base,
        token: Row::of(&token, app.now()),
        children: made.into_iter().map(shown).collect(),
    })
}

/// In effect when the answer comes. With it, if asked for, what it made.
pub(in super::super) async fn remove(
    app: &Arc<App>,
    signed_in: &SignedIn,
    holder: &Holder,
    key: ApiKey,
    form: &Form,
) -> Answer {
    holder.find(app, key).await?;
    let author = signed_in.author();
    let mut keys = vec![key];
    if form.has("children") {
        keys.extend(children(app, holder, key).await?.iter().map(|child| child.api_key));
    }
    for key in keys {
        match app.remove_api_token(holder.account, key, None, author).await {
            // Removed before: what was asked for is so.
            Ok(_) | Err(OperationError::Store(StoreError::Conflict(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Redirect::to(&holder.base).into_response())
}
