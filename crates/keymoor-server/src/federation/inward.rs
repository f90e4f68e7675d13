//! The endpoints that identity providers know.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use keymoor_core::{IdentityProviderId, ticket::Ticket};
use keymoor_store::Protocol;

use super::{
    answers::Outcome,
    journey::{Journey, Stage},
    settings::{ProviderSettings, service_provider},
};
use crate::{
    App,
    failure::{Answer, Failure},
    portal::sign_on_cookie,
    random,
    resources::Segment,
};

/// Bytes beyond which what comes from a provider is refused: a SAML response of 256 KiB in base64
/// and as a form, with room.
const MAX_BODY: usize = 512 * 1024;
/// The page that takes in what came back.
pub(crate) const ARRIVED: &str = "/sign-in/arrived";

/// `GET /api/auth/saml/metadata/{idp}`: ours, for the provider (saml-metadata).
pub(crate) async fn saml_metadata(
    State(app): State<Arc<App>>,
    Segment(id): Segment<IdentityProviderId>,
) -> Answer {
    let found = app.store.identity_provider(id).await?.ok_or(Failure::NotFound)?;
    if found.protocol != Protocol::Saml {
        return Err(Failure::NotFound);
    }
    let mut response = Body::from(service_provider(&app, id).metadata()).into_response();
    let media = HeaderValue::from_static("application/samlmetadata+xml");
    response.headers_mut().insert(CONTENT_TYPE, media);
    Ok(response)
}

/// `POST /api/auth/saml/acs/{idp}`: the answer of a SAML provider, a form that a page of its sent.
/// No cookie of ours comes with it: that the right browser brings it is seen on the next page.
pub(crate) async fn saml_acs(
    State(app): State<Arc<App>>,
    Segment(id): Segment<IdentityProviderId>,
    body: Body,
) -> Answer {
    let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| Failure::TooLarge)?;
    let field = |wanted: &str| {
        let mut pairs = form_urlencoded::parse(&bytes);
        pairs.find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
    };
    let ticket = field("RelayState").and_then(|text| Ticket::parse(&text));
    let Some((provider, journey)) = app.take_journey(ticket.as_ref()).await? else {
        return Ok(go_on(None));
    };
    let Stage::Saml(request) = &journey.stage else {
        return Ok(go_on(None));
    };
    if provider != id {
        return Ok(go_on(None));
    }
    let outcome = match app.vouching(id, &journey.errand).await? {
        Ok((_, settings)) => {
            let response = field("SAMLResponse").unwrap_or_default();
            app.read_response(id, &settings, &response, request).await?
        }
        Err(why) => Err(why),
    };
    app.come_back(id, journey, outcome).await
}

/// `GET /api/auth/oidc/callback/{idp}`: the browser comes back from an OpenID Connect provider.
pub(crate) async fn oidc_callback(
    State(app): State<Arc<App>>,
    Segment(id): Segment<IdentityProviderId>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = query.unwrap_or_default();
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let state = pairs.find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
    let ticket = state.and_then(|text| Ticket::parse(&text));
    let Some((provider, journey)) = app.take_journey(ticket.as_ref()).await? else {
        return Ok(go_on(None));
    };
    let cookie = sign_on_cookie(&headers);
    let Stage::OpenId(begun) = &journey.stage else {
        return Ok(go_on(None));
    };
    if provider != id || !journey.is_of(cookie.as_ref()) {
        return Ok(go_on(None));
    }
    let outcome = match app.vouching(id, &journey.errand).await? {
        Ok((provider, settings)) => app.read_callback(&provider, &settings, begun, &query).await,
        Err(why) => Err(why),
    };
    app.come_back(id, journey, outcome).await
}

/// `POST /api/auth/oidc/logout/{idp}`: a session at the provider ended, and with it what it opened
/// here (Back-Channel Logout 1.0 §2.5).
pub(crate) async fn oidc_logout(
    State(app): State<Arc<App>>,
    Segment(id): Segment<IdentityProviderId>,
    body: Body,
) -> Answer {
    let bytes = to_bytes(body, MAX_BODY).await.map_err(|_| Failure::TooLarge)?;
    let mut pairs = form_urlencoded::parse(&bytes);
    let token = pairs.find(|(name, _)| name == "logout_token").map(|(_, value)| value);
    let found = app.store.identity_provider(id).await?.ok_or(Failure::NotFound)?;
    let settings = ProviderSettings::of(&found)?;
    let notice = match &token {
        Some(token) => app.read_logout(&found, &settings, token).await?,
        None => None,
    };
    let Some(notice) = notice else {
        let problem = "is missing, not valid, or was sent before".to_owned();
        return Err(Failure::Validation("logout_token", problem));
    };
    let (subject, session) = (notice.subject.as_deref(), notice.session.as_deref());
    let ended = app.store.end_provider_sessions(id, subject, session).await?;
    tracing::info!(provider = %id, ended, "a provider ended sessions");
    let mut response = StatusCode::OK.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl App {
    /// Remembers what came back under a new ticket, and sends the browser on with it.
    async fn come_back(
        &self,
        id: IdentityProviderId,
        journey: Journey,
        outcome: Outcome,
    ) -> Answer {
        if let Err(why) = &outcome {
            tracing::info!(provider = %id, why, "a sign-in through a provider was refused");
        }
        let ticket = Ticket::generate(random());
        let journey = Journey { stage: Stage::Back(outcome), ..journey };
        self.keep_journey(&ticket.digest(), id, &journey).await?;
        Ok(go_on(Some(&ticket)))
    }
}

/// To the page that takes in what came back. Without a ticket it says that nothing did.
fn go_on(ticket: Option<&Ticket>) -> Response {
    let to = match ticket {
        Some(ticket) => format!("{ARRIVED}?ticket={}", ticket.expose()),
        None => ARRIVED.to_owned(),
    };
    let mut response = Redirect::to(&to).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
