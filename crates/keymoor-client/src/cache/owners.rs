//! Whose an API's resources are, kept for the next process.

use std::collections::BTreeMap;

use keymoor_core::OrganizationId;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{DiskCache, key::digest};

/// The most resources in a file: it stays below what is read of one.
const MOST: usize = 1_000;
const VERSION: u32 = 1;

/// For each resource (`applications/<uuid>`) of one API, the organization whose scope it wants. No
/// secret, and no token; the server decides all the same. What cannot be read counts as nothing.
#[derive(Clone, Debug)]
pub(crate) struct Owners {
    disk: DiskCache,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Document {
    version: u32,
    organizations: BTreeMap<String, OrganizationId>,
}

impl Owners {
    /// Those of the API at that base URL.
    pub(crate) fn of(disk: DiskCache, api_base: &Url) -> Self {
        Self { disk, name: file_name(api_base) }
    }

    pub(crate) fn read(&self) -> BTreeMap<String, OrganizationId> {
        let text = self.disk.recall(&self.name);
        let document = text.and_then(|text| serde_json::from_slice::<Document>(&text).ok());
        let document = document.filter(|document| document.version == VERSION);
        document.map(|document| document.organizations).unwrap_or_default()
    }

    /// Adds one, or takes one away. Two processes that do so at once may lose one of the two: it is
    /// asked for again.
    pub(crate) fn set(&self, resource: &str, organization: Option<OrganizationId>) {
        let mut organizations = self.read();
        let changed = match organization {
            Some(id) => organizations.insert(resource.to_owned(), id) != Some(id),
            None => organizations.remove(resource).is_some(),
        };
        if !changed {
            return;
        }
        if organizations.len() > MOST {
            organizations.retain(|known, _| known == resource);
        }
        let document = Document { version: VERSION, organizations };
        let text = serde_json::to_vec(&document).map_err(std::io::Error::from);
        if let Err(error) = text.and_then(|text| self.disk.remember(&self.name, &text)) {
            tracing::debug!(%error, "an organization is not remembered");
        }
    }
}

/// Swept with the tokens once nobody has changed it for long.
pub(super) fn file_name(api_base: &Url) -> String {
    format!("{}.json", digest([b"organizations", api_base.as_str().as_bytes()]))
}
