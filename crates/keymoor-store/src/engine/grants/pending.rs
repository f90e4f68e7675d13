use keymoor_core::{AccountId, ApplicationId};

use super::super::{activity, driver::DbConnection, rows};
use crate::{ActivityKind, Stamp, StoreError, sql};

/// Takes back what was allowed and not fetched yet: it is as if the answer had been no. Of the account
/// and of the application, where they are named. How much it was.
pub(super) async fn withdraw(
    connection: &mut DbConnection,
    account: Option<AccountId>,
    application: Option<ApplicationId>,
    stamp: Stamp,
) -> Result<usize, StoreError> {
    let (account, application) =
        (account.map(|id| id.to_string()), application.map(|id| id.to_string()));
    let mut withdrawn = 0;
    for (statement, kind) in [
        (sql::WITHDRAW_CODES, ActivityKind::GrantDenied),
        (sql::WITHDRAW_DEVICES, ActivityKind::DeviceDenied),
    ] {
        let query = sqlx::query(statement).bind(stamp.at.seconds());
        let query = query.bind(&account).bind(&application);
        for row in query.fetch_all(&mut *connection).await? {
            let concerned = (rows::id(&row, "application")?, rows::id(&row, "account")?);
            activity::note_of_application(&mut *connection, concerned, kind, stamp).await?;
            withdrawn += 1;
        }
    }
    Ok(withdrawn)
}
