//! What only SQLite does. `sNN_` names the item of SECURITY.md that a test shows.

use std::{fmt::Write, fs, os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use keymoor_core::{AccountId, ApiKey, ApiSecret, name::Email};
use keymoor_testkit::pepper;
use sqlx::{
    Executor, Row, SqlSafeStr, SqliteConnection, SqlitePool,
    migrate::{Migration, MigrationType},
};
use tempfile::TempDir;

use super::{
    SqliteOptions, SqliteStore,
    driver::{is_new_enough, write_log_again},
    engine::migrations,
};
use crate::{
    AccountKind, Actor, Copying, NewAccount, NewApiToken, Opening, Stamp, Store, StoreError,
    conformance_suite, sql,
};

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("keymoor.sqlite")
}

async fn open(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(&file(folder), SqliteOptions::default()).await.unwrap()
}

async fn empty() -> (Arc<dyn Store>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Arc::new(open(&folder).await), folder)
}

conformance_suite!(empty());

fn stamp() -> Stamp {
    Stamp { at: keymoor_testkit::NOW, by: Actor::Operator, from: None }
}

fn account(byte: u8) -> NewAccount {
    NewAccount {
        id: AccountId::new(1, [byte; 10]),
        kind: AccountKind::Person,
        email: Email::parse(&format!("a{byte}@example.com")).unwrap(),
        password_hash: None,
        operator: false,
    }
}

fn token(account: AccountId, secret: &ApiSecret) -> NewApiToken {
    NewApiToken {
        api_key: ApiKey::from_random([9; 16]),
        account,
        label: keymoor_core::name::Label::parse("script").unwrap(),
        limits: keymoor_core::facts::Limits::default(),
        parent: None,
        secret: keymoor_core::SecretId::from_random([9; 16]),
        digest: pepper(1).digest(secret),
    }
}

async fn pragma(connection: &mut SqliteConnection, name: &str) -> String {
    let statement = sqlx::AssertSqlSafe(format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}"));
    sqlx::query_scalar(statement).fetch_one(connection).await.unwrap()
}

#[tokio::test]
async fn s83_every_connection_waits_for_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let mut connections = vec![store.writer.acquire().await.unwrap()];
    for _ in 0..3 {
        connections.push(store.readers.acquire().await.unwrap());
    }
    for connection in &mut connections {
        assert_eq!(pragma(connection, "journal_mode").await, "wal");
        assert_eq!(pragma(connection, "synchronous").await, "2");
        assert_eq!(pragma(connection, "foreign_keys").await, "1");
        assert_eq!(pragma(connection, "journal_size_limit").await, "67108864");
    }
}

#[tokio::test]
async fn s83_what_was_acknowledged_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let new = account(1);
    open(&folder).await.create_account(&new, stamp()).await.unwrap();
    assert!(open(&folder).await.account(new.id).await.unwrap().is_some());
}

#[tokio::test]
async fn s85_the_linked_sqlite_is_new_enough() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let query = sqlx::query_scalar("SELECT sqlite_version()");
    let version: String = query.fetch_one(&store.readers).await.unwrap();
    assert!(is_new_enough(&version), "{version}");
}

#[test]
fn s85_an_older_sqlite_is_refused() {
    for version in ["3.51.2", "3.50.9", "3.7.0", "2.99.99", "", "x"] {
        assert!(!is_new_enough(version), "{version}");
    }
    for version in ["3.51.3", "3.52.0", "4.0.0"] {
        assert!(is_new_enough(version), "{version}");
    }
}

#[tokio::test]
async fn s103_a_full_disk_refuses_the_change_whole_and_reading_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(&folder).await);
    let pages = fs::metadata(file(&folder)).unwrap().len() / 4096 + 2;
    let options =
        SqliteOptions { max_pages: u32::try_from(pages).ok(), ..SqliteOptions::default() };
    let full = SqliteStore::open(&file(&folder), options).await.unwrap();
    let mut made = 0;
    let refused = loop {
        let new = account(made + 1);
        match full.create_account(&new, stamp()).await {
            Ok(()) => made += 1,
            Err(error) => break (new, error),
        }
        assert!(made < 250, "the disk never fills");
    };
    assert!(matches!(refused.1, StoreError::Unavailable(_)), "{}", refused.1);
    assert_eq!(full.account(refused.0.id).await.unwrap(), None);
    assert_eq!(full.changes_after(0, 1000).await.unwrap().len(), usize::from(made));
    drop(full);
    let roomy = open(&folder).await;
    roomy.create_account(&refused.0, stamp()).await.unwrap();
    assert_eq!(roomy.changes_after(0, 1000).await.unwrap().len(), usize::from(made) + 1);
}

#[tokio::test]
async fn s103_what_cannot_be_audited_does_not_happen() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let trigger = "CREATE TRIGGER no_audit BEFORE INSERT ON audit \
        BEGIN SELECT RAISE(ABORT, 'no'); END";
    store.writer.execute(trigger).await.unwrap();
    let new = account(1);
    assert!(store.create_account(&new, stamp()).await.is_err());
    assert_eq!(store.account(new.id).await.unwrap(), None);
    assert!(store.changes_after(0, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn s103_every_change_has_its_audit_row() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let new = account(1);
    store.create_account(&new, stamp()).await.unwrap();
    let key = token(new.id, &ApiSecret::generate([5; 32]));
    store.create_api_token(&key, stamp()).await.unwrap();
    store.remove_api_token(new.id, key.api_key, Some("why"), stamp()).await.unwrap();
    let query = "SELECT change || ' ' || actor || ' ' || action || ' ' || subject FROM audit";
    let rows: Vec<String> = sqlx::query_scalar(query).fetch_all(&store.readers).await.unwrap();
    let key = key.api_key;
    let expected = [
        format!("1 operator account.created {}", new.id),
        format!("2 operator api_token.created {key}"),
        format!("3 operator api_token.removed {key}"),
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn a_change_that_commits_late_is_never_missed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&folder).await);
    let numbers = async || -> Vec<i64> {
        let changes = store.changes_after(0, 10).await.unwrap();
        changes.iter().map(|change| change.number).collect()
    };
    let lingering = store.begin().await.unwrap();
    let hasty = {
        let store = store.clone();
        tokio::spawn(async move { store.create_account(&account(2), stamp()).await })
    };
    assert!(numbers().await.is_empty());
    lingering.tell_for_test(stamp()).await.unwrap();
    hasty.await.unwrap().unwrap();
    assert_eq!(numbers().await, [1, 2]);
}

#[tokio::test]
async fn s15_no_file_holds_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let (new, secret) = (account(1), ApiSecret::generate([5; 32]));
    store.create_account(&new, stamp()).await.unwrap();
    store.create_api_token(&token(new.id, &secret), stamp()).await.unwrap();
    let mut read = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let secret = secret.expose().as_bytes();
        assert!(!bytes.windows(20).any(|window| window == &secret[3..23]));
        read += bytes.len();
    }
    assert!(read > 4096, "the database and its log were looked at");
}

#[tokio::test]
async fn the_files_are_private() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store.create_account(&account(1), stamp()).await.unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", entry.path().display());
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(file(&folder), "not a database".repeat(100)).unwrap();
    let outcome = SqliteStore::open(&file(&folder), SqliteOptions::default()).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))));
    assert!(fs::read_to_string(file(&folder)).unwrap().starts_with("not a database"));
}

#[tokio::test]
async fn s87_a_database_of_a_newer_keymoor_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let newer = "INSERT INTO _sqlx_migrations \
        SELECT 9999, 'later', installed_on, success, checksum, execution_time \
        FROM _sqlx_migrations LIMIT 1";
    store.writer.execute(newer).await.unwrap();
    drop(store);
    let outcome = SqliteStore::open(&file(&folder), SqliteOptions::default()).await;
    let message = outcome.err().unwrap().to_string();
    assert!(message.contains("newer Keymoor"), "{message}");
}

#[tokio::test]
async fn s87_a_database_of_the_first_release_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder);
    let old = SqlitePool::connect(&format!("sqlite://{}?mode=rwc", path.display())).await.unwrap();
    migrations::run(&old, &migrations::MIGRATIONS[..1]).await.unwrap();
    let key = "INSERT INTO signing_keys (kid, algorithm, sealed, change, created_at) \
        VALUES ('k', 'ES256', '', 1, 1795461060)";
    old.execute(key).await.unwrap();
    old.close().await;
    let key = open(&folder).await.signing_keys().await.unwrap().remove(0);
    assert_eq!((key.signs_from, key.withdrawn_at), (keymoor_testkit::NOW, None));
}

#[tokio::test]
async fn s87_every_older_schema_is_brought_up_to_date() {
    for last in 0..migrations::MIGRATIONS.len() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", file(&folder).display());
        let old = SqlitePool::connect(&url).await.unwrap();
        migrations::run(&old, &migrations::MIGRATIONS[..last]).await.unwrap();
        old.close().await;
        let store = open(&folder).await;
        store.create_account(&account(1), stamp()).await.unwrap();
        assert_eq!(store.changes_after(0, 10).await.unwrap().len(), 1, "from schema {last}");
    }
}

#[tokio::test]
async fn s87_only_a_start_brings_an_older_database_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}?mode=rwc", file(&folder).display());
    let old = SqlitePool::connect(&url).await.unwrap();
    let last = migrations::MIGRATIONS.len() - 1;
    migrations::run(&old, &migrations::MIGRATIONS[..last]).await.unwrap();
    for opening in [Opening::Current, Opening::Reading] {
        let options = SqliteOptions { opening, ..SqliteOptions::default() };
        let refused = SqliteStore::open(&file(&folder), options).await.err().unwrap().to_string();
        assert!(refused.contains("earlier Keymoor") && refused.contains("back up"), "{refused}");
        let found: i64 = sqlx::query_scalar(sql::SCHEMA).fetch_one(&old).await.unwrap();
        assert_eq!(found, migrations::MIGRATIONS[last - 1].0);
    }
    let store = open(&folder).await;
    assert_eq!(store.schema().await.unwrap(), migrations::MIGRATIONS[last].0);
}

/// The last migration that may do more than add: those until then came before the first release.
const BEFORE_RELEASES: i64 = 13;

/// The first bytes of the SHA-384 of each migration's text, which databases remember.
const CHECKSUMS: &str = "\
1 35dc2d2aa67c
2 c9d82a13aa54
3 60b14b02fd93
4 5acc57264d45
5 c80a0c336451
6 4688ce37404c
7 16a59ba1e996
8 3bfa35bfe251
9 f3b5ad6d411f
10 1719abf7ba29
11 0de08806470e
12 48a4a46f76f3
13 74e4936fb6e1
14 74bced74f654
15 07bb7698606a
16 53ba6fd3f1bb
17 72fc574762d9
";

#[test]
fn s87_a_migration_is_never_changed() {
    let mut told = String::new();
    for &(number, name, text) in migrations::MIGRATIONS {
        let text = sqlx::AssertSqlSafe(text).into_sql_str();
        let migration = Migration::new(number, name.into(), MigrationType::Simple, text, false);
        let sum = u64::from_be_bytes(migration.checksum[..8].try_into().unwrap()) >> 16;
        writeln!(told, "{number} {sum:012x}").unwrap();
    }
    assert_eq!(told, CHECKSUMS, "add a migration; a database refuses one that it knows otherwise");
}

/// Words that take away or change what a server of the version before counts on.
const CONTRACTING: [&str; 9] = [
    "DROP ",
    "RENAME ",
    "ALTER COLUMN",
    "TRUNCATE",
    "DELETE FROM",
    "ADD CONSTRAINT",
    "CREATE UNIQUE INDEX",
    "TRIGGER",
    "UPDATE ",
];

/// What of a migration a server of the version before would not bear.
fn contracts(text: &str) -> Vec<&str> {
    let own = text.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split(' ').next());
    let own: Vec<String> = own.map(|table| format!(" ON {table} (").to_uppercase()).collect();
    let statements = text.split(';').filter(|statement| {
        let upper = statement.to_uppercase();
        let adds = upper.contains("ADD COLUMN");
        let demands = upper.contains("NOT NULL") && !upper.contains("DEFAULT");
        let bounds = [" CHECK", " REFERENCES", " UNIQUE"].iter().any(|word| upper.contains(word));
        // An index of a table that is new, too, binds nobody.
        let is_own = own.iter().any(|table| upper.contains(table));
        let contracts = CONTRACTING.iter().any(|word| upper.contains(word));
        adds && (demands || bounds) || contracts && !is_own
    });
    statements.map(str::trim).collect()
}

#[test]
fn s89_a_migration_only_adds() {
    for (number, name, text) in migrations::MIGRATIONS {
        let contracts = contracts(text);
        let is_bound = *number > BEFORE_RELEASES && !text.contains("-- contracts since ");
        assert!(
            !is_bound || contracts.is_empty(),
            "{number} {name}, see docs/upgrade.md: {contracts:?}"
        );
    }
    let added =
        "ALTER TABLE t ADD COLUMN a TEXT; ALTER TABLE t ADD COLUMN b BIGINT NOT NULL DEFAULT 0;";
    assert!(contracts(added).is_empty());
    let new = "CREATE TABLE t (a TEXT); CREATE UNIQUE INDEX i ON t (a);";
    assert!(contracts(new).is_empty());
    for taken in [
        "ALTER TABLE t ADD COLUMN a TEXT NOT NULL",
        "ALTER TABLE t ADD COLUMN a TEXT CHECK (a <> '')",
        "ALTER TABLE t ADD COLUMN a TEXT REFERENCES u (a)",
        "CREATE UNIQUE INDEX i ON t (a)",
        "UPDATE t SET a = ''",
        "DROP TABLE t",
        "alter table t rename to u",
    ] {
        assert_eq!(contracts(taken).len(), 1, "{taken}");
    }
}

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    for &(name, statement) in sql::ALL {
        let prepared = store.readers.prepare(sqlx::AssertSqlSafe(statement).into_sql_str()).await;
        assert!(prepared.is_ok(), "{name}: {}", prepared.err().unwrap());
    }
}

#[tokio::test]
async fn an_old_refresh_token_is_found_without_the_others_of_its_grant() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let step = plan(&store, sql::FORGET_REFRESH_TOKEN).await.remove(0);
    assert!(step.contains("refresh_tokens_generation (grant_id=? AND generation=?)"), "{step}");
}

#[tokio::test]
async fn a_part_of_a_list_of_api_tokens_is_read_without_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    for statement in [
        sql::NEWEST_API_TOKENS,
        sql::API_TOKENS_COUNT,
        sql::NEWEST_API_TOKENS_OF,
        sql::API_TOKENS_COUNT_OF,
    ] {
        let steps = plan(&store, statement).await;
        assert!(steps.iter().all(|step| step.contains("SEARCH api_tokens USING")), "{steps:?}");
        assert!(
            !statement.contains("LIMIT") || steps[0].contains("api_tokens_newest"),
            "{steps:?}"
        );
        assert!(!statement.contains("COUNT") || steps[0].contains("COVERING"), "{steps:?}");
    }
}

/// The steps that SQLite plans for a statement.
async fn plan(store: &SqliteStore, statement: &str) -> Vec<String> {
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let steps = sqlx::query(explain).fetch_all(&store.readers).await.unwrap();
    steps.iter().map(|step| step.get("detail")).collect()
}

/// What a statement reads from one end to the other, by that plan.
async fn scans(store: &SqliteStore, statement: &str) -> Vec<String> {
    let steps = plan(store, statement).await.into_iter();
    steps.filter(|step| step.starts_with("SCAN") && *step != "SCAN CONSTANT ROW").collect()
}

/// Statements that read everything all the same, and why they may.
const READ_WHOLE: [(&str, &str); 18] = [
    ("ACCOUNT_ROWS", "an operator's search; without a text a part in the order of an index"),
    ("ACCOUNT_ROWS_COUNT", "an operator's search"),
    ("API_TOKENS_MADE_BY", "what the recursion found"),
    ("APPLICATIONS", "an operator's list of all of them"),
    ("FEDERATED_ORGANIZATIONS", "once, when a server starts"),
    ("DISABLED_ORGANIZATIONS", "once, when a server starts"),
    ("WATCHED_ORGANIZATIONS", "once, when a server starts"),
    ("FORGET_SETUP_LINKS", "when the first operator is made"),
    ("REFUSAL_REPORTERS", "once an hour, in an index"),
    ("RENEWALS_DUE", "once an hour"),
    ("RESOURCE_SERVERS", "a few, which each server knows"),
    ("SIGNING_KEYS", "a few, which each server knows"),
    ("YOUNGEST_SIGNING_KEY", "a few"),
    ("PEPPER", "one"),
    ("FIRST_PEPPER", "one"),
    ("SHUT", "a few counters"),
    ("REOPEN", "a few counters"),
    ("TAKE_BACK", "a few counters"),
];

#[tokio::test]
async fn no_statement_reads_a_whole_table_that_grows() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    let mut found = Vec::new();
    for &(name, statement) in sql::ALL {
        let scans = scans(&store, statement).await;
        if scans.is_empty() == READ_WHOLE.iter().any(|(whole, _)| *whole == name) {
            found.push(format!("{name}: {scans:?}"));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn s84_a_log_of_several_pieces_is_written_again_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..2_500_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    fs::write(folder.path().join("keymoor.sqlite-wal"), &bytes).unwrap();
    write_log_again(&file(&folder)).unwrap();
    assert!(fs::read(folder.path().join("keymoor.sqlite-wal")).unwrap() == bytes);
}

#[tokio::test]
async fn a_log_is_taken_into_the_database_when_it_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    store.create_account(&account(1), stamp()).await.unwrap();
    let log = folder.path().join("keymoor.sqlite-wal");
    assert!(log.exists());
    store.close().await;
    assert!(!log.exists());
    assert!(matches!(store.account(account(1).id).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn a_provisioned_person_is_found_by_name_without_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder).await;
    for (statement, condition) in [
        (sql::SCIM_USERS_NAMED, "(organization=? AND user_key=?)"),
        (sql::SCIM_USERS_NAMED_COUNT, "(organization=? AND user_key=?)"),
        (sql::SCIM_USERS_EXTERNAL, "(organization=? AND external_id=?)"),
        (sql::SCIM_USERS_EXTERNAL_COUNT, "(organization=? AND external_id=?)"),
    ] {
        let steps = plan(&store, statement).await;
        assert!(steps[0].contains(condition), "{steps:?}");
    }
}
