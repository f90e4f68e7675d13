//! What is told of the people who are asked, and of applications that bring what is none.

use std::net::{IpAddr, Ipv4Addr};

use keymoor_core::{ApplicationId, UnixTime};

use super::{
    super::world::{NOW, World},
    stage::{Stage, keys},
};
use crate::{
    ActivityKind, Actor, ApplicationFailures, AuditEvent, AuditSpan, DeviceAnswer, GrantEnding,
    LastUse, Stamp,
};

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

/// The events of one kind.
async fn audit(world: &World, kind: &str) -> Vec<AuditEvent> {
    let (since, until) = (UnixTime::from_seconds(0), UnixTime::from_seconds(1 << 40));
    let span = AuditSpan { since, until, after: None, limit: 100 };
    let found = world.store.audit(span).await.unwrap();
    found.into_iter().filter(|event| event.kind == kind).collect()
}

/// By `stage`'s person in a browser.
fn person(stage: &Stage<'_>, seconds: i64) -> Stamp {
    Stamp { at: NOW.plus(seconds), by: Actor::Account(stage.account), from: Some(FROM) }
}

/// When, by whom, of which account, from where and to which application it was.
fn told(event: &AuditEvent) -> (i64, &str, Option<&str>, Option<IpAddr>, &str, &str) {
    let at = event.place.at.since(NOW);
    (at, &event.actor, event.account.as_deref(), event.address, &event.subject, &event.detail)
}

pub async fn s102_yes_and_no_are_in_the_audit_with_who_and_from_where(world: &World) {
    let stage = Stage::new(world).await;
    let store = &world.store;
    let code = keys().code(&keymoor_core::ticket::Ticket::generate([77; 32]));
    store.add_code(&code, &stage.code(""), person(&stage, 1)).await.unwrap();
    store.note_denied(stage.application, stage.account, person(&stage, 2)).await.unwrap();
    for (seconds, answer) in
        [(3, DeviceAnswer::Allow(stage.consent(""))), (4, DeviceAnswer::Deny(stage.account))]
    {
        let user_code = super::devices::device_with(&stage, &format!("BCDFGHJ{seconds}")).await;
        assert!(store.answer_device(&user_code, &answer, person(&stage, seconds)).await.unwrap());
        let again = store.answer_device(&user_code, &answer, person(&stage, seconds)).await;
        assert!(!again.unwrap(), "an answer that counts for nothing is not told");
    }
    let (account, application) = (stage.account.to_string(), stage.application.to_string());
    let by = format!("account:{account}");
    for (seconds, kind) in [
        (1, "grant.allowed"),
        (2, "grant.denied"),
        (3, "grant.device_allowed"),
        (4, "grant.device_denied"),
    ] {
        let found = audit(world, kind).await;
        let expected = (seconds, &*by, Some(&*account), Some(FROM), &*application, "Reporter");
        assert_eq!(found.iter().map(told).collect::<Vec<_>>(), [expected], "{kind}");
    }
}

pub async fn s102_a_no_that_is_said_again_and_again_is_one_event_of_a_day(world: &World) {
    let stage = Stage::new(world).await;
    let no =
        async |by| world.store.note_denied(stage.application, stage.account, by).await.unwrap();
    for seconds in 1..=3 {
        no(person(&stage, seconds)).await;
    }
    no(Stamp { by: Actor::Operator, ..person(&stage, 4) }).await;
    no(person(&stage, 86_400)).await;
    let found = audit(world, "grant.denied").await;
    let times: Vec<_> = found.iter().map(|one| (one.place.at.since(NOW), one.times)).collect();
    assert_eq!(times, [(3, 3), (4, 1), (86_400, 1)]);
}

pub async fn s102_a_grant_that_ends_is_in_the_audit_with_why_and_from_where(world: &World) {
    let stage = Stage::new(world).await;
    let (account, application) = (stage.account, stage.application);
    for (ending, reason) in [
        (GrantEnding::TakenBack(account), "taken_back"),
        (GrantEnding::Revoked(application), "revoked"),
        (GrantEnding::ByOperator, "by_operator"),
    ] {
        let (id, _) = stage.offline().await;
        world.store.end_grant(id, ending, person(&stage, 5)).await.unwrap();
        let found = audit(world, "grant.ended").await;
        let last = found.last().unwrap();
        let detail = format!(
            r#"{{"account":"{account}","application":"{application}","reason":"{reason}"}}"#
        );
        let by = format!("account:{account}");
        let (of, subject) = (account.to_string(), id.to_string());
        assert_eq!(told(last), (5, &*by, Some(&*of), Some(FROM), &*subject, &*detail));
    }
}

pub async fn s102_refused_requests_of_an_application_are_one_event_of_a_day(world: &World) {
    let stage = Stage::new(world).await;
    let failed = |application, account, kind, seconds| ApplicationFailures {
        application,
        account,
        kind,
        times: 3,
        last: LastUse { at: NOW.plus(seconds), address: FROM },
    };
    let kind = ActivityKind::RefreshRefused;
    let nobody = ApplicationId::from_random([99; 16]);
    let all = [
        failed(stage.application, Some(stage.account), kind, 1),
        failed(stage.application, None, kind, 2),
        failed(nobody, None, kind, 3),
        failed(stage.application, None, ActivityKind::CodeRefused, 4),
    ];
    world.store.note_application_failures(&all).await.unwrap();
    world.store.note_application_failures(&all[..1]).await.unwrap();
    let found = audit(world, "grant.refresh_refused").await;
    let times: Vec<_> = found.iter().map(|one| (one.times, one.account.clone().unwrap())).collect();
    let (account, owner) = (stage.account.to_string(), stage.owner.to_string());
    assert_eq!(times, [(6, account), (3, owner.clone())]);
    let found = audit(world, "grant.code_refused").await;
    let application = stage.application.to_string();
    let expected = (4, "nobody", Some(&*owner), Some(FROM), &*application, "Reporter");
    assert_eq!(found.iter().map(told).collect::<Vec<_>>(), [expected]);
}
