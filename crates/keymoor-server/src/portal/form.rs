use std::sync::Arc;

use axum::extract::FromRequestParts;
use bytes::Bytes;
use http::request::Parts;
use zeroize::Zeroizing;

use crate::{App, failure::Failure};

/// The fields of a form that the gate let through. Values are wiped when dropped: one may be a
/// password.
#[derive(Clone)]
pub(super) struct Form(Arc<Vec<(String, Zeroizing<String>)>>);

impl Form {
    pub(super) fn parse(bytes: &Bytes) -> Self {
        let pairs = form_urlencoded::parse(bytes);
        let owned = pairs.map(|(name, value)| (name.into_owned(), value.into_owned().into()));
        Self(Arc::new(owned.collect()))
    }

    /// The first field of that name; one that is not there is empty.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or_default()
    }

    /// A field whose bytes are the secret, to be handed on.
    pub(super) fn secret(&self, name: &str) -> Zeroizing<String> {
        Zeroizing::new(self.text(name).to_owned())
    }

    /// Every field of that name.
    pub(super) fn all<'f>(&'f self, name: &str) -> impl Iterator<Item = &'f str> {
        let fields = self.0.iter();
        let name = name.to_owned();
        fields.filter(move |(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box is ticked.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.text(name).is_empty()
    }
}

impl FromRequestParts<Arc<App>> for Form {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or(Failure::ForeignForm)
    }
}
