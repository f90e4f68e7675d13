use keymoor_core::{
    AccountId, ApiKey, GrantId, OrganizationId, Scope, SecretId, TokenId,
    claims::Claims,
    removals::{Event, Federated, MEMORY, Removals, Snapshot, Subject, Tombstone},
};
use keymoor_testkit::{NOW, claims};
use proptest::prelude::*;
use serde_json::json;

fn organization(byte: u8) -> OrganizationId {
    OrganizationId::from_random([byte; 16])
}

fn dead(subject: Subject) -> Event {
    Event::Removed(Tombstone { subject, issued_until: None })
}

fn dead_until(subject: Subject, seconds: i64) -> Event {
    Event::Removed(Tombstone { subject, issued_until: Some(NOW.plus(seconds)) })
}

fn after(events: &[Event]) -> Removals {
    let mut removals = Removals::default();
    for event in events {
        removals.apply(event, NOW);
    }
    removals
}

fn federated(organization: OrganizationId) -> Event {
    Event::Federated(Federated { organization, issued_until: None })
}

/// A token with a secret, a grant and the scope of organization 1.
fn token() -> Claims {
    let scope = [Scope::Organization(organization(1))].into_iter().collect();
    Claims {
        secret_id: Some(SecretId::from_random([3; 16])),
        grant_id: Some(GrantId::from_random([4; 16])),
        scope,
        ..claims()
    }
}

/// Everything that [`token`] hangs on.
fn levels() -> [Subject; 7] {
    let Claims { sub, client_id, jti, secret_id, grant_id, .. } = token();
    [
        Subject::ApiKey(client_id),
        Subject::Secret(secret_id.unwrap()),
        Subject::Grant(grant_id.unwrap()),
        Subject::Token(jti),
        Subject::Account(sub),
        Subject::Organization(organization(1)),
        Subject::Member { organization: organization(1), account: sub },
    ]
}

#[test]
fn s82_a_token_dies_with_each_thing_that_it_hangs_on() {
    assert!(!after(&[]).is_removed(&token()));
    for subject in levels() {
        assert!(after(&[dead(subject)]).is_removed(&token()), "{subject:?}");
    }
}

#[test]
fn s82_no_level_hides_another() {
    let levels = levels();
    for first in levels {
        for second in levels {
            let back = dead_until(second, -1);
            assert!(after(&[dead(first), back.clone()]).is_removed(&token()));
            assert!(after(&[back, dead(first)]).is_removed(&token()));
        }
    }
}

#[test]
fn a_token_lives_on_when_another_thing_dies() {
    let account = AccountId::new(5, [5; 10]);
    for subject in [
        Subject::ApiKey(ApiKey::from_random([9; 16])),
        Subject::Secret(SecretId::from_random([9; 16])),
        Subject::Grant(GrantId::from_random([9; 16])),
        Subject::Token(TokenId::from_random([9; 16])),
        Subject::Account(account),
        Subject::Organization(organization(2)),
        Subject::Member { organization: organization(1), account },
        Subject::Member { organization: organization(2), account: claims().sub },
    ] {
        assert!(!after(&[dead(subject)]).is_removed(&token()), "{subject:?}");
    }
}

#[test]
fn what_comes_back_opens_to_tokens_issued_since() {
    for subject in levels() {
        assert!(after(&[dead_until(subject, 0)]).is_removed(&token()));
        assert!(!after(&[dead_until(subject, -1)]).is_removed(&token()));
        let twice = [dead_until(subject, 0), dead_until(subject, -1)];
        assert!(after(&twice).is_removed(&token()), "the later one counts");
    }
}

#[test]
fn a_removal_is_remembered_until_no_token_is_left() {
    let mut removals = after(&[dead(Subject::ApiKey(claims().client_id))]);
    let other = Event::KeyAdded("k".to_owned());
    removals.apply(&other, NOW.plus(i64::from(MEMORY) - 1));
    assert!(removals.is_removed(&claims()));
    removals.apply(&other, NOW.plus(i64::from(MEMORY)));
    assert!(removals.snapshot().removed.is_empty(), "and not for ever");
}

#[test]
fn organizations_and_keys_come_and_go() {
    let (ours, kid) = (organization(1), "k".to_owned());
    let mut removals = after(&[federated(ours), Event::KeyAdded(kid.clone())]);
    removals.apply(&Event::Disabled { organization: ours, issued_until: NOW }, NOW);
    assert!(removals.is_federated(ours) && removals.is_disabled(ours) && removals.has_key("k"));
    assert!(removals.is_removed(&token()), "tokens with its scope are dead");
    for event in [Event::Unfederated(ours), Event::Enabled(ours), Event::KeyWithdrawn(kid)] {
        removals.apply(&event, NOW);
    }
    assert!(!removals.is_federated(ours) && !removals.is_disabled(ours) && !removals.has_key("k"));
}

#[test]
fn s38_an_organization_that_begins_to_federate_buries_the_scopes_got_before() {
    let event =
        |issued_until| Event::Federated(Federated { organization: organization(1), issued_until });
    let plain = Claims { scope: keymoor_core::Scopes::default(), ..token() };
    let removals = after(&[event(Some(NOW))]);
    assert!(removals.is_removed(&token()) && !removals.is_removed(&plain));
    assert!(!after(&[event(Some(NOW.plus(-1)))]).is_removed(&token()), "one issued since lives");
    assert!(!after(&[event(None)]).is_removed(&token()), "a new organization has no old tokens");
}

#[test]
fn a_feed_may_name_a_federated_organization_alone() {
    let alone = json!({ "federated": organization(1) });
    let read: Event = serde_json::from_value(alone).unwrap();
    assert_eq!(read, federated(organization(1)));
}

#[test]
fn s32_a_withdrawn_key_stays_out_whatever_is_said_later() {
    let mut removals = after(&[Event::KeyWithdrawn("k".into()), Event::KeyAdded("k".into())]);
    assert!(!removals.has_key("k") && removals.is_withdrawn("k"));
    let told = Removals::new(removals.snapshot(), NOW);
    assert!(!told.has_key("k") && told.is_withdrawn("k"), "a snapshot tells it too");
    removals.apply(&Event::KeyAdded("j".into()), NOW.plus(i64::from(MEMORY)));
    assert!(!removals.is_withdrawn("k"), "not for ever");
}

#[test]
fn what_is_removed_again_is_remembered_anew() {
    let key = dead(Subject::ApiKey(claims().client_id));
    let mut removals = after(std::slice::from_ref(&key));
    removals.apply(&key, NOW.plus(100));
    removals.apply(&Event::KeyAdded("k".into()), NOW.plus(i64::from(MEMORY) + 99));
    assert!(removals.is_removed(&claims()));
    removals.apply(&Event::KeyAdded("k".into()), NOW.plus(i64::from(MEMORY) + 100));
    assert!(!removals.is_removed(&claims()));
}

#[test]
fn the_wire_format() {
    let mut removals = after(&[federated(organization(1)), Event::KeyAdded("k".into())]);
    removals.apply(&dead_until(Subject::Account(claims().sub), 5), NOW);
    removals.reached(7);
    let account = claims().sub.to_string();
    let expected = json!({
        "number": 7,
        "federated": [organization(1)],
        "disabled": [],
        "keys": ["k"],
        "removed": [{ "account": account, "issued_until": 1_795_461_065 }],
    });
    assert_eq!(serde_json::to_value(removals.snapshot()).unwrap(), expected);
    let member = Subject::Member { organization: organization(1), account: claims().sub };
    let expected = json!({ "removed": { "member": {
        "organization": organization(1), "account": account } } });
    assert_eq!(serde_json::to_value(dead(member)).unwrap(), expected);
}

fn any_event() -> impl Strategy<Value = Event> {
    let organization = (0u8..3).prop_map(organization);
    let subject = (0usize..6).prop_map(|level| levels()[level]);
    prop_oneof![
        (subject, proptest::option::of(-3i64..3)).prop_map(|(subject, seconds)| match seconds {
            Some(seconds) => dead_until(subject, seconds),
            None => dead(subject),
        }),
        organization.clone().prop_map(federated),
        organization.clone().prop_map(Event::Unfederated),
        organization
            .clone()
            .prop_map(|organization| Event::Disabled { organization, issued_until: NOW }),
        organization.prop_map(Event::Enabled),
        "[a-c]".prop_map(Event::KeyAdded),
        "[a-c]".prop_map(Event::KeyWithdrawn),
    ]
}

fn sorted(mut snapshot: Snapshot) -> String {
    snapshot.federated.sort();
    snapshot.disabled.sort();
    snapshot.withdrawn.sort();
    let mut removed: Vec<_> = snapshot.removed.iter().map(|stone| format!("{stone:?}")).collect();
    removed.sort();
    snapshot.removed.clear();
    format!("{snapshot:?} {removed:?}")
}

proptest! {
    #[test]
    fn a_snapshot_over_the_wire_stands_for_all_that_led_to_it(
        events in proptest::collection::vec(any_event(), 0..20),
        more in proptest::collection::vec(any_event(), 0..5),
    ) {
        let mut told = after(&events);
        let text = serde_json::to_string(&told.snapshot()).unwrap();
        let mut heard = Removals::new(serde_json::from_str(&text).unwrap(), NOW);
        for event in more {
            told.apply(&event, NOW);
            let text = serde_json::to_string(&event).unwrap();
            heard.apply(&serde_json::from_str(&text).unwrap(), NOW);
        }
        prop_assert_eq!(sorted(told.snapshot()), sorted(heard.snapshot()));
    }

    #[test]
    fn an_event_that_is_told_twice_changes_nothing_more(
        events in proptest::collection::vec(any_event(), 1..20),
    ) {
        let mut removals = after(&events);
        let before = sorted(removals.snapshot());
        removals.apply(events.last().unwrap(), NOW);
        prop_assert_eq!(sorted(removals.snapshot()), before);
    }
}
