use keymoor_core::{
    delegation::{GRANT_IDLE, GRANT_LIFE},
    removals::{Event, Subject, Tombstone},
};

use super::{
    super::world::{NOW, World, at, is_conflict, is_not_found, label},
    stage::Stage,
};
use crate::{ActivityKind, ChangeKind, GrantEnding, Page, Presented, Rotation};

pub async fn a_grant_is_seen_by_whoever_gave_it(world: &World) {
    let stage = Stage::new(world).await;
    let ((id, token), store) = (stage.offline().await, &world.store);
    stage.rotate(&token, 9).await;
    let found = store.grants_of(stage.account, NOW).await.unwrap();
    assert_eq!((found.len(), found[0].id), (1, id));
    assert_eq!(found[0].consent, stage.consent("offline_access"));
    assert_eq!((&found[0].application_name, found[0].created_at), (&label("Reporter"), NOW));
    assert_eq!(found[0].last_use.at, NOW.plus(9));
    assert_eq!(found[0].expires_at, NOW.plus(i64::from(GRANT_LIFE)));
    assert_eq!(found[0].account_email.as_str(), "b@example.com");
    assert!(store.grants_of(stage.owner, NOW).await.unwrap().is_empty());
    assert_eq!(store.grants_to(stage.application, NOW).await.unwrap(), found);
    assert!(store.grants_to(stage.another().await, NOW).await.unwrap().is_empty());
}

pub async fn a_grant_is_listed_while_it_counts(world: &World) {
    let stage = Stage::new(world).await;
    let ((_, token), store) = (stage.offline().await, &world.store);
    let count =
        async |seconds: i64| store.grants_of(stage.account, NOW.plus(seconds)).await.unwrap().len();
    let (idle, life) = (i64::from(GRANT_IDLE), i64::from(GRANT_LIFE));
    assert_eq!((count(idle - 1).await, count(idle).await), (1, 0));
    stage.rotate(&token, life - 1).await;
    assert_eq!((count(life - 1).await, count(life).await), (1, 0));
    store.remove_application(stage.owner, stage.application, None, at(1)).await.unwrap();
    assert_eq!(count(life - 1).await, 0);
}

pub async fn a_grant_is_taken_back_once_by_whoever_gave_it(world: &World) {
    let stage = Stage::new(world).await;
    let ((id, token), store) = (stage.offline().await, &world.store);
    let another = stage.another().await;
    for others in [GrantEnding::TakenBack(stage.owner), GrantEnding::Revoked(another)] {
        assert!(is_not_found(&store.end_grant(id, others, at(1)).await));
    }
    let own = GrantEnding::TakenBack(stage.account);
    store.end_grant(id, own, at(2)).await.unwrap();
    assert!(is_conflict(&store.end_grant(id, own, at(3)).await));
    assert!(store.grants_of(stage.account, NOW).await.unwrap().is_empty());
    assert_eq!(stage.held(&token, 3).await.ended_at, Some(NOW.plus(2)));
    assert_eq!(stage.rotate(&token, 3).await, Rotation::Ended);
    let (last, subject) = (stage.last_change().await, Subject::Grant(id));
    assert_eq!(last.kind, ChangeKind::GrantEnded);
    let dead = Tombstone { subject, issued_until: None };
    assert_eq!(last.event().unwrap(), Some(Event::Removed(dead)));
}

pub async fn what_happens_to_a_grant_is_told_to_whoever_gave_it(world: &World) {
    let stage = Stage::new(world).await;
    let (_, token) = stage.offline().await;
    stage.rotate(&token, 1).await;
    stage.rotate(&token, 99).await;
    let page = Page { limit: 10, offset: 0 };
    let (found, _) = world.store.activity_of(stage.account, page).await.unwrap();
    let told: Vec<_> = found.iter().map(|one| (one.kind, one.mail_due_at.is_some())).collect();
    assert_eq!(told[..2], [(ActivityKind::GrantReused, true), (ActivityKind::GrantMade, true)]);
    assert_eq!(found[0].label, "Reporter");
}

pub async fn what_has_long_been_over_is_forgotten(world: &World) {
    let stage = Stage::new(world).await;
    let (_, ended) = stage.offline().await;
    let (_, idle) = stage.offline().await;
    let digest = super::stage::keys().refresh_token(&ended);
    world.store.revoke_refresh_token(stage.application, &digest, at(0)).await.unwrap();
    assert_eq!(stage.held(&ended, 1).await.ended_at, Some(NOW));
    let week = 7 * 86_400;
    for (seconds, ended_known, idle_known) in [
        (week, true, true),
        (week + 1, false, true),
        (week + i64::from(GRANT_IDLE) + 1, false, false),
    ] {
        let code = stage.add_code_at(seconds).await;
        let (first, _) = stage.first();
        let made = world.store.redeem_code(stage.application, &code, &first, at(seconds)).await;
        made.unwrap();
        let known = async |token| !matches!(stage.present(token, 1).await, Presented::Unknown);
        assert_eq!((known(&ended).await, known(&idle).await), (ended_known, idle_known));
    }
}
