use super::world::{World, is_conflict, stamp};
use crate::ChangeKind;

pub async fn each_change_has_the_next_number(world: &World) {
    let account = world.account("a@example.com").await;
    let organization = world.organization(account, false).await;
    let key = world.token(account).await;
    world.store.remove_api_token(account, key, None, stamp()).await.unwrap();
    let changes = world.store.changes_after(0, 100).await.unwrap();
    let found: Vec<_> = changes.iter().map(|c| (c.number, c.kind, c.subject.clone())).collect();
    let expected = [
        (1, ChangeKind::AccountCreated, account.to_string()),
        (2, ChangeKind::OrganizationCreated, organization.to_string()),
        (3, ChangeKind::ApiTokenCreated, key.to_string()),
        (4, ChangeKind::ApiTokenRemoved, key.to_string()),
    ];
    assert_eq!(found, expected);
}

pub async fn a_refused_change_has_no_number(world: &World) {
    let account = world.account("a@example.com").await;
    let refused = world.new_account("a@example.com");
    assert!(is_conflict(&world.store.create_account(&refused, stamp()).await));
    world.token(account).await;
    let changes = world.store.changes_after(0, 100).await.unwrap();
    let numbers: Vec<_> = changes.iter().map(|change| change.number).collect();
    assert_eq!(numbers, [1, 2]);
}

pub async fn changes_can_be_read_in_parts(world: &World) {
    let account = world.account("a@example.com").await;
    for _ in 0..4 {
        world.token(account).await;
    }
    let part = world.store.changes_after(1, 2).await.unwrap();
    let numbers: Vec<_> = part.iter().map(|change| change.number).collect();
    assert_eq!(numbers, [2, 3]);
    assert!(world.store.changes_after(5, 10).await.unwrap().is_empty());
}

pub async fn twenty_at_once_get_twenty_numbers(world: &World) {
    let account = world.account("a@example.com").await;
    let mut tasks = Vec::new();
    for _ in 0..20 {
        let (store, new) = (world.store.clone(), world.new_token(account));
        tasks.push(tokio::spawn(async move { store.create_api_token(&new, stamp()).await }));
    }
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let changes = world.store.changes_after(0, 100).await.unwrap();
    let numbers: Vec<_> = changes.iter().map(|change| change.number).collect();
    assert_eq!(numbers, (1..=21).collect::<Vec<_>>());
}
