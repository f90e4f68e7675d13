use std::sync::Arc;

use keymoor_core::{
    ApplicationId,
    refresh::{GrantDigest, GrantKeys, RefreshToken},
};

use super::{
    super::world::{World, at, stamp},
    stage::{Stage, keys, used},
};
use crate::{Presented, Redemption, Rotation, Store, StoreError};

/// How many present the same at once.
const CLIENTS: usize = 100;
/// How often, unless `KEYMOOR_TEST_REFRESHES` says otherwise.
const ROUNDS: i64 = 20;

fn rounds() -> i64 {
    let asked = std::env::var("KEYMOOR_TEST_REFRESHES").ok();
    asked.map_or(ROUNDS, |text| text.parse().expect("a number of rounds"))
}

/// A client of `stage` that refreshes.
struct Client {
    store: Arc<dyn Store>,
    id: ApplicationId,
    token: GrantDigest,
    successor: GrantDigest,
}

impl Client {
    fn new(stage: &Stage<'_>, token: &RefreshToken) -> Self {
        let keys = keys();
        Self {
            store: stage.world.store.clone(),
            id: stage.application,
            token: keys.refresh_token(token),
            successor: keys.refresh_token(&keys.successor(token)),
        }
    }

    /// Asks as the token endpoint does.
    async fn refresh(&self, seconds: i64) -> Result<Rotation, StoreError> {
        let stamp = at(seconds);
        let presented = self.store.present_refresh_token(self.id, &self.token, stamp).await?;
        assert!(matches!(presented, Presented::Held(_)), "{presented:?}");
        let (token, successor, used) = (&self.token, &self.successor, used(stamp.at));
        self.store.rotate_refresh_token(self.id, token, successor, &used, stamp).await
    }

    /// Asks again when there was no connection for it in time, as on a 503.
    async fn insist(self, seconds: i64) -> Rotation {
        for _ in 0..20 {
            match self.refresh(seconds).await {
                Err(StoreError::Unavailable(_) | StoreError::Contended) => {}
                outcome => return outcome.unwrap(),
            }
        }
        panic!("never answered")
    }
}

/// All of [`CLIENTS`] refresh `token`. What became of each.
async fn refresh_at_once(stage: &Stage<'_>, token: &RefreshToken, seconds: i64) -> Vec<Rotation> {
    let clients = (0..CLIENTS).map(|_| tokio::spawn(Client::new(stage, token).insist(seconds)));
    let mut rotations = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        rotations.push(client.await.unwrap());
    }
    rotations
}

/// SECURITY.md 7: of 100 at once one rotates, and the others are told the same successor. Twenty
/// times over, each with the successor of the one before.
pub async fn s7_of_100_refreshes_at_once_there_is_one_successor(world: &World) {
    let stage = Stage::new(world).await;
    let (_, mut token) = stage.offline().await;
    let keys: GrantKeys = keys();
    for round in 0..rounds() {
        let rotations = refresh_at_once(&stage, &token, round).await;
        let count = |which| rotations.iter().filter(|one| **one == which).count();
        assert_eq!((count(Rotation::Rotated), count(Rotation::Again)), (1, CLIENTS - 1));
        // The next round shows that it counts: it is rotated.
        token = keys.successor(&token);
    }
}

pub async fn s61_of_many_who_redeem_a_code_at_once_one_gets_a_grant(world: &World) {
    let stage = Stage::new(world).await;
    let code = stage.add_code("offline_access").await;
    let clients = (0..20).map(|_| {
        let (store, client, code) = (world.store.clone(), stage.application, code.clone());
        let (first, token) = stage.first();
        let redeem = async move { store.redeem_code(client, &code, &first, stamp()).await };
        (tokio::spawn(redeem), token)
    });
    let mut made = Vec::new();
    for (client, token) in clients.collect::<Vec<_>>() {
        if client.await.unwrap().unwrap() == Redemption::Made {
            made.push(token);
        }
    }
    assert_eq!(made.len(), 1);
    let held = stage.held(&made[0], 1).await;
    assert!(held.ended_at.is_some(), "and the others ended it");
}
