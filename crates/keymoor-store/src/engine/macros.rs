//! What every method of the store does around its query.

use crate::StoreError;

/// How often a transaction is tried that others stood in the way of.
pub(super) const TRIES: u32 = 5;

/// Reads every row of `query`, each by `read`.
macro_rules! all {
    ($store:expr, $query:expr, $read:expr) => {{
        let rows = $query.fetch_all(&$store.readers).await?;
        rows.iter().map($read).collect::<Result<_, StoreError>>()
    }};
}

/// Reads the one row of `query`, if there is one.
macro_rules! one {
    ($store:expr, $query:expr, $read:expr) => {{
        let row: Option<super::driver::DbRow> = $query.fetch_optional(&$store.readers).await?;
        row.as_ref().map($read).transpose()
    }};
}

/// Tries the transaction of that name again while others stand in its way: each try begins anew
/// and decides by what is there then.
macro_rules! transaction {
    ($name:literal, $attempt:expr) => {{
        let mut outcome = $attempt.await;
        for _ in 1..super::macros::TRIES {
            if !matches!(outcome, Err(StoreError::Contended)) {
                break;
            }
            tokio::task::yield_now().await;
            outcome = $attempt.await;
        }
        outcome.map_err(|error| super::macros::named($name, error))
    }};
}

/// Says which transaction it was that could not be carried out.
pub(super) fn named(transaction: &'static str, error: StoreError) -> StoreError {
    match error {
        StoreError::Unavailable(why) => StoreError::Unavailable(format!("{transaction}: {why}")),
        StoreError::InDoubt(why) => StoreError::InDoubt(format!("{transaction}: {why}")),
        other => other,
    }
}

/// Carries out the one statement `query` as a transaction, and gives how many rows it changed.
macro_rules! alone {
    ($store:expr, $query:expr) => {{
        let mut transaction = $store.begin_writing().await?;
        let done = $query.execute(&mut *transaction).await?.rows_affected();
        transaction.commit().await?;
        done
    }};
}
