mod opening;
mod shut;
#[cfg(test)]
mod tests;

pub use opening::Opening;
pub use shut::Shut;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{Receiver, Sender};

use crate::StoreError;

/// The most rows of one [`Part::Rows`].
pub(crate) const ROWS: usize = 200;

/// What a column holds. Keymoor's tables have no other types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// `TEXT`
    Text,
    /// `BIGINT`
    Number,
    /// `BOOLEAN`
    Flag,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// A table, and how much is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns by name; the cells of its rows are in the same order.
    pub columns: Vec<Column>,
    /// How many rows it has.
    pub rows: u64,
}

/// One value of a row: JSON's null, text, number or truth value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Of a [`ColumnKind::Flag`].
    Flag(bool),
    /// Of a [`ColumnKind::Number`].
    Number(i64),
    /// Of a [`ColumnKind::Text`].
    Text(String),
}

/// Everything that is in a store, a part at a time: the same from both engines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The tables, by name. The first part.
    Tables(Vec<Table>),
    /// Some rows of the table of that place in the list.
    Rows(usize, Vec<Vec<Cell>>),
    /// The last part: nothing is missing.
    End,
}

/// What two copies of one installation have in common, and two installations do not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// The first pepper, sealed.
    pub pepper: Option<String>,
    /// The number of the last change; `None` where nothing counts changes.
    pub last: Option<i64>,
    /// The change that was asked for: its kind and its subject, and the time at which it was made.
    pub change: Option<(String, String, i64)>,
}

/// What an installation is copied by: for a backup, or to another database.
#[async_trait]
pub trait Copying: Send + Sync {
    /// The number of the last migration of its schema.
    async fn schema(&self) -> Result<i64, StoreError>;

    /// Sends everything that is there at one moment, while others go on changing it. Ends early,
    /// without [`Part::End`], if nobody takes the parts.
    async fn copy_out(&self, to: Sender<Part>) -> Result<(), StoreError>;

    /// Takes everything in, or nothing: [`StoreError::Conflict`] if anything ever happened here or
    /// the parts are not of this schema, and if they end before [`Part::End`]. Who wants to change
    /// something meanwhile waits, and is refused then.
    async fn copy_in(&self, from: Receiver<Part>) -> Result<(), StoreError>;

    /// What tells this installation from others, with the change of that number.
    async fn lineage(&self, number: i64) -> Result<Lineage, StoreError>;

    /// Why it is not to be used, if so.
    async fn shut(&self) -> Result<Option<Shut>, StoreError>;

    /// Marks it as moved to `to`, so that nothing changes any more, if its last change still is
    /// the one of that number; [`StoreError::Conflict`] if it is not.
    async fn move_away(&self, to: &str, number: i64) -> Result<(), StoreError>;

    /// Lets it be used again, whatever [`Copying::shut`] says.
    async fn reopen(&self) -> Result<(), StoreError>;
}
