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
    seal::{MasterKey, Purpose},
};
use keymoor_store::{Actor, Stamp, Store, StoredPepper, StoredSigningKey};
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
    store.add_pepper(&stored, by_operator(now)).await?;
    tracing::info!("made the key under which API Secrets are hashed");
    Ok(stored)
}

/// Opens every signing key, oldest first, and makes one for `algorithm` if there is none.
pub(crate) async fn signers(
    store: &dyn Store,
    master: &MasterKey,
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<Vec<(Algorithm, Signer)>, StartError> {
    let mut stored = store.signing_keys().await?;
    if !stored.iter().any(|key| key.algorithm == algorithm) {
        stored.push(make_signing_key(store, master, algorithm, now).await?);
    }
    stored.iter().map(|key| Ok((key.algorithm, open_signing_key(master, key)?))).collect()
}

fn open_signing_key(master: &MasterKey, key: &StoredSigningKey) -> Result<Signer, StartError> {
    let pkcs8 = master.open(Purpose::SigningKey, &key.kid, &key.sealed)?;
    Signer::from_pkcs8(key.algorithm, &pkcs8).map_err(|_| StartError::WrongMasterKey)
}

async fn make_signing_key(
    store: &dyn Store,
    master: &MasterKey,
    algorithm: Algorithm,
    now: UnixTime,
) -> Result<StoredSigningKey, StartError> {
    let pkcs8 = generate(algorithm).expect("the crypto library generates keys");
    let signer = Signer::from_pkcs8(algorithm, &pkcs8).expect("a generated key is a key");
    let kid = signer.jwk().kid.clone();
    let sealed = master.seal(Purpose::SigningKey, &kid, random(), &pkcs8);
    let stored = StoredSigningKey { kid, algorithm, sealed, created_at: now };
    store.add_signing_key(&stored, by_operator(now)).await?;
    tracing::info!(kid = stored.kid, %algorithm, "made a signing key");
    Ok(stored)
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

fn by_operator(now: UnixTime) -> Stamp {
    Stamp { at: now, by: Actor::Operator }
}
