use std::sync::Arc;

use axum::extract::{RawQuery, State};
use http::StatusCode;
use keymoor_core::{delegation::CODE_LIFE, ticket::Ticket, wire::AuthorizationError};
use keymoor_store::AuthorizationCode;

use super::{
    super::{SignedIn, form::Form, frame::page_with, gate::LeadsTo, signed_in::Entered},
    ConsentPage, check_recent, consent_path,
    question::{Draft, Wish},
};
use crate::{
    App,
    authorization::{Asked, Refused},
    failure::{Answer, Failure},
    oauth::authorization::see_other,
    random,
};

/// Where the page is.
pub(super) const PATH: &str = "/authorize";

/// `GET /authorize?…`: whoever is signed in is asked.
pub(in super::super) async fn show(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = query.unwrap_or_default();
    match app.examine(&query).await? {
        Ok(asked) => {
            check_recent(&app, &signed_in, &consent_path(&query)).await?;
            let draft = wish(&asked).draft(&app, &signed_in, &[]).await?;
            ask(&app, &signed_in, &asked, &draft, &query, StatusCode::OK)
        }
        Err(refused) => refuse(refused),
    }
}

/// `POST /authorize`: the answer.
pub(in super::super) async fn answer(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    form: Form,
) -> Answer {
    let query = form.text("request");
    let asked = match app.examine(query).await? {
        Ok(asked) => asked,
        Err(refused) => return refuse(refused),
    };
    let chosen: Vec<_> = form.all("organization").filter_map(|id| id.parse().ok()).collect();
    let draft = wish(&asked).draft(&app, &signed_in, &chosen).await?;
    // A no says nothing else, so that nobody learns who is a member of what.
    if form.text("answer") != "allow" {
        let (application, account) = (asked.application.facts.id, signed_in.account.id);
        app.store.note_denied(application, account, app.stamp(signed_in.author())).await?;
        return see_other(&asked.refusal_url(&app, &AuthorizationError::Denied));
    }
    if draft.refused.is_some() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return ask(&app, &signed_in, &asked, &draft, query, status);
    }
    check_recent(&app, &signed_in, &consent_path(query)).await?;
    let code = Ticket::generate(random());
    let stamp = app.stamp(signed_in.author());
    let kept = AuthorizationCode {
        consent: draft.consent,
        redirect_uri: asked.redirect_uri.as_str().to_owned(),
        challenge: asked.request.challenge.as_str().to_owned(),
        expires_at: stamp.at.plus(i64::from(CODE_LIFE)),
    };
    app.store.add_code(&app.grant_keys.code(&code), &kept, stamp).await?;
    see_other(&asked.code_url(&app, code.expose()))
}

fn wish(asked: &Asked) -> Wish<'_> {
    Wish {
        application: &asked.application,
        scopes: &asked.request.scope,
        audience: &asked.audience,
        device: None,
    }
}

fn refuse(refused: Refused) -> Answer {
    match refused {
        Refused::Answered(url) => see_other(&url),
        Refused::Unanswerable(why) => Err(Failure::Unanswerable(why)),
    }
}

fn ask(
    app: &App,
    signed_in: &SignedIn,
    asked: &Asked,
    draft: &Draft,
    query: &str,
    status: StatusCode,
) -> Answer {
    let here = consent_path(query);
    let page = ConsentPage {
        frame: signed_in.frame(app, ""),
        asked: wish(asked).question(app, signed_in, draft, &here),
        action: PATH,
        request: query,
        user_code: None,
        place: Some(asked.redirect_uri.place()),
        problem: None,
    };
    let mut response = page_with(status, &page)?;
    response.extensions_mut().insert(LeadsTo(asked.redirect_uri.policy_source()));
    Ok(response)
}
