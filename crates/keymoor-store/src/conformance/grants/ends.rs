use keymoor_core::{
    delegation::DelegationFacts,
    removals::{Event, Subject},
};

use super::{
    super::world::{NOW, World, at, stamp},
    stage::{Stage, settings},
};
use crate::{ApplicationChange, ChangeKind};

async fn facts(stage: &Stage<'_>) -> DelegationFacts {
    let store = &stage.world.store;
    let found = store.delegation_facts(stage.application, stage.account).await.unwrap();
    found.unwrap()
}

pub async fn s22_what_ends_an_application_or_an_account_is_in_the_facts(world: &World) {
    let stage = Stage::new(world).await;
    let store = &world.store;
    let ends = |facts: &DelegationFacts| {
        let application = &facts.application;
        (application.removed_at, application.owner_disabled_at, facts.account_disabled_at)
    };
    assert_eq!(ends(&facts(&stage).await), (None, None, None));
    store.set_account_disabled(stage.account, true, at(1)).await.unwrap();
    assert_eq!(ends(&facts(&stage).await).2, Some(NOW.plus(1)));
    store.set_account_disabled(stage.owner, true, at(2)).await.unwrap();
    assert_eq!(ends(&facts(&stage).await).1, Some(NOW.plus(2)));
    store.remove_application(stage.owner, stage.application, None, at(3)).await.unwrap();
    assert_eq!(ends(&facts(&stage).await).0, Some(NOW.plus(3)));
}

pub async fn s22_memberships_are_read_anew_each_time(world: &World) {
    let stage = Stage::new(world).await;
    let (organization, store) = (world.organization(stage.owner, false).await, &world.store);
    let count = async || facts(&stage).await.memberships.len();
    assert_eq!(count().await, 0);
    store.add_member(organization, stage.account, stamp()).await.unwrap();
    assert_eq!(count().await, 1);
    store.set_organization_disabled(organization, true, stamp()).await.unwrap();
    assert_eq!(count().await, 0);
    store.set_organization_disabled(organization, false, stamp()).await.unwrap();
    store.remove_member(organization, stage.account, stamp()).await.unwrap();
    assert_eq!(count().await, 0);
}

pub async fn a_refresh_token_has_the_facts_of_now(world: &World) {
    let stage = Stage::new(world).await;
    let ((_, token), store) = (stage.offline().await, &world.store);
    assert!(stage.held(&token, 1).await.facts.application.rights.refresh_tokens);
    let rights = keymoor_core::delegation::Rights { refresh_tokens: false, ..settings().rights };
    let off = ApplicationChange { rights, ..settings() };
    store.change_application(stage.owner, stage.application, &off, stamp()).await.unwrap();
    store.set_account_disabled(stage.account, true, at(1)).await.unwrap();
    let held = stage.held(&token, 2).await;
    assert!(!held.facts.application.rights.refresh_tokens);
    assert_eq!(held.facts.account_disabled_at, Some(NOW.plus(1)));
}

pub async fn facts_of_nobody_are_none(world: &World) {
    let stage = Stage::new(world).await;
    let store = &world.store;
    let nobody = world.new_account("c@example.com").id;
    assert!(store.delegation_facts(stage.application, nobody).await.unwrap().is_none());
    let none = keymoor_core::ApplicationId::from_random([240; 16]);
    assert!(store.delegation_facts(none, stage.account).await.unwrap().is_none());
}

pub async fn s22_guards_hear_of_the_applications_of_a_disabled_owner(world: &World) {
    let stage = Stage::new(world).await;
    let store = &world.store;
    let removed = stage.another().await;
    store.remove_application(stage.owner, removed, None, stamp()).await.unwrap();
    let number = stage.last_change().await.number;
    store.set_account_disabled(stage.owner, true, at(1)).await.unwrap();
    let changes = store.changes_after(number, 10).await.unwrap();
    let kinds: Vec<_> = changes.iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::ApplicationOwnerDisabled, ChangeKind::AccountDisabled]);
    let Some(Event::Removed(tombstone)) = changes[0].event().unwrap() else { panic!("it is told") };
    assert_eq!(tombstone.subject, Subject::ApiKey(stage.application.as_client()));
    assert_eq!(tombstone.issued_until, Some(NOW.plus(8)), "the owner may come back");
}
