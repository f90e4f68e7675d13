//! The operator's question why a call was refused.

use std::sync::Arc;

use keymoor_core::explain::{RequestId, Who};
use keymoor_store::StoreError;
use serde_json::{Value, json};

use crate::{App, explain::Told, operations::OperationError, time::rfc3339};

/// Answers what is kept under the id: one call, unless a guard elsewhere claims the same id.
pub(super) async fn explain(app: &Arc<App>, id: RequestId) -> Result<Value, OperationError> {
    let found = app.explain(id).await?;
    if found.is_empty() {
        return Err(StoreError::NotFound("refused call of that id within the last 7 days").into());
    }
    Ok(found.iter().map(row).collect())
}

fn row(told: &Told) -> Value {
    let (kept, call) = (&told.kept, &told.kept.call);
    let token = match call.who {
        Who::Proved { token, .. } => token,
        Who::Stranger | Who::Named(_) => None,
    };
    let named = call.who.api_key();
    json!({
        "request_id": call.id,
        "at": rfc3339(call.at),
        "call": format!("{} {}", call.method, call.path),
        "status": call.status,
        "address": call.address,
        "api_key": named.map(|(key, _)| key),
        "proved": named.is_some_and(|(_, proved)| proved),
        "token_id": token,
        "label": kept.label,
        "account": kept.account,
        "refused_by": kept.audience.as_deref().unwrap_or("this server"),
        "why": told.why,
        "remedy": told.remedy,
        "facts": call.cause,
    })
}
