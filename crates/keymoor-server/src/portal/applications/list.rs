use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use keymoor_store::Application;

use super::{
    super::{
        SignedIn,
        frame::{Frame, page},
        times::When,
    },
    kind,
};
use crate::{App, failure::Answer};

struct Row {
    id: String,
    name: String,
    kind: &'static str,
    created: When,
}

#[derive(Template)]
#[template(path = "applications.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
}

/// `GET /account/applications`
pub(in super::super) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    let now = app.now();
    let row = |application: &Application| Row {
        id: application.facts.id.to_string(),
        name: application.name.as_str().to_owned(),
        kind: kind(application).split(':').next().unwrap_or_default(),
        created: When::new(application.created_at, now),
    };
    let found = app.store.applications_of(signed_in.account.id).await?;
    let rows = found.iter().map(row).collect();
    page(&ListPage { frame: signed_in.frame(&app, "applications"), rows })
}
