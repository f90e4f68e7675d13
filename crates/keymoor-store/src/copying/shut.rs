use std::fmt;

use super::{Cell, ColumnKind, Part, Table};
use crate::StoreError;

/// What the name of every mark in the table `counters` begins with.
const MARK: &str = "shut: ";
const RESTORING: &str = "restoring ";
const ARRIVING: &str = "arriving";
const MOVED: &str = "moved to ";

/// Why an installation is not to be used, though everything of it is there. Marked by a row of the
/// table `counters`, whose value is a number of the table `changes`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shut {
    /// A backup was put in, and what was removed since is not removed again yet.
    Restoring {
        /// The backup's id.
        backup: String,
        /// The number of its last change.
        number: i64,
    },
    /// It was copied from elsewhere and not compared yet.
    Arriving {
        /// The number of its last change.
        number: i64,
    },
    /// It goes on elsewhere. The counter of changes is not there meanwhile, so nothing changes.
    Moved {
        /// Where, without anything secret.
        to: String,
        /// The number of its last change.
        number: i64,
    },
}

impl Shut {
    pub(crate) fn from_row(name: &str, number: i64) -> Result<Self, StoreError> {
        let mark = name.strip_prefix(MARK).unwrap_or_default();
        if let Some(backup) = mark.strip_prefix(RESTORING) {
            return Ok(Self::Restoring { backup: backup.to_owned(), number });
        }
        if let Some(to) = mark.strip_prefix(MOVED) {
            return Ok(Self::Moved { to: to.to_owned(), number });
        }
        if mark == ARRIVING {
            Ok(Self::Arriving { number })
        } else {
            Err(StoreError::Corrupt("mark"))
        }
    }

    /// The row's name and value.
    pub(crate) fn row(&self) -> (String, i64) {
        match self {
            Self::Restoring { backup, number } => (format!("{MARK}{RESTORING}{backup}"), *number),
            Self::Arriving { number } => (format!("{MARK}{ARRIVING}"), *number),
            Self::Moved { to, number } => (format!("{MARK}{MOVED}{to}"), *number),
        }
    }

    /// Counts the row that [`Shut::part`] sends.
    pub fn announce(tables: &mut [Table]) {
        if let Some(counters) = tables.iter_mut().find(|table| table.name == "counters") {
            counters.rows += 1;
        }
    }

    /// What marks a copy of `tables`, to be sent before its end; nothing if it is of no installation.
    pub fn part(&self, tables: &[Table]) -> Option<Part> {
        let place = tables.iter().position(|table| table.name == "counters")?;
        let (name, number) = self.row();
        let cell = |kind| match kind {
            ColumnKind::Text => Cell::Text(name.clone()),
            ColumnKind::Number => Cell::Number(number),
            ColumnKind::Flag => Cell::Null,
        };
        let cells = tables[place].columns.iter().map(|column| cell(column.kind)).collect();
        Some(Part::Rows(place, vec![cells]))
    }
}

impl fmt::Display for Shut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restoring { .. } => f.write_str(
                "a restore into this database is not finished, and what was removed since the \
                 backup would work again: give the same command `keymoor admin restore` once more",
            ),
            Self::Arriving { .. } => f.write_str(
                "the copy in this database is not finished: empty it, and give the command \
                 `keymoor admin migrate` once more",
            ),
            Self::Moved { to, .. } => write!(
                f,
                "this installation was moved to {to}: start the server on that. To go back to this \
                 one, without what has changed there since: `keymoor admin migrate --take-back`"
            ),
        }
    }
}
