//! From either engine into either.

use std::sync::Arc;

use keymoor_core::seal::Sealed;
use keymoor_testkit::{NOW, postgres};
use tempfile::TempDir;
use tokio::sync::mpsc::channel;

use super::{Cell, Opening, Part, Shut, Table};
use crate::{
    Actor, Stamp, Store, StoreError, StoredPepper,
    conformance::World,
    postgres::{PostgresOptions, PostgresStore},
    sqlite::{SqliteOptions, SqliteStore},
};

const STAMP: Stamp = Stamp { at: NOW, by: Actor::Operator, from: None };

fn pepper(byte: u8) -> StoredPepper {
    StoredPepper { id: byte.into(), sealed: Sealed(vec![byte; 60]), created_at: NOW }
}

type Place = (Arc<dyn Store>, Option<TempDir>);

async fn sqlite() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keymoor.sqlite");
    let store = SqliteStore::open(&path, SqliteOptions::default()).await.unwrap();
    (Arc::new(store), Some(folder))
}

async fn postgresql() -> Place {
    let options = PostgresOptions::parse(&postgres().url()).unwrap();
    let options = options.schema(&postgres().schema()).connections(2);
    (Arc::new(PostgresStore::open(options).await.unwrap()), None)
}

/// Everything that is there, the rows of each table in one order.
async fn everything(store: &Arc<dyn Store>) -> Vec<(Table, Vec<Vec<Cell>>)> {
    let parts = parts(store).await;
    assert_eq!(parts.last(), Some(&Part::End));
    let Some(Part::Tables(tables)) = parts.first() else { panic!("the tables come first") };
    let mut all: Vec<_> = tables.iter().map(|table| (table.clone(), Vec::new())).collect();
    for part in &parts[1..] {
        if let Part::Rows(place, rows) = part {
            all[*place].1.extend(rows.clone());
        }
    }
    for (table, rows) in &mut all {
        assert_eq!(table.rows, rows.len() as u64, "{}", table.name);
        rows.sort_by_key(|row| format!("{row:?}"));
    }
    all
}

async fn parts(store: &Arc<dyn Store>) -> Vec<Part> {
    let (to, mut from) = channel(4);
    let store = store.clone();
    let sending = tokio::spawn(async move { store.copy_out(to).await });
    let mut parts = Vec::new();
    while let Some(part) = from.recv().await {
        parts.push(part);
    }
    sending.await.unwrap().unwrap();
    parts
}

async fn take(store: &Arc<dyn Store>, parts: Vec<Part>) -> Result<(), StoreError> {
    let (to, from) = channel(parts.len().max(1));
    for part in parts {
        to.send(part).await.unwrap();
    }
    drop(to);
    store.copy_in(from).await
}

async fn fill(store: &Arc<dyn Store>) {
    World::new(store.clone()).fill().await;
}

#[tokio::test]
async fn what_is_copied_is_the_same_from_either_engine_to_either() {
    for from in [sqlite().await, postgresql().await] {
        fill(&from.0).await;
        let all = everything(&from.0).await;
        for to in [sqlite().await, postgresql().await] {
            take(&to.0, parts(&from.0).await).await.unwrap();
            assert_eq!(everything(&to.0).await, all);
            World::later(to.0.clone()).account("c@example.com").await;
        }
    }
}

#[tokio::test]
async fn the_schemas_of_both_engines_are_one() {
    let ((one, _folder), (other, _)) = (sqlite().await, postgresql().await);
    assert_eq!(one.schema().await.unwrap(), other.schema().await.unwrap());
    let tables = |all: Vec<(Table, _)>| all.into_iter().map(|(table, _)| table).collect::<Vec<_>>();
    assert_eq!(tables(everything(&one).await), tables(everything(&other).await));
}

#[tokio::test]
async fn what_is_not_whole_is_not_taken_in() {
    let from = sqlite().await;
    fill(&from.0).await;
    let whole = parts(&from.0).await;
    let is_rows = |part: &Part| matches!(part, Part::Rows(_, rows) if rows.len() == 200);
    let some = whole.iter().position(is_rows).unwrap();
    let mut without_some = whole.clone();
    without_some.remove(some);
    let mut twice = whole.clone();
    twice.insert(some, whole[some].clone());
    let mut elsewhere = whole.clone();
    elsewhere[some] = Part::Rows(999, Vec::new());
    let cut = whole[..whole.len() - 1].to_vec();
    let headless = whole[1..].to_vec();
    for to in [sqlite().await, postgresql().await] {
        let fresh = everything(&to.0).await;
        for parts in [&without_some, &twice, &elsewhere, &cut, &headless, &Vec::new()] {
            let outcome = take(&to.0, parts.clone()).await;
            assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}");
            assert_eq!(everything(&to.0).await, fresh);
        }
        take(&to.0, whole.clone()).await.unwrap();
    }
}

#[tokio::test]
async fn a_reference_that_leads_nowhere_is_not_taken_in() {
    let from = sqlite().await;
    fill(&from.0).await;
    let mut parts = parts(&from.0).await;
    let Some(Part::Tables(tables)) = parts.first_mut() else { panic!("the tables come first") };
    let place = tables.iter().position(|table| table.name == "accounts").unwrap();
    tables[place].rows = 0;
    parts.retain(|part| !matches!(part, Part::Rows(of, _) if *of == place));
    for to in [sqlite().await, postgresql().await] {
        let fresh = everything(&to.0).await;
        assert!(take(&to.0, parts.clone()).await.is_err());
        assert_eq!(everything(&to.0).await, fresh);
    }
}

#[tokio::test]
async fn an_installation_is_never_written_over() {
    let from = sqlite().await;
    fill(&from.0).await;
    let whole = parts(&from.0).await;
    for to in [sqlite().await, postgresql().await] {
        World::new(to.0.clone()).account("b@example.com").await;
        let before = everything(&to.0).await;
        let outcome = take(&to.0, whole.clone()).await;
        assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}");
        assert_eq!(everything(&to.0).await, before);
    }
}

#[tokio::test]
async fn nothing_is_sent_to_nobody() {
    for from in [sqlite().await, postgresql().await] {
        fill(&from.0).await;
        let (to, mut taking) = channel(1);
        let store = from.0.clone();
        let sending = tokio::spawn(async move { store.copy_out(to).await });
        taking.recv().await.unwrap();
        drop(taking);
        sending.await.unwrap().unwrap();
    }
}

/// The parts of an installation that is shut at its new place.
async fn shut_parts(from: &Arc<dyn Store>, why: &Shut) -> Vec<Part> {
    let mut parts = parts(from).await;
    let Some(Part::Tables(tables)) = parts.first_mut() else { panic!("the tables come first") };
    let tables_before = tables.clone();
    Shut::announce(tables);
    parts.insert(parts.len() - 1, why.part(&tables_before).unwrap());
    parts
}

#[tokio::test]
async fn a_copy_is_shut_from_its_first_moment_until_it_is_opened() {
    let from = sqlite().await;
    fill(&from.0).await;
    let all = everything(&from.0).await;
    for why in
        [Shut::Arriving { number: 7 }, Shut::Restoring { backup: "b1".to_owned(), number: 7 }]
    {
        for to in [sqlite().await, postgresql().await] {
            assert_eq!(to.0.shut().await.unwrap(), None);
            take(&to.0, shut_parts(&from.0, &why).await).await.unwrap();
            assert_eq!(to.0.shut().await.unwrap().as_ref(), Some(&why));
            to.0.reopen().await.unwrap();
            assert_eq!(to.0.shut().await.unwrap(), None);
            assert_eq!(everything(&to.0).await, all);
        }
    }
}

#[tokio::test]
async fn what_was_moved_away_changes_no_more_until_it_is_taken_back() {
    for place in [sqlite().await, postgresql().await] {
        fill(&place.0).await;
        let all = everything(&place.0).await;
        let number = place.0.lineage(0).await.unwrap().last.unwrap();
        place.0.move_away("elsewhere", number).await.unwrap();
        let expected = Shut::Moved { to: "elsewhere".to_owned(), number };
        assert_eq!(place.0.shut().await.unwrap(), Some(expected));
        let refused = place.0.add_pepper(&pepper(9), STAMP).await;
        assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
        place.0.reopen().await.unwrap();
        assert_eq!(everything(&place.0).await, all);
        place.0.add_pepper(&pepper(9), STAMP).await.unwrap();
    }
}

#[tokio::test]
async fn what_has_changed_since_is_not_moved_away() {
    for place in [sqlite().await, postgresql().await] {
        let world = World::new(place.0.clone());
        world.account("a@example.com").await;
        let number = place.0.lineage(0).await.unwrap().last.unwrap();
        world.account("b@example.com").await;
        let refused = place.0.move_away("elsewhere", number).await;
        assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
        assert_eq!(place.0.shut().await.unwrap(), None);
        world.account("c@example.com").await;
    }
}

#[tokio::test]
async fn nothing_is_put_where_a_server_made_its_keys() {
    let from = sqlite().await;
    fill(&from.0).await;
    let whole = parts(&from.0).await;
    for to in [sqlite().await, postgresql().await] {
        to.0.add_pepper(&pepper(1), STAMP).await.unwrap();
        let outcome = take(&to.0, whole.clone()).await;
        assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}");
        assert_eq!(to.0.pepper().await.unwrap().unwrap().sealed, pepper(1).sealed);
    }
}

#[tokio::test]
async fn a_lineage_is_that_of_the_copies_and_of_no_other() {
    let (one, other) = (sqlite().await, sqlite().await);
    for (place, byte) in [(&one, 1), (&other, 2)] {
        let pepper = StoredPepper { id: 1, ..pepper(byte) };
        place.0.add_pepper(&pepper, STAMP).await.unwrap();
    }
    let copy = postgresql().await;
    take(&copy.0, parts(&one.0).await).await.unwrap();
    let lineage = async |place: &Place| place.0.lineage(1).await.unwrap();
    assert_eq!(lineage(&copy).await, lineage(&one).await);
    assert_ne!(lineage(&other).await, lineage(&one).await);
    assert!(lineage(&one).await.change.is_some());
}

#[test]
fn only_a_start_migrates_what_is_there() {
    use Opening::{Current, Reading, Upgrade};
    for (opening, found, migrates) in [
        (Upgrade, None, Some(true)),
        (Upgrade, Some(4), Some(true)),
        (Upgrade, Some(5), Some(true)),
        (Current, None, Some(true)),
        (Current, Some(4), None),
        (Current, Some(5), Some(true)),
        // The migrator refuses it.
        (Current, Some(6), Some(true)),
        (Reading, None, None),
        (Reading, Some(4), None),
        (Reading, Some(5), Some(false)),
        (Reading, Some(6), Some(false)),
    ] {
        assert_eq!(opening.migrates(found, 5).ok(), migrates, "{opening:?} {found:?}");
    }
}
