//! Codes and refresh tokens are spent once, whichever of two servers takes them.

use std::{net::IpAddr, sync::Arc};

use keymoor_core::{
    ApplicationId, GrantId, Scopes,
    delegation::{Consent, Rights},
    facts::Limits,
    name::Label,
    refresh::{GrantDigest, GrantKeys, RefreshToken},
    seal::MasterKey,
    ticket::Ticket,
};
use keymoor_testkit::{NOW, postgres};

use super::{
    PostgresOptions, PostgresStore,
    tests::{account, stamp},
};
use crate::{
    ApplicationChange, Applications, AuthorizationCode, Codes, FirstTokens, Grants, LastUse,
    NewApplication, Redemption, Rotation, Store,
};

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn application() -> ApplicationId {
    ApplicationId::from_random([1; 16])
}

fn keys() -> GrantKeys {
    GrantKeys::new(&MasterKey::new([7; 32].into()))
}

/// Two servers' stores on one database with an account and an application.
async fn two_servers() -> [Arc<PostgresStore>; 2] {
    let schema = postgres().schema();
    let options = || PostgresOptions::parse(&postgres().url()).unwrap().schema(&schema);
    let one = PostgresStore::open(options().connections(4)).await.unwrap();
    let other = PostgresStore::open(options().connections(4)).await.unwrap();
    one.create_account(&account(1), stamp()).await.unwrap();
    let settings = ApplicationChange {
        name: Label::parse("Reporter").unwrap(),
        redirect_uris: Vec::new(),
        rights: Rights { authorization_code: true, device: true, refresh_tokens: true },
        organizations: None,
    };
    let new = NewApplication { id: application(), owner: account(1).id, settings, secret: None };
    one.create_application(&new, stamp()).await.unwrap();
    [Arc::new(one), Arc::new(other)]
}

async fn code(store: &PostgresStore) -> GrantDigest {
    let digest = keys().code(&Ticket::generate([3; 32]));
    let consent = Consent {
        application: application(),
        account: account(1).id,
        scopes: Scopes::parse("offline_access").unwrap(),
        audience: "https://api.example.com".to_owned(),
        limits: Limits::default(),
    };
    let code = AuthorizationCode {
        consent,
        redirect_uri: "https://reporter.example.com".to_owned(),
        challenge: "c".repeat(43),
        expires_at: NOW.plus(60),
    };
    store.add_code(&digest, &code, stamp()).await.unwrap();
    digest
}

fn first(byte: u8) -> FirstTokens {
    let refresh = keys().refresh_token(&RefreshToken::generate([byte; 32]));
    FirstTokens { grant: GrantId::from_random([byte; 16]), refresh, address: ADDRESS }
}

#[tokio::test]
async fn s91_a_code_brings_one_grant_at_one_of_two_servers() {
    let servers = two_servers().await;
    let code = code(&servers[0]).await;
    let clients = (1..=20).map(|byte| {
        let (store, code) = (servers[usize::from(byte % 2)].clone(), code.clone());
        let redeem = async move {
            store.redeem_code(application(), &code, &first(byte), stamp()).await.unwrap()
        };
        tokio::spawn(redeem)
    });
    let mut made = 0;
    for client in clients.collect::<Vec<_>>() {
        made += usize::from(client.await.unwrap() == Redemption::Made);
    }
    assert_eq!(made, 1);
}

#[tokio::test]
async fn s91_of_100_refreshes_at_two_servers_there_is_one_successor() {
    let servers = two_servers().await;
    let code = code(&servers[0]).await;
    servers[0].redeem_code(application(), &code, &first(9), stamp()).await.unwrap();
    let (keys, token) = (keys(), RefreshToken::generate([9; 32]));
    let (digest, next) = (keys.refresh_token(&token), keys.refresh_token(&keys.successor(&token)));
    let clients = (0..100).map(|number: usize| {
        let (store, digest, next) = (servers[number % 2].clone(), digest.clone(), next.clone());
        let used = LastUse { at: NOW, address: ADDRESS };
        tokio::spawn(async move {
            let rotated = store.rotate_refresh_token(application(), &digest, &next, &used, stamp());
            rotated.await.unwrap()
        })
    });
    let mut rotated = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        rotated.push(client.await.unwrap());
    }
    let count = |which| rotated.iter().filter(|one| **one == which).count();
    assert_eq!((count(Rotation::Rotated), count(Rotation::Again)), (1, 99));
}
