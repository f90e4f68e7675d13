use http::StatusCode;
use serde_json::{Value, json};

/// An error as SCIM tells it (RFC 7644 §3.12).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct ScimError {
    /// The status.
    pub status: StatusCode,
    /// The keyword of the RFC's table 9, where one fits.
    pub scim_type: Option<&'static str>,
    /// What is wrong and what to do.
    pub detail: String,
}

impl ScimError {
    /// An error with a keyword; those are 400 but `uniqueness`, which is 409.
    pub fn typed(scim_type: &'static str, detail: impl Into<String>) -> Self {
        let taken = scim_type == "uniqueness";
        let status = if taken { StatusCode::CONFLICT } else { StatusCode::BAD_REQUEST };
        Self { status, scim_type: Some(scim_type), detail: detail.into() }
    }

    /// An error that its status says enough of.
    pub fn plain(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, scim_type: None, detail: detail.into() }
    }

    /// The body. The status is a text in it.
    pub fn body(&self) -> Value {
        let mut body = json!({
            "schemas": [super::ERROR],
            "status": self.status.as_str(),
            "detail": self.detail,
        });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = Value::from(scim_type);
        }
        body
    }
}
