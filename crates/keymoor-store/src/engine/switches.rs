use serde_json::json;

use super::{
    activity::{self, Happened},
    driver::Handle,
    grants::applications,
    writing::{Told, Writing},
};
use crate::{ActivityKind, ChangeKind, Stamp, StoreError, sql, text::parse};

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
    /// What it means to the owner of the account whose it is: noted when it is turned on and off.
    /// Turned on, it ends the account's sessions.
    owner: Option<(ActivityKind, ActivityKind)>,
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
    owner: Some((ActivityKind::AccountDisabled, ActivityKind::AccountEnabled)),
};

pub(super) const OPERATOR: Switch = Switch {
    what: "account",
    read: sql::ACCOUNT_IS_OPERATOR,
    set: sql::SET_ACCOUNT_OPERATOR,
    has_time: false,
    on: ChangeKind::OperatorAppointed,
    off: ChangeKind::OperatorDismissed,
    is_on: "the account is an operator's already",
    is_off: "the account is not an operator's",
    owner: None,
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
    owner: None,
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
    owner: None,
};

pub(super) const JUST_IN_TIME: Switch = Switch {
    what: "organization",
    read: sql::JUST_IN_TIME,
    set: sql::SET_JUST_IN_TIME,
    has_time: false,
    on: ChangeKind::JustInTimeEnabled,
    off: ChangeKind::JustInTimeDisabled,
    is_on: "the organization makes accounts already",
    is_off: "the organization makes no accounts",
    owner: None,
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
        if let Some(kinds) = switch.owner {
            tell_owner(&mut writing, &id, kinds, on, stamp).await?;
        }
        writing.finish(Told { kind, subject: id, detail: json!({}) }, stamp).await
    }
}

async fn tell_owner(
    writing: &mut Writing,
    account: &str,
    (turned_on, turned_off): (ActivityKind, ActivityKind),
    on: bool,
    stamp: Stamp,
) -> Result<(), StoreError> {
    if on {
        applications::suspend_all(writing, account, stamp).await?;
        let query = sqlx::query(sql::END_SESSIONS).bind(account).bind("");
        query.execute(writing.connection()).await?;
        for statement in [sql::END_CEREMONIES_OF, sql::FORGET_LINKS_OF] {
            sqlx::query(statement).bind(account).execute(writing.connection()).await?;
        }
    }
    let kind = if on { turned_on } else { turned_off };
    let happened = Happened::to(parse(account, "account")?, kind);
    activity::note(writing.connection(), &happened, stamp).await
}
