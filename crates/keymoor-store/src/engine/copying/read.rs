use futures_util::TryStreamExt;
use sqlx::Row;
use tokio::sync::mpsc::Sender;

use super::{
    super::driver::{self, DbConnection, DbRow, Handle},
    quoted, statement, tables,
};
use crate::{Cell, ColumnKind, Part, StoreError, Table, copying::ROWS};

impl Handle {
    pub(super) async fn send_everything(&self, to: &Sender<Part>) -> Result<(), StoreError> {
        let mut reading = self.begin_reading().await?;
        driver::take_time(&mut reading).await?;
        let mut tables = tables(&mut reading).await?;
        for table in &mut tables {
            table.rows = count(&mut reading, &table.name).await?;
        }
        if to.send(Part::Tables(tables.clone())).await.is_err() {
            return Ok(());
        }
        for (place, table) in tables.iter().enumerate() {
            if !send_rows(&mut reading, place, table, to).await? {
                return Ok(());
            }
        }
        let _ = to.send(Part::End).await;
        Ok(())
    }
}

async fn count(connection: &mut DbConnection, table: &str) -> Result<u64, StoreError> {
    let query = statement(format!("SELECT COUNT(*) FROM \"{table}\""));
    let count: i64 = sqlx::query_scalar(query).fetch_one(connection).await?;
    Ok(count.unsigned_abs())
}

/// Whether somebody still takes them.
async fn send_rows(
    connection: &mut DbConnection,
    place: usize,
    table: &Table,
    to: &Sender<Part>,
) -> Result<bool, StoreError> {
    let columns = quoted(table.columns.iter().map(|column| column.name.as_str()));
    let query = statement(format!("SELECT {columns} FROM \"{}\"", table.name));
    let mut found = sqlx::query(query).fetch(connection);
    let mut rows = Vec::new();
    while let Some(row) = found.try_next().await? {
        rows.push(cells(&row, table)?);
        if rows.len() == ROWS
            && to.send(Part::Rows(place, std::mem::take(&mut rows))).await.is_err()
        {
            return Ok(false);
        }
    }
    Ok(rows.is_empty() || to.send(Part::Rows(place, rows)).await.is_ok())
}

fn cells(row: &DbRow, table: &Table) -> Result<Vec<Cell>, StoreError> {
    let columns = table.columns.iter().enumerate();
    columns.map(|(place, column)| cell(row, place, column.kind)).collect()
}

fn cell(row: &DbRow, place: usize, kind: ColumnKind) -> Result<Cell, StoreError> {
    let cell = match kind {
        ColumnKind::Text => row.try_get::<Option<String>, _>(place)?.map(Cell::Text),
        ColumnKind::Number => row.try_get::<Option<i64>, _>(place)?.map(Cell::Number),
        ColumnKind::Flag => row.try_get::<Option<bool>, _>(place)?.map(Cell::Flag),
    };
    Ok(cell.unwrap_or(Cell::Null))
}
