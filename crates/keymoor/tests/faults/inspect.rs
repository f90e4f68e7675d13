//! What is in the database, beside what the server says.

use std::{collections::BTreeSet, process::Command};

use crate::{ledger::Ledger, place::Place};

/// Changes are counted from 1 without gaps, each with its audit row.
const CHANGES: &str = "SELECT 'changes ' || (COUNT(*) - COALESCE(MAX(number), 0)) FROM changes; \
    SELECT 'audit ' || COUNT(*) FROM changes WHERE number NOT IN (SELECT change FROM audit);";
/// That SQLite finds the file whole.
const WHOLE: &str = "PRAGMA integrity_check; PRAGMA foreign_key_check;";

/// Looks whether the database is whole and holds nothing that was refused. A SQLite file, which no server
/// has open, is looked at in a copy: looking changes it.
pub(crate) fn inspect(place: &Place, ledger: &Ledger) {
    let refused = ledger.refused();
    let listed: Vec<String> = refused.iter().map(|label| format!("'{label}'")).collect();
    let listed = if listed.is_empty() { "NULL".to_owned() } else { listed.join(",") };
    let labels = format!("SELECT label FROM api_tokens WHERE label IN ({listed});");
    let found = match place.database_url() {
        Some(url) => psql(url, &format!("SELECT 'ok'; {CHANGES} {labels}")),
        None => sqlite(&place.copy(), &format!("{WHOLE} {CHANGES} {labels}")),
    };
    let mut lines = found.lines();
    if !["ok", "changes 0", "audit 0"].iter().all(|line| lines.next() == Some(line)) {
        ledger.fault(format!("the database is not whole: {found}"));
        return;
    }
    for label in lines.collect::<BTreeSet<_>>() {
        ledger.found_ghost(label);
    }
}

/// What SQLite answers.
pub(crate) fn sqlite(place: &Place, query: &str) -> String {
    let mut sqlite = Command::new("sqlite3");
    told(sqlite.arg(place.database()).arg(query))
}

/// What PostgreSQL answers.
pub(crate) fn psql(url: &str, query: &str) -> String {
    let mut psql = Command::new("psql");
    told(psql.args(["-X", "-q", "-A", "-t", url, "-c", query]))
}

/// What it prints, errors too.
fn told(command: &mut Command) -> String {
    let output = command.output().unwrap();
    [output.stdout, output.stderr].map(|told| String::from_utf8_lossy(&told).into_owned()).concat()
}
