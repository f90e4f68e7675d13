//! A refused call as people read it.

use keymoor_core::{
    AccountId,
    explain::{Cause, RequestId},
    removals::Subject,
};
use keymoor_store::{KeptRefusedCall, StoreError};

use crate::{App, time::rfc3339};

/// Seconds from which on clocks that differ are worth a word: reports take their time.
const CLOCKS_DIFFER: i64 = 3;
/// The most refused calls that a page shows.
const SHOWN: u32 = 50;

/// A refused call in words.
pub(crate) struct Told {
    pub(crate) kept: KeptRefusedCall,
    /// What was wrong, and what is known of it by now: sentences.
    pub(crate) why: String,
    /// What helps; may be empty.
    pub(crate) remedy: &'static str,
}

impl App {
    /// Explains the refused calls of that id, for an operator.
    pub(crate) async fn explain(&self, id: RequestId) -> Result<Vec<Told>, StoreError> {
        self.flush_uses().await;
        let found = self.store.refused_call(id).await?;
        Ok(found.into_iter().map(|kept| told(kept, None)).collect())
    }

    /// The same for whoever looks after `account`: nobody else's calls are found.
    pub(crate) async fn explain_to(
        &self,
        account: AccountId,
        id: RequestId,
    ) -> Result<Vec<Told>, StoreError> {
        let mut found = self.explain(id).await?;
        found.retain(|told| told.kept.account == Some(account));
        Ok(found.into_iter().map(|found| told(found.kept, Some(account))).collect())
    }

    /// The latest refused calls of the account's API tokens.
    pub(crate) async fn refused_calls(&self, account: AccountId) -> Result<Vec<Told>, StoreError> {
        self.flush_uses().await;
        let found = self.store.refused_calls_of(account, SHOWN).await?;
        Ok(found.into_iter().map(|kept| told(kept, Some(account))).collect())
    }
}

fn told(kept: KeptRefusedCall, reader: Option<AccountId>) -> Told {
    let explained = kept.call.cause.explain(&rfc3339);
    let more = [removal(&kept, reader), clock(&kept)];
    let why = more.into_iter().flatten().fold(explained.why, |why, more| format!("{why} {more}"));
    Told { kept, why, remedy: explained.remedy }
}

/// When the API token was removed and by whom, where that is why.
fn removal(kept: &KeptRefusedCall, reader: Option<AccountId>) -> Option<String> {
    let removal = kept.removal.as_ref().filter(|_| is_about_removal(&kept.call.cause))?;
    let by = match reader {
        None => removal.by.clone(),
        Some(account) if removal.by == format!("account:{account}") => "its owner".to_owned(),
        Some(_) => match removal.by.split_once(':') {
            Some(("token", key)) => format!("API token {key}"),
            Some(("application", id)) => format!("application {id}"),
            Some(("account", _)) => "somebody else who may".to_owned(),
            _ => "an operator".to_owned(),
        },
    };
    let reason = removal.reason.as_ref().map(|reason| format!(", because: {reason}"));
    let (at, reason) = (rfc3339(removal.at), reason.unwrap_or_default());
    Some(format!("That happened at {at}, by {by}{reason}."))
}

fn is_about_removal(cause: &Cause) -> bool {
    match cause {
        Cause::Removed { subject } => matches!(subject, None | Some(Subject::ApiKey(_))),
        Cause::TokenRequest(fault) => fault.fault == "removed",
        _ => false,
    }
}

/// That the clocks of guard and server differ, where that can matter.
fn clock(kept: &KeptRefusedCall) -> Option<String> {
    let about_time = matches!(kept.call.cause, Cause::Expired { .. } | Cause::NotYetValid { .. });
    let ahead = kept.clock_ahead;
    if !about_time || ahead.abs() < CLOCKS_DIFFER {
        return None;
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let count = ahead.abs();
    Some(format!(
        "The clock of the machine that checked it is {count} seconds {side} the server's."
    ))
}
