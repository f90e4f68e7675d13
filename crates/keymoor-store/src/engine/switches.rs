use serde_json::json;

use super::{driver::Handle, writing::Told};
use crate::{ChangeKind, Stamp, StoreError, sql};

/// Something that is either on or off.
pub(super) struct Switch {
    /// Whose it is.
    what: &'static str,
    read: &'static str,
    set: &'static str,
    /// Whether the time is kept.
    has_time: bool,
    on: ChangeKind,
    off: ChangeKind,
    /// What stands against turning it on or off once more.
    is_on: &'static str,
    is_off: &'static str,
}

pub(super) const ACCOUNT_DISABLED: Switch = Switch {
    what: "account",
    read: sql::ACCOUNT_IS_DISABLED,
    set: sql::SET_ACCOUNT_DISABLED,
    has_time: true,
    on: ChangeKind::AccountDisabled,
    off: ChangeKind::AccountEnabled,
    is_on: "the account is disabled already",
    is_off: "the account is not disabled",
};

pub(super) const ORGANIZATION_DISABLED: Switch = Switch {
    what: "organization",
    read: sql::ORGANIZATION_IS_DISABLED,
    set: sql::SET_ORGANIZATION_DISABLED,
    has_time: true,
    on: ChangeKind::OrganizationDisabled,
    off: ChangeKind::OrganizationEnabled,
    is_on: "the organization is disabled already",
    is_off: "the organization is not disabled",
};

pub(super) const ORGANIZATION_FEDERATED: Switch = Switch {
    what: "organization",
    read: sql::ORGANIZATION_IS_FEDERATED,
    set: sql::SET_ORGANIZATION_FEDERATED,
    has_time: false,
    on: ChangeKind::OrganizationFederated,
    off: ChangeKind::OrganizationUnfederated,
    is_on: "the organization is federated already",
    is_off: "the organization is not federated",
};

impl Switch {
    fn turned(&self, before: bool, on: bool) -> Result<ChangeKind, StoreError> {
        match (before, on) {
            (false, true) => Ok(self.on),
            (true, false) => Ok(self.off),
            (true, true) => Err(StoreError::Conflict(self.is_on)),
            (false, false) => Err(StoreError::Conflict(self.is_off)),
        }
    }
}

impl Handle {
    /// Turns the switch of `id` on or off.
    pub(super) async fn turn(
        &self,
        switch: &Switch,
        id: String,
        on: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query_scalar(switch.read).bind(&id);
        let found: Option<bool> = query.fetch_optional(writing.connection()).await?;
        let kind = switch.turned(found.ok_or(StoreError::NotFound(switch.what))?, on)?;
        let query = sqlx::query(switch.set).bind(on).bind(&id);
        let query = if switch.has_time { query.bind(stamp.at.seconds()) } else { query };
        query.execute(writing.connection()).await?;
        writing.finish(Told { kind, subject: id, detail: json!({}) }, stamp).await
    }
}
