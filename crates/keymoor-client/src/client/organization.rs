//! Which organization's scope an API wants.

use std::collections::HashMap;

use http::header::WWW_AUTHENTICATE;
use keymoor_core::{OrganizationId, Scope, Scopes};
use serde_json::Value;
use url::Url;

use super::Response;
use crate::cache::owners::Owners;

/// The refusal of an organization that enforces single sign-on.
const CODE: &str = "additional_authentication_required";
const WORDS: &str = "This resource requires additional authentication.";

/// Whether the answer asks for an organization's scope.
pub(super) fn is_asked(answer: &Response) -> bool {
    answer.status() == 403
        && (answer.error().as_deref() == Some(CODE) || answer.message().as_deref() == Some(WORDS))
}

/// The organization that the answer or the path names.
pub(super) fn named(answer: &Response, below: &[&str]) -> Option<OrganizationId> {
    in_challenge(answer).or_else(|| match below {
        ["organizations", id, ..] => parse(id),
        _ => None,
    })
}

/// From `WWW-Authenticate: Bearer error="insufficient_scope", scope="organization:<uuid>"`.
fn in_challenge(answer: &Response) -> Option<OrganizationId> {
    let fields = answer.headers().get_all(WWW_AUTHENTICATE).iter();
    fields.filter_map(|value| value.to_str().ok()).find_map(|text| {
        let (_, rest) = text.split_once("scope=\"")?;
        let (scopes, _) = rest.split_once('"')?;
        scopes.split(' ').find_map(|scope| parse(scope.strip_prefix("organization:")?))
    })
}

fn parse(text: &str) -> Option<OrganizationId> {
    OrganizationId::parse(&text.to_ascii_lowercase()).ok()
}

/// The organizations of a list that may want a scope: those that say so, or all if none says
/// anything about it.
pub(super) fn candidates(list: &Value) -> Vec<(OrganizationId, String)> {
    let items = list["_embedded"]["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let flag = |item: &Value| item["flags"]["federated_authentication"].as_bool();
    let told = items.iter().any(|item| flag(item).is_some());
    items
        .iter()
        .filter(|item| !told || flag(item) == Some(true))
        .filter_map(|item| {
            let name = item["name"].as_str().unwrap_or_default();
            Some((parse(item["uuid"].as_str()?)?, crate::exchange::tidy(name)))
        })
        .collect()
}

/// The scopes with that organization's in the place of others.
pub(super) fn with(scopes: &Scopes, organization: OrganizationId) -> Scopes {
    let named = scopes.iter().filter(|scope| matches!(scope, Scope::Named(_))).cloned();
    named.chain([Scope::Organization(organization)]).collect()
}

/// The segments of the path below the API's base.
pub(super) fn below<'u>(url: &'u Url, base: &Url) -> Vec<&'u str> {
    let path = url.path();
    let rest = path.strip_prefix(base.path().trim_end_matches('/')).unwrap_or(path);
    rest.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// What is remembered: for each resource (`applications/<uuid>`), whose it is. With a disk also by
/// the processes that come after.
#[derive(Debug, Default)]
pub(super) struct Memory {
    known: HashMap<String, OrganizationId>,
    kept: Option<Owners>,
}

impl Memory {
    pub(super) fn new(kept: Option<Owners>) -> Self {
        let known = kept.as_ref().map(Owners::read).unwrap_or_default();
        Self { known: known.into_iter().collect(), kept }
    }

    pub(super) fn recall(&self, below: &[&str]) -> Option<OrganizationId> {
        self.known.get(&place(below)).copied()
    }

    pub(super) fn learn(&mut self, below: &[&str], organization: OrganizationId) {
        // Bounded, for programs that run for months.
        if self.known.len() >= 10_000 {
            self.known.clear();
        }
        if self.known.insert(place(below), organization) != Some(organization)
            && let Some(kept) = &self.kept
        {
            kept.set(&place(below), Some(organization));
        }
    }

    pub(super) fn forget(&mut self, below: &[&str]) {
        self.known.remove(&place(below));
        if let Some(kept) = &self.kept {
            kept.set(&place(below), None);
        }
    }
}

fn place(below: &[&str]) -> String {
    below.iter().take(2).copied().collect::<Vec<_>>().join("/")
}
