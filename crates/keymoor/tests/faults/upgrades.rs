//! SIGKILL while the schema is brought up to date.

use std::time::Duration;

use keymoor_testkit::{Seeded, postgres};

use crate::{
    figures::{count, seed},
    http::ApiToken,
    inspect::{psql, sqlite},
    place::Place,
};

/// Brings a database back to schema 14: what came later are indexes.
const OLDER: &str = "DROP INDEX api_tokens_newest; DROP INDEX refresh_tokens_generation; \
    DROP INDEX sessions_seen; DROP INDEX activity_time; DROP INDEX api_tokens_parent; \
    DROP INDEX refused_calls_time; DROP INDEX grants_application; \
    DROP INDEX provider_sign_ins_provider; DROP INDEX links_end; DROP INDEX ceremonies_account; \
    DROP INDEX sign_ons_provider; DROP INDEX sessions_organization; \
    DROP INDEX session_sign_ins_organization; DELETE FROM _sqlx_migrations WHERE version > 14;";
/// Rows that an index takes a moment for.
const ROWS: &str = "INSERT INTO activity (number, account, at, kind, subject, label, actor, times) \
    WITH RECURSIVE n (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM n WHERE n < 50000) \
    SELECT n, (SELECT id FROM accounts), n * 7919 % 50000, 'sign_in.done', '', '', '', 1 FROM n;";
const SCHEMAS: &str = "SELECT COUNT(*) FROM _sqlx_migrations WHERE version > 14;";

/// Kills the server while it brings the older database up to date, and looks whether the next start does the
/// rest. `ask` puts a statement to the database, which no server has open.
async fn upgrade(place: &Place, owner: &ApiToken, ask: impl Fn(&str) -> String) {
    let mut chance = Seeded::new(seed(87));
    let newest = ask(SCHEMAS);
    assert_eq!(ask(ROWS), "");
    for _ in 0..count("KEYMOOR_FAULT_UPGRADES", 5) {
        assert_eq!(ask(OLDER), "");
        for _ in 0..2 {
            let starting = place.spawn(&[]);
            tokio::time::sleep(Duration::from_millis(chance.draw() % 200)).await;
            drop(starting);
        }
        let node = place.start();
        assert!(node.caller.bearer(owner).await.is_some());
        node.kill();
        assert_eq!(ask(SCHEMAS), newest);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s87_an_upgrade_that_is_killed_anywhere_goes_on_at_the_next_start() {
    let place = Place::new();
    let owner = place.token();
    upgrade(&place, &owner, |text| sqlite(&place, text)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s87_the_same_on_postgresql() {
    let place = Place::shared(postgres().database());
    let owner = place.token();
    upgrade(&place, &owner, |text| psql(place.database_url().unwrap(), text)).await;
}
