use keymoor_core::OrganizationId;
use keymoor_store::Organization;

/// An organization that can be ticked.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) chosen: bool,
}

impl Choice {
    /// Each of `own`, ticked or not.
    pub(super) fn among(
        own: &[Organization],
        chosen: impl Fn(OrganizationId) -> bool,
    ) -> Vec<Self> {
        let choice = |one: &Organization| Self {
            id: one.id.to_string(),
            name: one.name.as_str().to_owned(),
            chosen: chosen(one.id),
        };
        own.iter().map(choice).collect()
    }
}
