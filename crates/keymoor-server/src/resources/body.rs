use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use keymoor_core::AccountId;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// Bytes beyond which a resource's body is refused.
const MAX_BODY: usize = 64 * 1024;

/// The fields of a body in JSON, HAL or form. No body at all is no fields: clients send
/// `Content-Length: 0` without a type.
async fn fields(headers: &HeaderMap, body: Body) -> Result<Map<String, Value>, Failure> {
    let bytes = read(body).await?;
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if bytes.is_empty() {
        Ok(Map::new())
    } else if essence == "application/x-www-form-urlencoded" {
        Ok(form(&bytes))
    } else {
        serde_json::from_slice(&bytes)
            .map_err(|_| Failure::Validation("body", "must be a JSON object or a form".to_owned()))
    }
}

/// The fields of a request.
pub(super) async fn of(request: axum::extract::Request) -> Result<Map<String, Value>, Failure> {
    let (parts, body) = request.into_parts();
    fields(&parts.headers, body).await
}

/// The account that `user_uuid` names.
pub(super) fn account(fields: &Map<String, Value>) -> Result<AccountId, Failure> {
    let problem = |_| Failure::Validation("user_uuid", "must be the UUID of a member".to_owned());
    text(fields, "user_uuid")?.parse().map_err(problem)
}

async fn read(body: Body) -> Result<Bytes, Failure> {
    let whole = Limited::new(body, MAX_BODY).collect().await;
    whole.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() {
            Failure::TooLarge
        } else {
            Failure::Validation("body", "did not arrive whole".to_owned())
        }
    })
}

fn form(bytes: &[u8]) -> Map<String, Value> {
    let pairs = form_urlencoded::parse(bytes);
    pairs.map(|(name, value)| (name.into_owned(), Value::from(value))).collect()
}

/// The text of a field that has to be there.
pub(super) fn text<'f>(
    fields: &'f Map<String, Value>,
    name: &'static str,
) -> Result<&'f str, Failure> {
    let field = fields.get(name).and_then(Value::as_str);
    field.ok_or_else(|| Failure::Validation(name, "is missing or is not a text".to_owned()))
}

/// The ids in a list that may be missing. A form has them parted by commas.
pub(super) fn ids<T: std::str::FromStr>(
    fields: &Map<String, Value>,
    name: &'static str,
) -> Result<Vec<T>, Failure> {
    let texts = texts(fields, name)?.unwrap_or_default();
    let ids = texts.iter().map(|text| text.parse());
    ids.collect::<Result<_, _>>()
        .map_err(|_| Failure::Validation(name, "must be a list of UUIDs".to_owned()))
}

/// The texts in a list, if it is there. A form has them parted by commas.
pub(super) fn texts(
    fields: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<Vec<String>>, Failure> {
    let problem = || Failure::Validation(name, "must be a list of texts".to_owned());
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(parted(text))),
        Some(Value::Array(all)) => {
            let texts = all.iter().map(|one| one.as_str().map(str::to_owned));
            texts.collect::<Option<Vec<_>>>().map(Some).ok_or_else(problem)
        }
        Some(_) => Err(problem()),
    }
}

fn parted(text: &str) -> Vec<String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}
