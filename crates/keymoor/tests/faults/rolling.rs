//! An upgrade one server after another: for a while the servers of two versions share a database.

use std::{process::Command, sync::Arc};

use keymoor_testkit::postgres;

use crate::{inspect::inspect, ledger::Ledger, load::Load, place::Place};

/// What the next version's first server does to the database when it starts: it adds what the version
/// before does not know (docs/upgrade.md), and says so.
const EXPAND: &str = "BEGIN; \
    ALTER TABLE api_tokens ADD COLUMN colour TEXT; \
    ALTER TABLE audit ADD COLUMN weight BIGINT NOT NULL DEFAULT 0; \
    CREATE TABLE colours (name TEXT PRIMARY KEY); \
    CREATE INDEX api_tokens_colour ON api_tokens (colour); \
    INSERT INTO _sqlx_migrations SELECT 9999, 'next', installed_on, success, checksum, execution_time \
    FROM _sqlx_migrations WHERE version = 1; COMMIT;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s89_servers_work_on_while_the_next_version_changes_their_database() {
    let place = Place::shared(postgres().database());
    let other = place.beside();
    let (owner, ledger) = (place.token(), Arc::new(Ledger::default()));
    let nodes = [place.start(), other.start()];
    let mut loads = Vec::new();
    for (seed, node) in nodes.iter().enumerate() {
        let bearer = node.caller.bearer(&owner).await.unwrap();
        loads.push(Load::begin(&ledger, &node.caller, &bearer, seed as u64));
    }
    ledger.until_more(20).await;
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", place.database_url().unwrap(), "-c", EXPAND]);
    assert!(psql.status().unwrap().success());
    ledger.until_more(60).await;
    for load in loads {
        load.end().await;
    }
    assert!(ledger.refused().is_empty(), "nothing is refused meanwhile: {:?}", ledger.refused());
    inspect(&place, &ledger);
    let [node, other_node] = nodes;
    other_node.stop();
    let why = other.try_start(&[]).err().unwrap();
    assert!(why.contains("it was made by a newer Keymoor (schema 9999)"), "s87: {why}");
    let tally = ledger.close(&node.caller).await;
    tally.check();
}
