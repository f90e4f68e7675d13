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

/// The three ids in the path, the same way.
pub(crate) struct ThreeSegments<A, B, C>(pub(crate) A, pub(crate) B, pub(crate) C);

impl<A: FromStr, B: FromStr, C: FromStr> FromRequestParts<Arc<App>> for ThreeSegments<A, B, C> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let texts = Path::<[String; 3]>::from_request_parts(parts, app).await;
        let Path([one, two, three]) = texts.map_err(|_| Failure::NotFound)?;
        let all = one.parse().ok().zip(two.parse().ok()).zip(three.parse().ok());
        all.map(|((one, two), three)| Self(one, two, three)).ok_or(Failure::NotFound)
    }
}

/// The four ids in the path, the same way.
pub(crate) struct FourSegments<A, B, C, D>(pub(crate) A, pub(crate) B, pub(crate) C, pub(crate) D);

impl<A: FromStr, B: FromStr, C: FromStr, D: FromStr> FromRequestParts<Arc<App>>
    for FourSegments<A, B, C, D>
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let texts = Path::<[String; 4]>::from_request_parts(parts, app).await;
        let Path([one, two, three, four]) = texts.map_err(|_| Failure::NotFound)?;
        let first = one.parse().ok().zip(two.parse().ok());
        let all = first.zip(three.parse().ok().zip(four.parse().ok()));
        all.map(|((one, two), (three, four))| Self(one, two, three, four)).ok_or(Failure::NotFound)
    }
}
