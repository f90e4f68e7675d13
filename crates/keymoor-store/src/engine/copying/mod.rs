//! Everything that is in the database, read and written without knowing what it means: the tables
//! are those that the database says it has.

mod fill;
mod read;
mod standing;

use async_trait::async_trait;
use sqlx::{AssertSqlSafe, Row, SqlSafeStr, SqlStr};
use tokio::sync::mpsc::{Receiver, Sender};

use super::driver::{DbConnection, DbRow, Handle, TABLES};
use crate::{Column, ColumnKind, Copying, Lineage, Part, Shut, StoreError, Table, sql};

#[async_trait]
impl Copying for Handle {
    async fn schema(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(sql::SCHEMA).fetch_one(&self.readers).await?)
    }

    async fn copy_out(&self, to: Sender<Part>) -> Result<(), StoreError> {
        self.send_everything(&to).await
    }

    async fn copy_in(&self, from: Receiver<Part>) -> Result<(), StoreError> {
        self.take_everything(from).await
    }

    async fn lineage(&self, number: i64) -> Result<Lineage, StoreError> {
        self.read_lineage(number).await
    }

    async fn shut(&self) -> Result<Option<Shut>, StoreError> {
        let row = sqlx::query(sql::SHUT).fetch_optional(&self.readers).await?;
        row.map(|row| Shut::from_row(row.try_get("name")?, row.try_get("value")?)).transpose()
    }

    async fn move_away(&self, to: &str, number: i64) -> Result<(), StoreError> {
        transaction!("move away", self.mark_moved(to, number))
    }

    async fn reopen(&self) -> Result<(), StoreError> {
        transaction!("reopen", self.unmark())
    }
}

/// The tables of the database and their columns, both by name, without a count of their rows.
async fn tables(connection: &mut DbConnection) -> Result<Vec<Table>, StoreError> {
    let mut found: Vec<Table> = Vec::new();
    for row in sqlx::query(TABLES).fetch_all(connection).await? {
        let name: String = row.try_get("name")?;
        if found.last().is_none_or(|table| table.name != name) {
            found.push(Table { name, columns: Vec::new(), rows: 0 });
        }
        if let Some(table) = found.last_mut() {
            table.columns.push(column(&row)?);
        }
    }
    Ok(found)
}

fn column(row: &DbRow) -> Result<Column, StoreError> {
    let kind = match row.try_get("kind")? {
        "text" => ColumnKind::Text,
        "bigint" => ColumnKind::Number,
        "boolean" => ColumnKind::Flag,
        _ => return Err(StoreError::Corrupt("type of a column")),
    };
    Ok(Column { name: row.try_get("column_name")?, kind })
}

/// A statement with the names of tables and columns in it, which the database itself gave.
fn statement(text: String) -> SqlStr {
    AssertSqlSafe(text).into_sql_str()
}

fn quoted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
}
