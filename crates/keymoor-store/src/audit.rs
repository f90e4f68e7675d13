use std::net::IpAddr;

use async_trait::async_trait;
use keymoor_core::UnixTime;
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Something that happened, as the audit tells it: a change that somebody made, or an event of
/// signing in, of using an API Key, or of what people are asked by applications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Where it stands.
    pub place: AuditPlace,
    /// What it was: a name of [`ChangeKind`](crate::ChangeKind) or of
    /// [`ActivityKind`](crate::ActivityKind).
    pub kind: String,
    /// Who did it, as [`Actor`](crate::Actor) writes it.
    pub actor: String,
    /// The ids of what it happened to, parted by `/`.
    pub subject: String,
    /// Whose account it was, if it happened to one. Of a refused request of an application, that of
    /// whoever had allowed what it brought, if that is known; else that of the application's owner.
    pub account: Option<String>,
    /// From where, the last time; not known of what an operator did by command, or of what was
    /// changed before this was noted of changes.
    pub address: Option<IpAddr>,
    /// How often: the same failure is one event of a day.
    pub times: i64,
    /// More about it: a JSON object of a change; of the other events, what people call the subject.
    pub detail: String,
}

/// Where an event stands in the order of all: by time, and by two numbers within a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AuditPlace {
    /// When it happened, the last time.
    pub at: UnixTime,
    /// 1 for a change, 2 for the other events.
    pub source: i64,
    /// Its number among those of its source.
    pub number: i64,
}

/// Which part of the audit is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditSpan {
    /// From this time on.
    pub since: UnixTime,
    /// Before this time.
    pub until: UnixTime,
    /// What stands behind this place.
    pub after: Option<AuditPlace>,
    /// So many at most.
    pub limit: u32,
}

/// What happened, for operators.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// The events of a span in their order. An event that happens again moves to the place of its
    /// last time.
    async fn audit(&self, span: AuditSpan) -> Result<Vec<AuditEvent>, StoreError>;
}
