//! What only PostgreSQL does. `sNN_` names the item of SECURITY.md that a test shows.

use std::sync::Arc;

use keymoor_core::{AccountId, name::Email};
use keymoor_testkit::{Postgres, postgres};
use sqlx::{Executor, PgPool, SqlSafeStr};

use super::{PostgresOptions, PostgresStore, engine::migrations};
use crate::{
    AccountKind, Actor, ChangeKind, NewAccount, Stamp, Store, StoreError, conformance_suite, sql,
};

pub(super) fn options() -> PostgresOptions {
    PostgresOptions::parse(&postgres().url()).unwrap()
}

pub(super) async fn open(schema: &str) -> PostgresStore {
    PostgresStore::open(options().schema(schema).connections(4)).await.unwrap()
}

async fn empty() -> (Arc<dyn Store>, ()) {
    (Arc::new(open(&postgres().schema()).await), ())
}

conformance_suite!(empty());

pub(super) fn stamp() -> Stamp {
    Stamp { at: keymoor_testkit::NOW, by: Actor::Operator, from: None }
}

pub(super) fn account(byte: u8) -> NewAccount {
    NewAccount {
        id: AccountId::new(1, [byte; 10]),
        kind: AccountKind::Person,
        email: Email::parse(&format!("a{byte}@example.com")).unwrap(),
        password_hash: None,
        operator: false,
    }
}

pub(super) async fn numbers(store: &PostgresStore, after: i64) -> Vec<i64> {
    let changes = store.changes_after(after, 100).await.unwrap();
    changes.iter().map(|change| change.number).collect()
}

/// Waits until some transaction waits for another one's lock on the counter of changes.
pub(super) async fn until_somebody_waits(store: &PostgresStore) {
    until_waiting(store, "%counters%").await;
}

/// Waits, not for ever, until a statement of that pattern waits for a lock.
pub(super) async fn until_waiting(store: &PostgresStore, statement: &str) {
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
        AND wait_event_type = 'Lock' AND query LIKE $1";
    let begun = std::time::Instant::now();
    while begun.elapsed() < std::time::Duration::from_mins(1) {
        let query = sqlx::query_scalar(waiting).bind(statement);
        let count: i64 = query.fetch_one(&store.readers).await.unwrap();
        if count > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nothing like {statement} waits for a lock");
}

#[tokio::test]
async fn a_change_that_commits_late_is_never_missed() {
    let store = Arc::new(open(&postgres().schema()).await);
    store.create_account(&account(1), stamp()).await.unwrap();
    // A takes its number and lingers; B comes after it and wants to commit first.
    let lingering = store.begin().await.unwrap();
    let hasty = {
        let store = store.clone();
        tokio::spawn(async move { store.create_account(&account(2), stamp()).await })
    };
    until_somebody_waits(&store).await;
    assert!(numbers(&store, 1).await.is_empty(), "a reader sees neither");
    lingering.tell_for_test(stamp()).await.unwrap();
    hasty.await.unwrap().unwrap();
    assert_eq!(numbers(&store, 1).await, [2, 3], "and then both, whichever it asks after");
}

#[tokio::test]
async fn a_database_sequence_would_have_missed_it() {
    let store = open(&postgres().schema()).await;
    let table = "CREATE TABLE told (number BIGSERIAL PRIMARY KEY)";
    store.readers.execute(table).await.unwrap();
    let insert = "INSERT INTO told DEFAULT VALUES";
    let mut lingering = store.readers.begin().await.unwrap();
    lingering.execute(insert).await.unwrap();
    store.readers.execute(insert).await.unwrap();
    let read = async |after: i64| -> Vec<i64> {
        let query = sqlx::query_scalar("SELECT number FROM told WHERE number > $1 ORDER BY number");
        query.bind(after).fetch_all(&store.readers).await.unwrap()
    };
    assert_eq!(read(0).await, [2], "the reader goes on from 2");
    lingering.commit().await.unwrap();
    assert!(read(2).await.is_empty(), "and never sees 1");
}

#[tokio::test]
async fn s103_what_cannot_be_audited_does_not_happen() {
    let store = open(&postgres().schema()).await;
    store.readers.execute("ALTER TABLE audit ADD CHECK (actor = 'nobody')").await.unwrap();
    let new = account(1);
    assert!(store.create_account(&new, stamp()).await.is_err());
    assert_eq!(store.account(new.id).await.unwrap(), None);
    assert!(store.changes_after(0, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn s83_every_connection_waits_for_the_disk_and_for_nothing_else_for_ever() {
    let store = open(&postgres().schema()).await;
    for (name, expected) in [
        ("synchronous_commit", "on"),
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "15s"),
    ] {
        let query = sqlx::query_scalar("SELECT current_setting($1)").bind(name);
        let found: String = query.fetch_one(&store.readers).await.unwrap();
        assert_eq!(found, expected, "{name}");
    }
}

#[tokio::test]
async fn whoever_copies_everything_has_the_time_for_it() {
    let store = open(&postgres().schema()).await;
    let mut copying = store.begin_reading().await.unwrap();
    super::driver::take_time(&mut copying).await.unwrap();
    let limit = sqlx::query_scalar("SELECT current_setting('statement_timeout')");
    let limit: String = limit.fetch_one(&mut *copying).await.unwrap();
    assert_eq!(limit, "0", "a statement that looks at a million rows takes more than 10 seconds");
}

#[tokio::test]
async fn two_that_deadlock_are_tried_again() {
    let store = open(&postgres().schema()).await;
    let (first, second) = (account(1), account(2));
    store.create_account(&first, stamp()).await.unwrap();
    store.create_account(&second, stamp()).await.unwrap();
    let lock = |id: AccountId| {
        let query = sqlx::query("UPDATE accounts SET kind = kind WHERE id = $1");
        query.bind(id.to_string())
    };
    let (mut a, mut b) =
        (store.readers.begin().await.unwrap(), store.readers.begin().await.unwrap());
    lock(first.id).execute(&mut *a).await.unwrap();
    lock(second.id).execute(&mut *b).await.unwrap();
    let both = tokio::join!(lock(second.id).execute(&mut *a), lock(first.id).execute(&mut *b));
    let given_up = [both.0.err(), both.1.err()].into_iter().flatten().next().unwrap();
    assert!(matches!(StoreError::from(given_up), StoreError::Contended));
}

/// Lets the database give up each transaction that makes an account, so many times.
async fn give_up(store: &PostgresStore, times: u32) {
    let trigger = format!(
        "CREATE SEQUENCE tries; \
         CREATE FUNCTION give_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
           IF nextval('tries') <= {times} THEN \
             RAISE EXCEPTION 'for another' USING ERRCODE = 'serialization_failure'; \
           END IF; RETURN NEW; END $$; \
         CREATE TRIGGER give_up BEFORE INSERT ON accounts \
         FOR EACH ROW EXECUTE FUNCTION give_up()"
    );
    store.readers.execute(sqlx::AssertSqlSafe(trigger)).await.unwrap();
}

#[tokio::test]
async fn a_change_that_was_given_up_is_tried_again_and_made_once() {
    let store = open(&postgres().schema()).await;
    give_up(&store, 3).await;
    store.create_account(&account(1), stamp()).await.unwrap();
    assert_eq!(numbers(&store, 0).await, [1]);
}

#[tokio::test]
async fn a_change_that_is_given_up_for_ever_is_told_and_not_made() {
    let store = open(&postgres().schema()).await;
    give_up(&store, 1000).await;
    let outcome = store.create_account(&account(1), stamp()).await;
    assert!(matches!(outcome, Err(StoreError::Contended)));
    assert!(numbers(&store, 0).await.is_empty());
}

#[tokio::test]
async fn a_connection_that_breaks_during_the_commit_leaves_doubt_and_one_before_it_none() {
    let store = open(&postgres().schema()).await;
    for (when, doubt) in [("INITIALLY DEFERRED", true), ("INITIALLY IMMEDIATE", false)] {
        let trigger = format!(
            "DROP FUNCTION IF EXISTS break_off CASCADE; \
             CREATE FUNCTION break_off() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
               PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; \
             CREATE CONSTRAINT TRIGGER break_off AFTER INSERT ON accounts DEFERRABLE {when} \
             FOR EACH ROW EXECUTE FUNCTION break_off()"
        );
        store.readers.execute(sqlx::AssertSqlSafe(trigger)).await.unwrap();
        let outcome = store.create_account(&account(1), stamp()).await;
        match outcome {
            Err(StoreError::InDoubt(_)) => assert!(doubt),
            Err(StoreError::Unavailable(_)) => assert!(!doubt),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn several_that_start_at_once_make_the_schema_once() {
    let schema = postgres().schema();
    let opened: Vec<_> = (0..4)
        .map(|_| {
            let schema = schema.clone();
            tokio::spawn(async move { open(&schema).await.ping().await.is_ok() })
        })
        .collect();
    for task in opened {
        assert!(task.await.unwrap());
    }
}

#[tokio::test]
async fn s87_a_database_of_a_newer_keymoor_is_refused() {
    let schema = postgres().schema();
    let newer = "INSERT INTO _sqlx_migrations \
        SELECT 9999, 'later', installed_on, success, checksum, execution_time \
        FROM _sqlx_migrations LIMIT 1";
    open(&schema).await.readers.execute(newer).await.unwrap();
    let outcome = PostgresStore::open(options().schema(&schema)).await;
    let message = outcome.err().unwrap().to_string();
    assert!(message.contains("newer Keymoor"), "{message}");
}

#[tokio::test]
async fn s87_a_database_of_the_first_release_is_brought_up_to_date() {
    let url = postgres().database();
    let old = PgPool::connect(&url).await.unwrap();
    migrations::run(&old, &migrations::MIGRATIONS[..1]).await.unwrap();
    let key = "INSERT INTO signing_keys (kid, algorithm, sealed, change, created_at) \
        VALUES ('k', 'ES256', '', 1, 1795461060)";
    old.execute(key).await.unwrap();
    old.close().await;
    let store = PostgresStore::open(PostgresOptions::parse(&url).unwrap()).await.unwrap();
    let key = store.signing_keys().await.unwrap().remove(0);
    assert_eq!((key.signs_from, key.withdrawn_at), (keymoor_testkit::NOW, None));
}

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let store = open(&postgres().schema()).await;
    for &(name, statement) in sql::ALL {
        let prepared = store.readers.prepare(sqlx::AssertSqlSafe(statement).into_sql_str()).await;
        assert!(prepared.is_ok(), "{name}: {}", prepared.err().unwrap());
    }
}

#[tokio::test]
async fn s86_a_server_that_is_not_there_is_unavailable() {
    let missing = PostgresOptions::parse("postgres://nobody:hunter2@localhost/x?host=/nowhere");
    let error = PostgresStore::open(missing.unwrap()).await.err().unwrap();
    assert!(matches!(error, StoreError::Unavailable(_)));
    assert!(!error.to_string().contains("hunter2"), "s101: {error}");
}

#[tokio::test]
async fn tls_to_the_server_is_verified() {
    let (_server, url, authority) = Postgres::start_with_tls();
    let open = async |parameters: String| {
        PostgresStore::open(PostgresOptions::parse(&format!("{url}?{parameters}")).unwrap()).await
    };
    let root = authority.display();
    let store = open(format!("sslmode=verify-full&sslrootcert={root}")).await.unwrap();
    let query = sqlx::query_scalar("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    let encrypted: bool = query.fetch_one(&store.readers).await.unwrap();
    assert!(encrypted);
    let unknown = open("sslmode=verify-full".to_owned()).await.err().unwrap().to_string();
    assert!(unknown.contains("certificate"), "{unknown}");
    let elsewhere = format!("sslmode=verify-full&sslrootcert={root}&host=127.0.0.1");
    let wrong_name = open(elsewhere.clone()).await.err().unwrap().to_string();
    assert!(wrong_name.contains("certificate"), "{wrong_name}");
    let unnamed = elsewhere.replace("verify-full", "verify-ca");
    assert!(open(unnamed).await.is_ok(), "but for the name it is the right one");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_where_it_is_asked_for() {
    let (_server, url) = Postgres::start_on_loopback();
    let open = async |mode: &str| {
        let url = format!("{url}?sslmode={mode}");
        PostgresStore::open(PostgresOptions::parse(&url).unwrap()).await
    };
    for mode in ["verify-full", "verify-ca", "require"] {
        let refused = open(mode).await.err().unwrap().to_string();
        assert!(refused.to_lowercase().contains("tls"), "{refused}");
    }
    assert!(open("disable").await.is_ok(), "the same server");
}

#[test]
fn s101_a_parameter_that_is_not_read_is_refused_without_its_value() {
    for (parameter, told) in [
        ("sslpassword=canary", "sslpassword"),
        ("sslmode=disable&connect_timeout=canary", "connect_timeout"),
        ("canary=1", "unknown parameter"),
        ("word@host/x", "unknown parameter"),
    ] {
        let url = format!("postgres://a:canary@b/c?{parameter}");
        let error = PostgresOptions::parse(&url).err().unwrap().to_string();
        assert!(error.contains(told) && !error.contains("canary"), "{error}");
    }
    for parameter in ["sslmode=require&port=5433", "options[search_path]=x", ""] {
        assert!(PostgresOptions::parse(&format!("postgres://a@b/c?{parameter}")).is_ok());
    }
}

#[test]
fn a_url_is_read_and_another_text_refused() {
    for url in ["postgres://a@b/c", "postgresql://b/c?sslmode=disable"] {
        assert!(PostgresOptions::parse(url).is_ok(), "{url}");
    }
    for url in ["", "c", "mysql://a@b/c", "postgres:/x", "http://a/b"] {
        assert!(PostgresOptions::parse(url).is_err(), "{url}");
    }
}

#[test]
fn a_host_across_a_network_has_to_prove_who_it_is() {
    use sqlx::postgres::PgSslMode::{Prefer, Require, VerifyFull};
    for (url, expected) in [
        ("postgres://a@db.example.com/c", VerifyFull),
        ("postgres://a@192.0.2.1/c", VerifyFull),
        ("postgres://a@db.example.com/c?sslmode=require", Require),
        ("postgres://a@localhost/c", Prefer),
        ("postgres://a@127.0.0.1/c", Prefer),
        ("postgres://a@x/c?host=/run/postgresql", Prefer),
    ] {
        let mode = PostgresOptions::parse(url).unwrap().ssl_mode();
        assert!(
            matches!(
                (mode, expected),
                (Prefer, Prefer) | (Require, Require) | (VerifyFull, VerifyFull)
            ),
            "{url}: {mode:?}"
        );
    }
}

#[test]
fn every_kind_of_change_has_one_name() {
    for (kind, name) in ChangeKind::NAMES {
        assert_eq!((kind.name(), ChangeKind::from_name(name)), (name, Some(kind)));
    }
}
