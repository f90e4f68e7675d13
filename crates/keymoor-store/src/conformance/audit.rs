use std::net::{IpAddr, Ipv4Addr};

use keymoor_core::UnixTime;

use super::world::{NOW, World, at, label};
use crate::{AuditEvent, AuditPlace, AuditSpan, Failures, LastUse};

const ALL: AuditSpan = AuditSpan {
    since: UnixTime::from_seconds(0),
    until: UnixTime::from_seconds(1 << 40),
    after: None,
    limit: 100,
};

async fn read(world: &World, span: AuditSpan) -> Vec<AuditEvent> {
    world.store.audit(span).await.unwrap()
}

fn kinds(events: &[AuditEvent]) -> Vec<&str> {
    events.iter().map(|event| event.kind.as_str()).collect()
}

fn place(event: &AuditEvent) -> AuditPlace {
    event.place
}

pub async fn the_audit_has_changes_and_events_in_one_order(world: &World) {
    let account = world.account("a@example.com").await;
    let key = world.token(account).await;
    let address = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
    let last = LastUse { at: NOW.plus(10), address };
    world.store.note_failures(&[Failures { api_key: key, times: 3, last }]).await.unwrap();
    world.store.note_failed_sign_ins(account, 2, last).await.unwrap();
    world.store.remove_api_token(account, key, Some("why"), at(20)).await.unwrap();
    let found = read(world, ALL).await;
    let expected = [
        "account.created",
        "api_token.created",
        "api_token.refused",
        "sign_in.failed",
        "api_token.removed",
    ];
    assert_eq!(kinds(&found), expected, "what is a change stands there once");
    let refused = &found[2];
    let told = (refused.times, refused.address, &*refused.subject, refused.account.clone());
    assert_eq!(told, (3, Some(address), &*key.to_string(), Some(account.to_string())));
    assert!(found.is_sorted_by_key(place));
}

pub async fn the_audit_is_read_by_time_and_page_by_page(world: &World) {
    let account = world.account("a@example.com").await;
    let key = world.token(account).await;
    for seconds in [3, 3, 5, 9] {
        world.store.rename_api_token(account, key, &label("x"), at(seconds)).await.unwrap();
    }
    let span = AuditSpan { since: NOW.plus(3), until: NOW.plus(9), ..ALL };
    let whole = read(world, span).await;
    let times: Vec<i64> = whole.iter().map(|event| event.place.at.since(NOW)).collect();
    assert_eq!(times, [3, 3, 5]);
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = read(world, AuditSpan { after, limit: 1, ..span }).await;
        let Some(last) = page.last() else { break };
        after = Some(last.place);
        pages.extend(page);
    }
    assert_eq!(pages, whole);
}

pub async fn what_happens_again_moves_to_its_last_time_in_the_audit(world: &World) {
    let account = world.account("a@example.com").await;
    let address = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));
    let failed = |seconds| LastUse { at: NOW.plus(seconds), address };
    world.store.note_failed_sign_ins(account, 1, failed(10)).await.unwrap();
    let before = read(world, ALL).await;
    world.store.note_failed_sign_ins(account, 4, failed(30)).await.unwrap();
    let after = before.last().map(place);
    let found = read(world, AuditSpan { after, ..ALL }).await;
    assert_eq!((found.len(), found[0].times, found[0].place.at), (1, 5, NOW.plus(30)));
}
