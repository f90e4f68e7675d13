//! The operator's commands about signing keys.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::{BY, done};
use crate::{
    App,
    operations::{OperationError, SigningKeyState},
    time::rfc3339,
};

/// About signing keys.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum SigningKeyCommand {
    /// Answers the signing keys.
    List,
    /// Makes the next signing key; answers `{kid, signs_from}`.
    Rotate,
    /// Withdraws a signing key; answers `{}`.
    Withdraw { kid: String },
}

impl SigningKeyCommand {
    pub(super) async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::List => Ok(app.signing_key_states().await?.iter().map(signing_key_row).collect()),
            Self::Rotate => {
                let (kid, turn) = app.rotate_signing_key(BY).await?;
                Ok(json!({ "kid": kid, "signs_from": rfc3339(turn) }))
            }
            Self::Withdraw { kid } => done(app.withdraw_signing_key(&kid, BY).await),
        }
    }
}

fn signing_key_row(state: &SigningKeyState) -> Value {
    json!({
        "kid": state.key.kid,
        "algorithm": state.key.algorithm.name(),
        "state": state.state,
        "signs_from": rfc3339(state.key.signs_from),
        "withdrawn_at": state.key.withdrawn_at.map(rfc3339),
    })
}
