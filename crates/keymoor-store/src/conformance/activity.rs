use std::net::{IpAddr, Ipv4Addr};

use keymoor_core::{AccountId, ApiKey, SecretId, facts::Limits};

use super::world::{NOW, World, at, is_not_found, label, stamp};
use crate::{Activity, ActivityKind as Kind, Actor, Failures, LastUse, Page, Stamp, Use};

const PAGE: Page = Page { limit: 50, offset: 0 };

fn from(third: u8, seconds: i64) -> LastUse {
    LastUse { at: NOW.plus(seconds), address: IpAddr::V4(Ipv4Addr::new(198, 51, third, 7)) }
}

async fn activity(world: &World, account: AccountId) -> Vec<Activity> {
    world.store.activity_of(account, PAGE).await.unwrap().0
}

pub(super) async fn count(world: &World, account: AccountId, kind: Kind) -> usize {
    activity(world, account).await.iter().filter(|row| row.kind == kind).count()
}

async fn used(world: &World, api_key: ApiKey, last: LastUse) {
    let secret = SecretId::from_random([1; 16]);
    world.store.record_uses(&[Use { api_key, secret, last }]).await.unwrap();
}

pub async fn what_happened_is_read_newest_first(world: &World) {
    let (account, other) =
        (world.account("a@example.com").await, world.account("b@example.com").await);
    let key = world.token(account).await;
    world.token(other).await;
    world.store.rename_api_token(account, key, &label("nightly"), at(3)).await.unwrap();
    world.store.remove_api_token(account, key, None, at(5)).await.unwrap();
    let found = activity(world, account).await;
    let kinds: Vec<Kind> = found.iter().map(|row| row.kind).collect();
    let expected =
        [Kind::ApiTokenRemoved, Kind::ApiTokenRenamed, Kind::ApiTokenCreated, Kind::AccountCreated];
    assert_eq!(kinds, expected);
    assert_eq!((&*found[0].subject, &*found[0].label), (&*key.to_string(), "nightly"));
    assert_eq!((&*found[0].actor, found[0].at, found[0].times), ("operator", NOW.plus(5), 1));
    let (part, all) = world.store.activity_of(account, Page { limit: 1, offset: 1 }).await.unwrap();
    assert_eq!((part[0].kind, all), (Kind::ApiTokenRenamed, 4));
}

pub async fn a_new_network_is_noted_unless_it_is_the_first(world: &World) {
    let account = world.account("a@example.com").await;
    let key = world.token(account).await;
    used(world, key, from(100, 1)).await;
    used(world, key, from(100, 2)).await;
    assert_eq!(count(world, account, Kind::NewNetwork).await, 0);
    used(world, key, from(101, 3)).await;
    used(world, key, from(101, 4)).await;
    let found = activity(world, account).await;
    assert_eq!((found[0].kind, found[0].address), (Kind::NewNetwork, Some(from(101, 3).address)));
    assert_eq!(count(world, account, Kind::NewNetwork).await, 1);
    for third in 102..140 {
        used(world, key, from(third, 5)).await;
    }
    assert_eq!(count(world, account, Kind::NewNetwork).await, 19, "who is everywhere is told once");
}

pub async fn failures_of_a_day_are_one_row(world: &World) {
    let account = world.account("a@example.com").await;
    let api_key = world.token(account).await;
    let nobody = ApiKey::from_random([200; 16]);
    let store = &world.store;
    for (seconds, times) in [(10, 3), (20, 4)] {
        let last = from(1, seconds);
        let failures =
            [Failures { api_key, times, last }, Failures { api_key: nobody, times, last }];
        store.note_failures(&failures).await.unwrap();
    }
    store.note_failed_sign_ins(account, 1, from(1, 30)).await.unwrap();
    store.note_failed_sign_ins(account, 1, from(1, 31)).await.unwrap();
    let found = activity(world, account).await;
    assert_eq!((found[0].kind, found[0].times, found[0].at), (Kind::SignInFailed, 2, NOW.plus(31)));
    assert_eq!((found[1].kind, found[1].times), (Kind::ApiTokenRefused, 7));
    assert_eq!((&*found[0].actor, &*found[1].actor), ("nobody", "nobody"));
    let midnight = 86_400 - NOW.seconds().rem_euclid(86_400);
    for (seconds, rows) in [(midnight - 1, 1), (midnight, 2), (midnight + 86_399, 2)] {
        store.note_failed_sign_ins(account, 1, from(1, seconds)).await.unwrap();
        assert_eq!(count(world, account, Kind::SignInFailed).await, rows, "a row for each day");
    }
}

pub async fn an_expiry_is_noted_once_for_each_warning(world: &World) {
    let account = world.account("a@example.com").await;
    let mut new = world.new_token(account);
    let expires_at = Some(NOW.plus(20 * 86_400));
    new.limits = Limits { expires_at, ..Limits::default() };
    world.store.create_api_token(&new, stamp()).await.unwrap();
    world.token(account).await;
    let store = &world.store;
    let days = |day: i64| NOW.plus(day * 86_400);
    assert_eq!(store.note_expiring(14, days(5)).await.unwrap(), 0, "fifteen days before");
    assert_eq!(store.note_expiring(14, days(6)).await.unwrap(), 1);
    assert_eq!(store.note_expiring(14, days(7)).await.unwrap(), 0, "once");
    assert_eq!(store.note_expiring(3, days(17)).await.unwrap(), 1);
    assert_eq!(store.note_expiring(14, days(17)).await.unwrap(), 0, "and not backwards");
    assert_eq!(store.note_expiring(3, days(21)).await.unwrap(), 0, "nor when it is over");
    assert_eq!(count(world, account, Kind::ExpirySoon).await, 2);
    let found = activity(world, account).await;
    let noted = found.iter().find(|row| row.kind == Kind::ExpirySoon).unwrap();
    assert_eq!(noted.actor, "nobody");
}

pub async fn an_api_token_that_expires_within_three_days_is_noted_once(world: &World) {
    let account = world.account("a@example.com").await;
    let mut new = world.new_token(account);
    new.limits = Limits { expires_at: Some(NOW.plus(2 * 86_400)), ..Limits::default() };
    world.store.create_api_token(&new, stamp()).await.unwrap();
    assert_eq!(world.store.note_expiring(3, NOW).await.unwrap(), 1);
    assert_eq!(world.store.note_expiring(14, NOW).await.unwrap(), 0, "not the longer one too");
    assert_eq!(count(world, account, Kind::ExpirySoon).await, 1);
}

pub async fn a_mail_is_claimed_by_one_and_settled(world: &World) {
    let account = world.account("a@example.com").await;
    let key = world.token(account).await;
    let store = &world.store;
    let due = store.due_mails(NOW, 10).await.unwrap();
    assert_eq!(due.len(), 1, "of the new API token, not of the new account");
    assert_eq!((due[0].kind, &*due[0].subject), (Kind::ApiTokenCreated, &*key.to_string()));
    let (number, at) = (due[0].number, due[0].mail_due_at.unwrap());
    assert!(store.claim_mail(number, at, NOW.plus(60)).await.unwrap());
    assert!(!store.claim_mail(number, at, NOW.plus(60)).await.unwrap());
    assert!(store.due_mails(NOW, 10).await.unwrap().is_empty());
    assert_eq!(store.due_mails(NOW.plus(60), 10).await.unwrap().len(), 1, "tried again then");
    store.settle_mail(number).await.unwrap();
    assert!(store.due_mails(NOW.plus(60), 10).await.unwrap().is_empty());
}

pub async fn removing_ones_own_token_is_no_news(world: &World) {
    let account = world.account("a@example.com").await;
    for (by, news) in [(Actor::Account(account), 0), (Actor::Operator, 1)] {
        let key = world.token(account).await;
        let removal = Stamp { at: NOW, by, from: None };
        world.store.remove_api_token(account, key, None, removal).await.unwrap();
        let due = world.store.due_mails(NOW, 50).await.unwrap();
        let told = due.iter().filter(|mail| mail.subject == key.to_string());
        assert_eq!(told.filter(|mail| mail.kind == Kind::ApiTokenRemoved).count(), news);
    }
}

pub async fn tokens_are_found_by_label_and_key(world: &World) {
    let (account, other) =
        (world.account("a@example.com").await, world.account("b@example.com").await);
    let (one, two) = (world.token(account).await, world.token(account).await);
    let theirs = world.token(other).await;
    let store = &world.store;
    store.rename_api_token(account, one, &label("Nightly 50%"), stamp()).await.unwrap();
    assert!(is_not_found(&store.rename_api_token(account, theirs, &label("x"), stamp()).await));
    let keys = async |text: &str, removed| {
        let (found, count) = store.find_api_tokens(account, text, removed, PAGE).await.unwrap();
        assert_eq!(found.len(), usize::try_from(count).unwrap());
        found.iter().map(|token| token.api_key).collect::<Vec<_>>()
    };
    assert_eq!(keys("", false).await, [two, one]);
    assert_eq!(keys("NIGHT", false).await, [one]);
    assert_eq!(keys("50%", false).await, [one]);
    assert_eq!(keys("5_", false).await, []);
    assert_eq!(keys(&two.to_string()[..13], false).await, [two]);
    store.remove_api_token(account, one, None, stamp()).await.unwrap();
    assert_eq!((keys("", false).await, keys("", true).await), (vec![two], vec![one]));
    assert!(is_not_found(&store.rename_api_token(account, one, &label("x"), stamp()).await));
}

pub async fn labels_are_found_whatever_the_case_of_their_letters(world: &World) {
    let account = world.account("a@example.com").await;
    let store = &world.store;
    let mut new = world.new_token(account);
    new.label = label("Übersicht ÉTÉ");
    store.create_api_token(&new, stamp()).await.unwrap();
    for text in ["übersicht", "ÜBERSICHT", "été", "Übersicht ÉTÉ"] {
        assert_eq!(store.find_api_tokens(account, text, false, PAGE).await.unwrap().1, 1, "{text}");
    }
    store.rename_api_token(account, new.api_key, &label("Жук"), stamp()).await.unwrap();
    assert_eq!(store.find_api_tokens(account, "ЖУК", false, PAGE).await.unwrap().1, 1);
    assert_eq!(store.find_api_tokens(account, "übersicht", false, PAGE).await.unwrap().1, 0);
}
