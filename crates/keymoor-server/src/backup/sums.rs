use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use keymoor_store::{Part, Table};

/// What is in each table, in whatever order its rows come: how many there are, and the sum of their
/// SHA-256, as four numbers of 64 bits.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sums {
    tables: Vec<Table>,
    sums: BTreeMap<usize, (u64, [u64; 4])>,
}

impl Sums {
    /// Takes a part in.
    pub fn add(&mut self, part: &Part) {
        match part {
            Part::Tables(tables) => self.tables.clone_from(tables),
            Part::Rows(place, rows) => {
                let (count, sum) = self.sums.entry(*place).or_default();
                for row in rows {
                    let text = serde_json::to_vec(row).expect("a row has only text keys");
                    let digest = digest(&SHA256, &text);
                    let (words, _) = digest.as_ref().as_chunks::<8>();
                    for (sum, word) in sum.iter_mut().zip(words) {
                        *sum = sum.wrapping_add(u64::from_be_bytes(*word));
                    }
                    *count += 1;
                }
            }
            Part::End => {}
        }
    }

    /// Rows of all tables, as they were announced.
    pub fn announced(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Rows of all tables that were taken in.
    pub fn rows(&self) -> u64 {
        self.sums.values().map(|(count, _)| count).sum()
    }

    /// How many tables there are.
    pub fn tables(&self) -> usize {
        self.tables.len()
    }
}
