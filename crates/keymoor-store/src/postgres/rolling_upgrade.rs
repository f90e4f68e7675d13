//! Servers of two versions on one database (s89), as docs/upgrade.md has it.

use keymoor_core::{ApiKey, ApiSecret, SecretId, facts::Limits, name::Label};
use keymoor_testkit::{pepper, postgres};
use sqlx::Executor;

use super::{
    PostgresOptions, PostgresStore,
    driver::take_time,
    engine::migrations::{MIGRATIONS, Step},
    tests::{account, numbers, open, options, stamp, until_waiting},
};
use crate::{Copying, NewApiToken, Opening, Store};

/// What a next version may do: it adds, and what it adds can be left empty.
const NEXT: Step = (
    9999,
    "next",
    "ALTER TABLE api_tokens ADD COLUMN colour TEXT; \
     ALTER TABLE audit ADD COLUMN weight BIGINT NOT NULL DEFAULT 0; \
     CREATE TABLE colours (name TEXT PRIMARY KEY);",
);

async fn open_next(schema: &str) -> PostgresStore {
    let known = [MIGRATIONS, &[NEXT]].concat();
    PostgresStore::open_with(options().schema(schema).connections(4), &known).await.unwrap()
}

fn token(byte: u8) -> NewApiToken {
    NewApiToken {
        api_key: ApiKey::from_random([byte; 16]),
        account: account(1).id,
        label: Label::parse("script").unwrap(),
        limits: Limits::default(),
        parent: None,
        secret: SecretId::from_random([byte; 16]),
        digest: pepper(1).digest(&ApiSecret::generate([byte; 32])),
    }
}

#[tokio::test]
async fn s89_an_old_and_a_new_server_share_a_database() {
    let schema = postgres().schema();
    let old = open(&schema).await;
    old.create_account(&account(1), stamp()).await.unwrap();
    old.create_api_token(&token(1), stamp()).await.unwrap();
    let new = open_next(&schema).await;
    new.create_api_token(&token(2), stamp()).await.unwrap();
    new.readers.execute("UPDATE api_tokens SET colour = 'red'").await.unwrap();
    old.create_api_token(&token(3), stamp()).await.unwrap();
    let account = account(1).id;
    old.remove_api_token(account, token(2).api_key, None, stamp()).await.unwrap();
    new.remove_api_token(account, token(1).api_key, None, stamp()).await.unwrap();
    for store in [&old, &new] {
        let there = store.api_tokens(account).await.unwrap();
        let alive: Vec<_> = there.iter().filter(|token| token.removal.is_none()).collect();
        assert_eq!((there.len(), alive.len()), (3, 1));
        assert_eq!(alive[0].api_key, token(3).api_key);
        assert_eq!(numbers(store, 0).await, [1, 2, 3, 4, 5, 6]);
    }
    let query = sqlx::query_scalar("SELECT COUNT(*) FROM api_tokens WHERE colour = 'red'");
    let kept: i64 = query.fetch_one(&new.readers).await.unwrap();
    assert_eq!(kept, 2, "the old one leaves what it does not know");
}

/// The statement of [`NEXT`] that waits for whoever reads the table.
const WAITS: &str = "%COLUMN colour%";

#[tokio::test]
async fn s89_a_migration_that_waits_for_a_backup_holds_up_nobody_else() {
    let url = postgres().database();
    let at = || PostgresOptions::parse(&url).unwrap().connections(4);
    let old = PostgresStore::open(at()).await.unwrap();
    old.create_account(&account(1), stamp()).await.unwrap();
    let mut backup = old.begin_reading().await.unwrap();
    take_time(&mut backup).await.unwrap();
    backup.execute("SELECT COUNT(*) FROM api_tokens").await.unwrap();
    let known = [MIGRATIONS, &[NEXT]].concat();
    let options = at();
    let upgrade = tokio::spawn(async move { PostgresStore::open_with(options, &known).await });
    until_waiting(&old, WAITS).await;
    old.create_api_token(&token(1), stamp()).await.unwrap();
    until_waiting(&old, WAITS).await;
    backup.rollback().await.unwrap();
    let new = upgrade.await.unwrap().unwrap();
    assert_eq!(new.api_tokens(account(1).id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn s89_what_a_newer_one_changed_is_read_without_migrating_it() {
    let schema = postgres().schema();
    let new = open_next(&schema).await;
    new.create_account(&account(1), stamp()).await.unwrap();
    let options = options().schema(&schema).opening(Opening::Reading);
    let reading = PostgresStore::open(options).await.unwrap();
    assert_eq!(numbers(&reading, 0).await, [1]);
    assert_eq!(reading.lineage(1).await.unwrap().last, Some(1));
}

#[tokio::test]
async fn s87_only_a_start_brings_an_older_database_up_to_date() {
    let schema = postgres().schema();
    open(&schema).await.create_account(&account(1), stamp()).await.unwrap();
    let known = [MIGRATIONS, &[NEXT]].concat();
    for opening in [Opening::Current, Opening::Reading] {
        let options = options().schema(&schema).opening(opening);
        let refused = PostgresStore::open_with(options, &known).await.err().unwrap().to_string();
        assert!(refused.contains("earlier Keymoor"), "{refused}");
    }
    // Still of the schema of before.
    assert_eq!(numbers(&open(&schema).await, 0).await, [1]);
    let empty = options().schema(&postgres().schema()).opening(Opening::Current);
    assert!(PostgresStore::open(empty).await.is_ok());
    let empty = options().schema(&postgres().schema()).opening(Opening::Reading);
    let refused = PostgresStore::open(empty).await.err().unwrap().to_string();
    assert!(refused.contains("there is no installation"), "{refused}");
}

#[tokio::test]
async fn s89_the_old_one_does_not_start_again_and_the_new_one_does() {
    let schema = postgres().schema();
    let old = open(&schema).await;
    drop(open_next(&schema).await);
    let refused = PostgresStore::open(options().schema(&schema)).await.err().unwrap().to_string();
    assert!(refused.contains("newer Keymoor (schema 9999)"), "{refused}");
    old.create_account(&account(1), stamp()).await.unwrap();
    assert_eq!(numbers(&open_next(&schema).await, 0).await, [1]);
}
