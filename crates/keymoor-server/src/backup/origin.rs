use keymoor_store::{Cell, Lineage, Part, Table};

/// What tells whose copy it is that passes by, a part at a time.
#[derive(Debug, Default)]
pub struct Origin {
    tables: Vec<Table>,
    pepper: Option<(i64, String)>,
    change: Option<(i64, String, String)>,
    /// When the change of that number was made.
    at: Option<(i64, i64)>,
    last: i64,
}

impl Origin {
    /// Takes a part in.
    pub fn add(&mut self, part: &Part) {
        match part {
            Part::Tables(tables) => self.tables.clone_from(tables),
            Part::Rows(place, rows) => {
                let Some(table) = self.tables.get(*place).cloned() else { return };
                for row in rows {
                    self.look(&table, row);
                }
            }
            Part::End => {}
        }
    }

    /// The tables that were announced.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The number of the last change.
    pub fn number(&self) -> i64 {
        self.last
    }

    /// The lineage of what has passed, with its last change.
    pub fn lineage(&self) -> Lineage {
        let at = self.at.map_or(0, |(_, at)| at);
        let change = self.change.as_ref();
        Lineage {
            pepper: self.pepper.as_ref().map(|(_, sealed)| sealed.clone()),
            last: Some(self.last),
            change: change.map(|(_, kind, subject)| (kind.clone(), subject.clone(), at)),
        }
    }

    fn look(&mut self, table: &Table, row: &[Cell]) {
        let cell = |name: &str| {
            let place = table.columns.iter().position(|column| column.name == name);
            place.and_then(|place| row.get(place)).unwrap_or(&Cell::Null)
        };
        match table.name.as_str() {
            "peppers" => {
                let id = number(cell("id"));
                if self.pepper.as_ref().is_none_or(|(first, _)| id < *first) {
                    self.pepper = Some((id, text(cell("sealed"))));
                }
            }
            "changes" => {
                let change = (number(cell("number")), text(cell("kind")), text(cell("subject")));
                if self.change.as_ref().is_none_or(|(last, ..)| change.0 > *last) {
                    self.change = Some(change);
                }
            }
            "audit" => {
                self.at = self.at.max(Some((number(cell("change")), number(cell("at")))));
            }
            "counters" if *cell("name") == Cell::Text("changes".to_owned()) => {
                self.last = number(cell("value"));
            }
            _ => {}
        }
    }
}

fn number(cell: &Cell) -> i64 {
    if let Cell::Number(number) = cell { *number } else { 0 }
}

fn text(cell: &Cell) -> String {
    if let Cell::Text(text) = cell { text.clone() } else { String::new() }
}
