use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use keymoor_core::{
    UnixTime,
    jwks::Jwks,
    jwt::{KeySet, Signer},
    rotation::{KeyTimes, schedule},
    seal::{CannotOpen, MasterKey},
};
use keymoor_guard::FixedKeys;
use keymoor_store::StoredSigningKey;

use crate::keys::open_signing_key;

/// The signing keys of this server, each opened once. Which one signs is a question of time alone
/// ([`keymoor_core::rotation`]), so the keyring looks at the clock and nothing has to be written
/// when a key's turn comes.
pub(crate) struct Keyring {
    current: ArcSwap<Ring>,
    /// Held while another ring takes its turn: time must not bring back what a change took away.
    turning: Mutex<()>,
    /// The published keys, for this server's own guard.
    verifying: Arc<FixedKeys>,
}

/// What counts until a certain time.
pub(crate) struct Ring {
    keys: Arc<[OwnKey]>,
    signing: usize,
    /// The published keys.
    pub(crate) jwks: Jwks,
    /// The same, to verify with.
    pub(crate) verifying: KeySet,
    until: UnixTime,
}

struct OwnKey {
    signer: Signer,
    times: KeyTimes,
}

impl Keyring {
    /// Opens `stored`, of which at least one is not withdrawn.
    pub(crate) fn new(
        stored: &[StoredSigningKey],
        master: &MasterKey,
        now: UnixTime,
    ) -> Result<Self, CannotOpen> {
        let keys = left(stored).map(|key| open(key, master)).collect::<Result<_, _>>()?;
        let ring = Ring::new(keys, now).ok_or(CannotOpen)?;
        let verifying = Arc::new(FixedKeys::new(ring.verifying.clone()));
        Ok(Self { current: ArcSwap::from_pointee(ring), turning: Mutex::new(()), verifying })
    }

    /// What counts at `now`.
    pub(crate) fn at(&self, now: UnixTime) -> Arc<Ring> {
        let ring = self.current.load_full();
        if now < ring.until {
            return ring;
        }
        let _turning = self.turning();
        let ring = self.current.load_full();
        let turned = Ring::new(ring.keys.clone(), now).map(Arc::new);
        turned.map_or(ring, |next| self.turn(next))
    }

    /// From now on `stored` are the keys. One that does not open is passed over, so that it holds
    /// up nothing else: others are withdrawn, and guards hear of it.
    pub(crate) fn replace(&self, stored: &[StoredSigningKey], master: &MasterKey, now: UnixTime) {
        let opened = left(stored).filter_map(|key| {
            let failed = |_: &CannotOpen| {
                tracing::error!(kid = key.kid, "the master key does not open a signing key");
            };
            open(key, master).inspect_err(failed).ok()
        });
        let Some(ring) = Ring::new(opened.collect(), now) else {
            return tracing::error!("no signing key is left: make one with signing-key rotate");
        };
        let _turning = self.turning();
        self.turn(Arc::new(ring));
    }

    fn turning(&self) -> MutexGuard<'_, ()> {
        self.turning.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self, next: Arc<Ring>) -> Arc<Ring> {
        self.verifying.replace(next.verifying.clone());
        self.current.store(next.clone());
        next
    }

    /// The published keys, as they come and go.
    pub(crate) fn verifying(&self) -> Arc<FixedKeys> {
        self.verifying.clone()
    }
}

impl Ring {
    fn new(keys: Arc<[OwnKey]>, now: UnixTime) -> Option<Self> {
        let times: Vec<_> = keys.iter().map(|key| key.times).collect();
        let schedule = schedule(&times, now)?;
        let published = || schedule.published.iter().map(|&place| &keys[place].signer);
        let jwks = Jwks { keys: published().map(|signer| signer.jwk().clone()).collect() };
        let verifying = published().map(Signer::verification_key).collect();
        let (signing, until) = (schedule.signing, schedule.until);
        Some(Self { keys, signing, jwks, verifying, until })
    }

    /// The one that signs.
    pub(crate) fn signer(&self) -> &Signer {
        &self.keys[self.signing].signer
    }

    /// The `kid` of every published key.
    pub(crate) fn kids(&self) -> impl Iterator<Item = &str> {
        self.jwks.keys.iter().map(|key| key.kid.as_str())
    }
}

/// A withdrawn key is not opened: nothing is signed or verified with it again.
fn left(stored: &[StoredSigningKey]) -> impl Iterator<Item = &StoredSigningKey> {
    stored.iter().filter(|key| key.withdrawn_at.is_none())
}

fn open(key: &StoredSigningKey, master: &MasterKey) -> Result<OwnKey, CannotOpen> {
    let times = KeyTimes { signs_from: key.signs_from, withdrawn_at: None };
    Ok(OwnKey { signer: open_signing_key(master, key)?, times })
}
