use keymoor_core::{
    ApplicationId, OrganizationId,
    delegation::Rights,
    removals::{Event, Subject, Tombstone},
};

use super::{
    super::world::{NOW, World, at, is_conflict, is_not_found, label, stamp},
    stage::{Stage, new_application, secret, settings},
};
use crate::{ApplicationChange, ChangeKind, MAX_APPLICATIONS, NewApplication, StoreError};

pub async fn an_application_is_found_as_it_was_registered(world: &World) {
    let (owner, store) = (world.account("a@example.com").await, &world.store);
    let new = new_application(world, owner);
    store.create_application(&new, stamp()).await.unwrap();
    assert!(is_conflict(&store.create_application(&new, stamp()).await), "the id is taken");
    let found = store.application(new.id).await.unwrap().unwrap();
    assert_eq!((found.facts.id, found.owner, found.created_at), (new.id, owner, NOW));
    assert_eq!((found.name, found.redirect_uris), (new.settings.name, new.settings.redirect_uris));
    assert_eq!((found.facts.rights, found.facts.organizations), (new.settings.rights, None));
    let (stored, kept) = (found.facts.secret.unwrap(), new.secret.unwrap());
    assert!(stored.id == kept.id && stored.digest.equals(&kept.digest));
    let nobody = ApplicationId::from_random([240; 16]);
    assert!(store.application(nobody).await.unwrap().is_none());
}

pub async fn a_public_application_has_no_secret(world: &World) {
    let (owner, store) = (world.account("a@example.com").await, &world.store);
    let new = NewApplication { secret: None, ..new_application(world, owner) };
    store.create_application(&new, stamp()).await.unwrap();
    assert!(store.application(new.id).await.unwrap().unwrap().facts.secret.is_none());
    let replaced = store.replace_application_secret(owner, new.id, &secret(world), stamp()).await;
    assert!(is_conflict(&replaced));
}

pub async fn an_application_is_changed_and_removed_by_its_owner_alone(world: &World) {
    let stage = Stage::new(world).await;
    let (store, id, other) = (&world.store, stage.application, stage.account);
    assert!(is_not_found(&store.change_application(other, id, &settings(), stamp()).await));
    let replaced = store.replace_application_secret(other, id, &secret(world), stamp()).await;
    assert!(is_not_found(&replaced));
    assert!(is_not_found(&store.remove_application(other, id, None, stamp()).await));
    let changed = ApplicationChange { name: label("Other"), ..settings() };
    store.change_application(stage.owner, id, &changed, stamp()).await.unwrap();
    assert_eq!(store.application(id).await.unwrap().unwrap().name, changed.name);
    assert_eq!(stage.last_change().await.kind, ChangeKind::ApplicationChanged);
}

pub async fn an_account_has_no_more_applications_than_are_allowed(world: &World) {
    let (owner, store) = (world.account("a@example.com").await, &world.store);
    let mut last = None;
    for _ in 0..MAX_APPLICATIONS {
        let new = new_application(world, owner);
        store.create_application(&new, stamp()).await.unwrap();
        last = Some(new.id);
    }
    let more = new_application(world, owner);
    assert!(is_conflict(&store.create_application(&more, stamp()).await));
    store.remove_application(owner, last.unwrap(), None, stamp()).await.unwrap();
    store.create_application(&more, stamp()).await.unwrap();
    assert_eq!(store.applications_of(owner).await.unwrap()[0].facts.id, more.id, "newest first");
}

pub async fn a_removed_application_is_gone_for_good(world: &World) {
    let stage = Stage::new(world).await;
    let (store, id) = (&world.store, stage.application);
    let removal = store.remove_application(stage.owner, id, Some("old"), at(3)).await.unwrap();
    assert!(is_conflict(&store.remove_application(stage.owner, id, None, at(4)).await));
    let found = store.application(id).await.unwrap().unwrap();
    assert_eq!((found.removal, found.facts.removed_at), (Some(removal), Some(NOW.plus(3))));
    assert!(store.applications_of(stage.owner).await.unwrap().is_empty());
    assert!(is_not_found(&store.change_application(stage.owner, id, &settings(), at(4)).await));
    let dead = Tombstone { subject: Subject::ApiKey(id.as_client()), issued_until: None };
    assert_eq!(stage.last_change().await.event().unwrap(), Some(Event::Removed(dead)));
}

pub async fn a_replaced_secret_ends_what_it_brought(world: &World) {
    let stage = Stage::new(world).await;
    let (store, id, new) = (&world.store, stage.application, secret(world));
    let before = store.application(id).await.unwrap().unwrap().facts.secret.unwrap();
    store.replace_application_secret(stage.owner, id, &new, stamp()).await.unwrap();
    let after = store.application(id).await.unwrap().unwrap().facts.secret.unwrap();
    assert!(after.id == new.id && after.digest.equals(&new.digest));
    let dead = Tombstone { subject: Subject::Secret(before.id), issued_until: None };
    assert_eq!(stage.last_change().await.event().unwrap(), Some(Event::Removed(dead)));
}

pub async fn what_is_taken_from_an_application_ends_its_access_tokens(world: &World) {
    let stage = Stage::new(world).await;
    let one = OrganizationId::from_random([231; 16]);
    let two = OrganizationId::from_random([232; 16]);
    let rights = |refresh_tokens| Rights { refresh_tokens, ..settings().rights };
    for (refresh_tokens, organizations, narrower) in [
        (false, None, true),
        (true, None, false),
        (true, Some(vec![one, two]), true),
        (true, Some(vec![two]), true),
        (true, Some(vec![two, one]), false),
        (true, None, false),
    ] {
        let change =
            ApplicationChange { rights: rights(refresh_tokens), organizations, ..settings() };
        let (store, id) = (&world.store, stage.application);
        store.change_application(stage.owner, id, &change, stamp()).await.unwrap();
        let found = store.application(id).await.unwrap().unwrap().facts;
        assert_eq!((found.rights, &found.organizations), (change.rights, &change.organizations));
        let event = stage.last_change().await.event().unwrap();
        assert_eq!(event.is_some(), narrower, "{change:?}");
    }
}

pub async fn nobody_registers_applications_for_nobody(world: &World) {
    let nobody = world.new_account("c@example.com").id;
    let made = world.store.create_application(&new_application(world, nobody), stamp()).await;
    assert!(matches!(made, Err(StoreError::NotFound(_))));
}
