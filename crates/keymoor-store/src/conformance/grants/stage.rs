use std::net::{IpAddr, Ipv4Addr};

use keymoor_core::{
    AccountId, ApplicationId, GrantId, Scopes, SecretId, UnixTime,
    delegation::{CODE_LIFE, Consent, GrantFacts, Rights},
    digest::SecretDigest,
    facts::{Limits, StoredSecret},
    refresh::{GrantDigest, GrantKeys, RefreshToken},
    seal::MasterKey,
    ticket::Ticket,
};

use super::super::world::{NOW, World, at, label, stamp};
use crate::{
    ApplicationChange, AuthorizationCode, Change, FirstTokens, LastUse, NewApplication, Presented,
    Redemption, Rotation,
};

pub(super) const AUDIENCE: &str = "https://api.example.com";

pub(super) fn keys() -> GrantKeys {
    GrantKeys::new(&MasterKey::new([7; 32].into()))
}

pub(super) fn secret(world: &World) -> StoredSecret {
    let byte = world.next();
    let digest = SecretDigest::from_parts(1, [byte; 32]);
    StoredSecret { id: SecretId::from_random([byte; 16]), digest }
}

pub(super) fn settings() -> ApplicationChange {
    ApplicationChange {
        name: label("Reporter"),
        redirect_uris: vec!["https://reporter.example.com/back".to_owned()],
        rights: Rights { authorization_code: true, device: true, refresh_tokens: true },
        organizations: None,
    }
}

pub(super) fn new_application(world: &World, owner: AccountId) -> NewApplication {
    let (id, secret) = (ApplicationId::from_random([world.next(); 16]), Some(secret(world)));
    NewApplication { id, owner, settings: settings(), secret }
}

pub(super) fn used(at: UnixTime) -> LastUse {
    LastUse { at, address: IpAddr::V4(Ipv4Addr::LOCALHOST) }
}

/// An application that a@example.com registered, and b@example.com, who is to allow it something.
pub(super) struct Stage<'w> {
    pub(super) world: &'w World,
    pub(super) owner: AccountId,
    pub(super) account: AccountId,
    pub(super) application: ApplicationId,
}

impl<'w> Stage<'w> {
    pub(super) async fn new(world: &'w World) -> Self {
        let owner = world.account("a@example.com").await;
        let account = world.account("b@example.com").await;
        let application = Self::register(world, owner).await;
        Self { world, owner, account, application }
    }

    async fn register(world: &World, owner: AccountId) -> ApplicationId {
        let new = new_application(world, owner);
        world.store.create_application(&new, stamp()).await.unwrap();
        new.id
    }

    /// Another application of the same owner.
    pub(super) async fn another(&self) -> ApplicationId {
        Self::register(self.world, self.owner).await
    }

    pub(super) fn consent(&self, scopes: &str) -> Consent {
        Consent {
            application: self.application,
            account: self.account,
            scopes: Scopes::parse(scopes).unwrap_or_default(),
            audience: AUDIENCE.to_owned(),
            limits: Limits::default(),
        }
    }

    pub(super) fn code(&self, scopes: &str) -> AuthorizationCode {
        AuthorizationCode {
            consent: self.consent(scopes),
            redirect_uri: "https://reporter.example.com/back".to_owned(),
            challenge: "c".repeat(43),
            expires_at: NOW.plus(i64::from(CODE_LIFE)),
        }
    }

    /// Adds a code that allows `scopes`.
    pub(super) async fn add_code(&self, scopes: &str) -> GrantDigest {
        let digest = keys().code(&Ticket::generate([self.world.next(); 32]));
        self.world.store.add_code(&digest, &self.code(scopes), stamp()).await.unwrap();
        digest
    }

    /// Adds a code that works from so many seconds after [`NOW`].
    pub(super) async fn add_code_at(&self, seconds: i64) -> GrantDigest {
        let digest = keys().code(&Ticket::generate([self.world.next(); 32]));
        let now = NOW.plus(seconds);
        let code = AuthorizationCode {
            expires_at: now.plus(i64::from(CODE_LIFE)),
            ..self.code("offline_access")
        };
        self.world.store.add_code(&digest, &code, at(seconds)).await.unwrap();
        digest
    }

    /// A fresh grant and its first refresh token.
    pub(super) fn first(&self) -> (FirstTokens, RefreshToken) {
        let byte = self.world.next();
        let token = RefreshToken::generate([byte; 32]);
        let first = FirstTokens {
            grant: GrantId::from_random([byte; 16]),
            refresh: keys().refresh_token(&token),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        (first, token)
    }

    /// A grant of those scopes, made at [`NOW`], and its first refresh token.
    pub(super) async fn grant(&self, scopes: &str) -> (GrantId, RefreshToken) {
        let (code, (first, token)) = (self.add_code(scopes).await, self.first());
        let made = self.world.store.redeem_code(self.application, &code, &first, stamp()).await;
        assert_eq!(made.unwrap(), Redemption::Made);
        (first.grant, token)
    }

    /// A grant that a refresh token belongs to.
    pub(super) async fn offline(&self) -> (GrantId, RefreshToken) {
        self.grant("offline_access").await
    }

    /// What becomes of `token`, so many seconds after [`NOW`].
    pub(super) async fn rotate(&self, token: &RefreshToken, seconds: i64) -> Rotation {
        let (keys, stamp) = (keys(), at(seconds));
        let successor = keys.refresh_token(&keys.successor(token));
        let digest = keys.refresh_token(token);
        let (store, used) = (&self.world.store, used(stamp.at));
        store
            .rotate_refresh_token(self.application, &digest, &successor, &used, stamp)
            .await
            .unwrap()
    }

    pub(super) async fn present(&self, token: &RefreshToken, seconds: i64) -> Presented {
        let digest = keys().refresh_token(token);
        let store = &self.world.store;
        store.present_refresh_token(self.application, &digest, at(seconds)).await.unwrap()
    }

    /// The facts of `token`, which counts.
    pub(super) async fn held(&self, token: &RefreshToken, seconds: i64) -> GrantFacts {
        match self.present(token, seconds).await {
            Presented::Held(facts) => *facts,
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn last_change(&self) -> Change {
        self.world.store.changes_after(0, 1000).await.unwrap().pop().unwrap()
    }
}
