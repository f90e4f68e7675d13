use std::collections::HashSet;

use keymoor_core::{OrganizationId, access::Directory, claims::Claims};

/// What a guard in another process knows before the removal feed exists: the organizations that
/// its operator says enforce single sign-on. Nothing is known to be removed before it expires.
#[derive(Clone, Debug)]
pub enum ConfiguredDirectory {
    /// Every organization wants its scope: the safe choice, and the default.
    AllFederated,
    /// These do.
    Federated(HashSet<OrganizationId>),
}

impl Directory for ConfiguredDirectory {
    fn is_removed(&self, _: &Claims) -> bool {
        false
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        match self {
            Self::AllFederated => true,
            Self::Federated(only) => only.contains(&organization),
        }
    }

    fn is_disabled(&self, _: OrganizationId) -> bool {
        false
    }
}
