use std::{str::FromStr, sync::Arc};

use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use crate::{App, failure::Failure};

/// The id in the path. Another spelling of an id is another id, and what is no id names nothing:
/// both are not found.
pub(crate) struct Segment<T>(pub(crate) T);

impl<T: FromStr> FromRequestParts<Arc<App>> for Segment<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let text = Path::<String>::from_request_parts(parts, app).await;
        let Path(text) = text.map_err(|_| Failure::NotFound)?;
        text.parse().map(Self).map_err(|_| Failure::NotFound)
    }
}

/// The two ids in the path, the same way.
pub(crate) struct Segments<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromStr, B: FromStr> FromRequestParts<Arc<App>> for Segments<A, B> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let texts = Path::<(String, String)>::from_request_parts(parts, app).await;
        let Path((one, other)) = texts.map_err(|_| Failure::NotFound)?;
        let both = one.parse().ok().zip(other.parse().ok());
        both.map(|(one, other)| Self(one, other)).ok_or(Failure::NotFound)
    }
}
