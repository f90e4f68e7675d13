use std::sync::Arc;

use keymoor_core::UnixTime;
use keymoor_store::{AuditEvent, AuditPlace, AuditSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{App, operations::OperationError, time::rfc3339};

/// The most events of one answer.
const PAGE: u32 = 1000;

/// What can be asked about the audit.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditCommand {
    /// The events of a span, 1,000 at most, and where to go on.
    Page {
        /// From this time on.
        since: UnixTime,
        /// Before this time.
        until: UnixTime,
        /// What stands behind this place.
        after: Option<AuditPlace>,
    },
}

impl AuditCommand {
    pub(super) async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        let Self::Page { since, until, after } = self;
        // What is noted in memory would come later, and behind what was read before it.
        app.flush_uses().await;
        let span = AuditSpan { since, until, after, limit: PAGE };
        let found = app.store.audit(span).await?;
        let last = found.last().map(|event| event.place).filter(|_| found.len() == PAGE as usize);
        let events: Vec<Value> = found.iter().map(event).collect();
        Ok(json!({ "events": events, "after": last }))
    }
}

fn event(event: &AuditEvent) -> Value {
    // Of a change it is a JSON object already.
    let detail: Value =
        serde_json::from_str(&event.detail).ok().filter(Value::is_object).unwrap_or_else(|| {
            let label = Some(&event.detail).filter(|label| !label.is_empty());
            label.map_or_else(|| json!({}), |label| json!({ "label": label }))
        });
    json!({
        "at": rfc3339(event.place.at),
        "kind": event.kind,
        "actor": event.actor,
        "subject": event.subject,
        "account": event.account,
        "address": event.address,
        "times": event.times,
        "detail": detail,
        "id": format!("{}-{}", event.place.source, event.place.number),
    })
}
