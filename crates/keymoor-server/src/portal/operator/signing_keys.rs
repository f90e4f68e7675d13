//! The signing keys and their age, to be read; the command rotates and withdraws.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::super::{
    frame::{Frame, page},
    signed_in::OperatorIn,
    times::When,
};
use crate::{App, failure::Answer, operations::SigningKeyState};

struct Row {
    kid: String,
    algorithm: String,
    state: &'static str,
    created: When,
    signs_from: When,
}

#[derive(Template)]
#[template(path = "operator_signing_keys.html")]
struct SigningKeysPage {
    frame: Frame,
    keys: Vec<Row>,
    days: u32,
}

/// `GET /operator/signing-keys`
pub(crate) async fn show(State(app): State<Arc<App>>, operator: OperatorIn) -> Answer {
    let now = app.now();
    let states = app.signing_key_states().await?;
    let keys = states.into_iter().map(|SigningKeyState { key, state }| Row {
        kid: key.kid,
        algorithm: key.algorithm.to_string(),
        state,
        created: When::new(key.created_at, now),
        signs_from: When::new(key.signs_from, now),
    });
    page(&SigningKeysPage {
        frame: operator.0.frame(&app, "signing keys"),
        keys: keys.rev().collect(),
        days: app.settings.signing_key_life / 86_400,
    })
}
