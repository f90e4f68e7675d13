//! How the server is.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use keymoor_store::Page;

use super::super::{
    frame::{Frame, page},
    signed_in::OperatorIn,
};
use crate::{App, failure::Answer};

#[derive(Template)]
#[template(path = "operator_status.html")]
struct StatusPage {
    frame: Frame,
    version: &'static str,
    public_url: String,
    audience: String,
    database: &'static str,
    database_works: bool,
    accounts: i64,
    changes: i64,
    listeners: usize,
    cached: u64,
    mail: bool,
    uptime: String,
}

/// `GET /operator`
pub(crate) async fn show(State(app): State<Arc<App>>, operator: OperatorIn) -> Answer {
    let none = Page { limit: 0, offset: 0 };
    let (_, accounts) = app.store.find_accounts("", none).await?;
    page(&StatusPage {
        frame: operator.0.frame(&app, "operator"),
        version: env!("CARGO_PKG_VERSION"),
        public_url: app.settings.public_url.clone(),
        audience: app.settings.audience.clone(),
        database: if app.store.is_shared() { "PostgreSQL" } else { "SQLite" },
        database_works: app.store.ping().await.is_ok(),
        accounts,
        changes: app.directory.number(),
        listeners: app.feed.listeners(),
        cached: app.credentials.entries().await,
        mail: app.mailer.is_some(),
        uptime: uptime(app.clock.monotonic().saturating_sub(app.started).as_secs()),
    })
}

fn uptime(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
