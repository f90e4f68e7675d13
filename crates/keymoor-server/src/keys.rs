//! The server's own secrets: made at first start, kept under the master key.

use aws_lc_rs::{
    encoding::AsDer,
    error::Unspecified,
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use keymoor_core::{
    UnixTime,
    digest::Pepper,
    jwt::{Algorithm, Signer},
    seal::{CannotOpen, MasterKey, Purpose},
};
use keymoor_store::{Actor, Stamp, Store, StoreError, StoredPepper, StoredSigningKey};
use zeroize::Zeroizing;

use crate::{app::StartError, random};

/// The id of the first pepper.
const FIRST_PEPPER: i64 = 1;

/// Opens the pepper, or makes one if there is none.
pub(crate) async fn pepper(
    store: &dyn Store,
    master: &MasterKey,
    now: UnixTime,
) -> Result<Pepper, StartError> {
    let stored = match store.pepper().await? {
        Some(stored) => stored,
        None => make_pepper(store, master, now).await?,
    };
    let plain = master.open(Purpose::Pepper, &stored.id.to_string(), &stored.sealed)?;
    let mut bytes = Zeroizing::new([0; 32]);
    if plain.len() != bytes.len() {
        return Err(StartError::WrongMasterKey);
    }
    bytes.copy_from_slice(&plain);
    Ok(Pepper::new(stored.id, &bytes))
}

async fn make_pepper(
    store: &dyn Store,
    master: &MasterKey,
    now: UnixTime,
) -> Result<StoredPepper, StartError> {
    let bytes = Zeroizing::new(random::<32>());
    let name = FIRST_PEPPER.to_string();
    let sealed = master.seal(Purpose::Pepper, &name, random(), bytes.as_slice());
    let stored = StoredPepper { id: FIRST_PEPPER, sealed, created_at: now };
    match store.add_pepper(&stored, by_server(now)).await {
        Ok(()) => tracing::info!("made the key under which API Secrets are hashed"),
        Err(StoreError::Conflict(_)) => tracing::info!("another server made the pepper meanwhile"),
        Err(error) => return Err(error.into()),
    }
    Ok(store.pepper().await?.ok_or(StoreError::Corrupt("pepper"))?)
}

/// Every signing key, oldest first; makes the first one, which signs at once, if there is none.
pub(crate) async fn signing_keys(
    store: &dyn Store,
    master: &MasterKey,
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<Vec<StoredSigningKey>, StartError> {
    let stored = store.signing_keys().await?;
    if stored.iter().any(|key| key.withdrawn_at.is_none()) {
        return Ok(stored);
    }
    let youngest = stored.last().map(|key| key.kid.as_str());
    let first = make_signing_key(master, algorithm, now, now);
    match store.add_signing_key(&first, youngest, by_server(now)).await {
        Ok(()) => tracing::info!(kid = first.kid, %algorithm, "made a signing key"),
        Err(StoreError::Conflict(_)) => tracing::info!("another server made a key meanwhile"),
        Err(error) => return Err(error.into()),
    }
    Ok(store.signing_keys().await?)
}

/// Opens a signing key under the master key.
pub(crate) fn open_signing_key(
    master: &MasterKey,
    key: &StoredSigningKey,
) -> Result<Signer, CannotOpen> {
    let pkcs8 = master.open(Purpose::SigningKey, &key.kid, &key.sealed)?;
    Signer::from_pkcs8(key.algorithm, &pkcs8).map_err(|_| CannotOpen)
}

/// A new signing key, sealed, whose turn comes at `signs_from`.
pub(crate) fn make_signing_key(
    master: &MasterKey,
    algorithm: Algorithm,
    now: UnixTime,
    signs_from: UnixTime,
) -> StoredSigningKey {
    let pkcs8 = generate(algorithm).expect("the crypto library generates keys");
    let signer = Signer::from_pkcs8(algorithm, &pkcs8).expect("a generated key is a key");
    let kid = signer.jwk().kid.clone();
    let sealed = master.seal(Purpose::SigningKey, &kid, random(), &pkcs8);
    StoredSigningKey { kid, algorithm, sealed, created_at: now, signs_from, withdrawn_at: None }
}

fn generate(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
    let bytes = match algorithm {
        Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?
            .to_pkcs8v1()?
            .as_ref()
            .to_vec(),
        Algorithm::EdDsa => Ed25519KeyPair::generate()?.to_pkcs8v1()?.as_ref().to_vec(),
        Algorithm::Rs256 => KeyPair::generate(KeySize::Rsa2048)?.as_der()?.as_ref().to_vec(),
    };
    Ok(Zeroizing::new(bytes))
}

/// What the server does by itself is done in the operator's name.
pub(crate) fn by_server(now: UnixTime) -> Stamp {
    Stamp { at: now, by: Actor::Operator, from: None }
}
