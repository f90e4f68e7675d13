use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, LOCATION},
};

use crate::{
    App,
    authorization::Refused,
    failure::{Answer, Failure},
    portal::{consent_path, protect},
};

/// `GET /api/auth/oauth/authorize` (RFC 6749 §3.1): where applications send browsers. Whatever can be
/// refused before anybody is asked, is; then the browser goes on to the page that asks.
pub(crate) async fn authorize(State(app): State<Arc<App>>, RawQuery(query): RawQuery) -> Answer {
    let query = query.unwrap_or_default();
    Ok(match app.examine(&query).await? {
        Ok(_) => see_other(&consent_path(&query))?,
        Err(Refused::Answered(url)) => see_other(&url)?,
        Err(Refused::Unanswerable(why)) => {
            protect(&app, Failure::Unanswerable(why).into_response())
        }
    })
}

/// Sends the browser there by GET, whatever it came with; no cache keeps where.
pub(crate) fn see_other(url: &str) -> Result<Response, Failure> {
    let location = HeaderValue::from_str(url).map_err(|_| Failure::Internal)?;
    let mut response = StatusCode::SEE_OTHER.into_response();
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
