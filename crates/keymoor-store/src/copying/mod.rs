#[cfg(test)]
mod tests;

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

/// What an installation is copied by: for a backup, or to another database.
#[async_trait]
pub trait Copying: Send + Sync {
    /// The number of the last migration of its schema.
    async fn schema(&self) -> Result<i64, StoreError>;

    /// Sends everything that is there at one moment, while others go on changing it. Ends early,
    /// without [`Part::End`], if nobody takes the parts.
    async fn copy_out(&self, to: Sender<Part>) -> Result<(), StoreError>;

    /// Takes everything in, or nothing: [`StoreError::Conflict`] if an account is there already or
    /// the parts are not of this schema, and if they end before [`Part::End`].
    async fn copy_in(&self, from: Receiver<Part>) -> Result<(), StoreError>;
}
