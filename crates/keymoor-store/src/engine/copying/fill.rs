use sqlx::{AssertSqlSafe, query::Query};
use tokio::sync::mpsc::Receiver;

use super::{
    super::driver::{self, Database, DbConnection, Handle},
    quoted, statement, tables,
};
use crate::{Cell, Part, StoreError, Table, error::in_doubt, sql};

const OCCUPIED: StoreError =
    StoreError::Conflict("there is an installation in the database already: name an empty one");
const FOREIGN: StoreError = StoreError::Conflict(
    "what is to be taken in was made by a Keymoor with another schema: take it in with that one, \
     then upgrade",
);
const INCOMPLETE: StoreError = StoreError::Conflict("what is to be taken in is not complete");

impl Handle {
    pub(super) async fn take_everything(&self, mut from: Receiver<Part>) -> Result<(), StoreError> {
        let mut writing = self.begin_writing().await?;
        driver::take_time(&mut writing).await?;
        // Locked first: a server that starts meanwhile makes its keys before this or not at all.
        let lock = sqlx::query_scalar(sql::LOCK_CHANGES);
        let changes: Option<i64> = lock.fetch_optional(&mut *writing).await?;
        if changes != Some(0) {
            return Err(OCCUPIED);
        }
        driver::put_off_references(&mut writing).await?;
        let tables = agree(&mut writing, from.recv().await).await?;
        for table in &tables {
            // A fresh schema has rows of its own, such as counters.
            let query = statement(format!("DELETE FROM \"{}\"", table.name));
            sqlx::query(query).execute(&mut *writing).await?;
        }
        take_rows(&mut writing, &tables, &mut from).await?;
        driver::check_references(&mut writing).await?;
        writing.commit().await.map_err(in_doubt)
    }
}

/// The tables of the first part, if they are those of this database.
async fn agree(
    connection: &mut DbConnection,
    first: Option<Part>,
) -> Result<Vec<Table>, StoreError> {
    let Some(Part::Tables(theirs)) = first else { return Err(INCOMPLETE) };
    let ours = tables(connection).await?;
    let same =
        |(one, other): (&Table, &Table)| one.name == other.name && one.columns == other.columns;
    let agreed = ours.len() == theirs.len() && ours.iter().zip(&theirs).all(same);
    if agreed { Ok(theirs) } else { Err(FOREIGN) }
}

async fn take_rows(
    connection: &mut DbConnection,
    tables: &[Table],
    from: &mut Receiver<Part>,
) -> Result<(), StoreError> {
    let mut missing: Vec<u64> = tables.iter().map(|table| table.rows).collect();
    loop {
        match from.recv().await {
            Some(Part::Rows(place, rows)) => {
                let (Some(table), Some(missing)) = (tables.get(place), missing.get_mut(place))
                else {
                    return Err(INCOMPLETE);
                };
                let count = rows.len() as u64;
                *missing = missing.checked_sub(count).ok_or(INCOMPLETE)?;
                insert(connection, table, rows).await?;
            }
            Some(Part::End) if missing.iter().all(|&rows| rows == 0) => return Ok(()),
            _ => return Err(INCOMPLETE),
        }
    }
}

/// Several rows a statement: a database elsewhere answers each.
async fn insert(
    connection: &mut DbConnection,
    table: &Table,
    rows: Vec<Vec<Cell>>,
) -> Result<(), StoreError> {
    if rows.iter().any(|row| row.len() != table.columns.len()) {
        return Err(INCOMPLETE);
    }
    if rows.is_empty() {
        return Ok(());
    }
    let columns = quoted(table.columns.iter().map(|column| column.name.as_str()));
    let places = places(table, rows.len());
    let text = format!("INSERT INTO \"{}\" ({columns}) VALUES {places}", table.name);
    let mut query = sqlx::query(AssertSqlSafe(text));
    for (cell, column) in rows.into_iter().flatten().zip(table.columns.iter().cycle()) {
        query = bind(query, cell, column.kind);
    }
    query.execute(connection).await?;
    Ok(())
}

/// `($1, $2), ($3, $4)`
fn places(table: &Table, rows: usize) -> String {
    let width = table.columns.len();
    let row = |row: usize| {
        let numbers = (1..=width).map(|place| format!("${}", row * width + place));
        format!("({})", numbers.collect::<Vec<_>>().join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

type Bound<'q> = Query<'q, Database, <Database as sqlx::Database>::Arguments>;

/// A cell of another kind than its column's is refused by the database.
fn bind(query: Bound<'_>, cell: Cell, kind: crate::ColumnKind) -> Bound<'_> {
    use crate::ColumnKind as Kind;
    match (cell, kind) {
        (Cell::Text(text), _) => query.bind(text),
        (Cell::Number(number), _) => query.bind(number),
        (Cell::Flag(flag), _) => query.bind(flag),
        (Cell::Null, Kind::Text) => query.bind(None::<String>),
        (Cell::Null, Kind::Number) => query.bind(None::<i64>),
        (Cell::Null, Kind::Flag) => query.bind(None::<bool>),
    }
}
