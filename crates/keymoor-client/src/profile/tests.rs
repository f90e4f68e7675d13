use std::fs;

use super::{
    AcquiaStore, Organization, Profile, ProfileCredentials, ProfileName, ProfileStore, Profiles,
    SecretPlace,
};
use crate::{ClientKey, CredentialSource, Credentials, Endpoints, vault::Wanted};

fn profile() -> Profile {
    Profile {
        refreshes: false,
        endpoints: Endpoints::at("https://k.example.com").unwrap(),
        key: ClientKey::parse("6f0e8a8e-9d0f-4c55-8a55-5f8f3f0f0a11").unwrap(),
        organization: Organization::Auto,
        secret: SecretPlace::File,
    }
}

#[test]
fn profiles_come_back_as_they_were_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::in_folder(folder.path().join("keymoor"));
    assert!(store.read().unwrap().named.is_empty());
    let mut known = Profiles { default: Some(ProfileName::standard()), ..Profiles::default() };
    known.named.insert(ProfileName::standard(), profile());
    store.lock().unwrap().write(&known).unwrap();
    let back = store.read().unwrap();
    let (name, found) = back.pick(None).unwrap();
    assert_eq!((name.as_str(), &found.endpoints), ("default", &profile().endpoints));
    assert!(found.endpoints.revoke_url().is_some());
}

#[test]
fn where_a_secret_is_comes_back_and_a_profile_of_before_has_it_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::in_folder(folder.path());
    let place = |secret| {
        let mut known = Profiles::default();
        known.named.insert(ProfileName::standard(), Profile { secret, ..profile() });
        store.lock().unwrap().write(&known).unwrap();
        store.read().unwrap().named[&ProfileName::standard()].secret
    };
    assert_eq!(place(SecretPlace::System([7; 32])), SecretPlace::System([7; 32]));
    assert_eq!(place(SecretPlace::File), SecretPlace::File);
    assert!(!fs::read_to_string(store.path()).unwrap().contains("sha256"));
}

#[test]
fn a_file_that_is_damaged_is_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::in_folder(folder.path());
    crate::vault::write_private(&store.path(), b"{\"profiles\":").unwrap();
    assert!(store.read().unwrap_err().to_string().contains("profiles.json"));
    assert_eq!(fs::read_to_string(store.path()).unwrap(), "{\"profiles\":");
}

#[test]
fn a_name_is_no_path() {
    for name in ["", ".", "..", "../x", "a/b", ".hidden", "a b", "a\0"] {
        assert!(name.parse::<ProfileName>().is_err(), "{name:?}");
    }
    assert!("work-2.eu_west".parse::<ProfileName>().is_ok());
}

#[test]
fn of_acquia_clis_keys_the_one_in_use_comes_first() {
    let text = r#"{"acli_key":"bbbbbbbbbb","keys":{
        "aaaaaaaaaa":{"label":"a","uuid":"aaaaaaaaaa","secret":"0123456789"},
        "bbbbbbbbbb":{"label":"b","uuid":"bbbbbbbbbb","secret":"0123456789"}}}"#;
    let store = AcquiaStore::read("cloud_api.conf".into(), text).unwrap();
    let labels: Vec<_> = store.keys.iter().map(|key| key.label.as_deref().unwrap()).collect();
    assert_eq!(labels, ["b", "a"]);
    assert_eq!(store.in_use().unwrap().label.as_deref(), Some("b"));
    let out = text.replace(r#""acli_key":"bbbbbbbbbb","#, "");
    assert!(AcquiaStore::read("cloud_api.conf".into(), &out).unwrap().in_use().is_none());
}

#[test]
fn s97_a_key_of_acquia_clis_store_knows_the_server_that_it_is_for() {
    let text = r#"{"keys":{
        "aaaaaaaaaa":{"secret":"0123456789"},
        "bbbbbbbbbb":{"secret":"0123456789","cloud_api_base_uri":"https://k.example.com/api",
            "accounts_uri":"https://k.example.com/oauth/token"}}}"#;
    let store = AcquiaStore::read("cloud_api.conf".into(), text).unwrap();
    let servers: Vec<_> = store.keys.iter().map(|key| key.endpoints.clone()).collect();
    assert_eq!(servers[0], Endpoints::acquia());
    assert_eq!(servers[1].token_url().as_str(), "https://k.example.com/oauth/token");
    assert_eq!(servers[1].api_base().host_str(), Some("k.example.com"));
}

#[test]
fn s101_acquia_clis_store_is_not_repeated_when_it_is_damaged() {
    let text = r#"{"acli_key":"k","keys":{"k":{"secret":["canary"]}}}"#;
    let told = AcquiaStore::read("cloud_api.conf".into(), text).unwrap_err().to_string();
    assert!(told.contains("cloud_api.conf") && !told.contains("canary"), "{told}");
}

fn pair(key: &str, secret: &str) -> Credentials {
    Credentials::new(key, secret).unwrap()
}

fn stored(folder: &std::path::Path) -> (ProfileStore, Profiles) {
    let (store, mut known) = (ProfileStore::in_folder(folder), Profiles::default());
    known.named.insert(ProfileName::standard(), profile());
    store.lock().unwrap().write(&known).unwrap();
    (store, known)
}

#[test]
fn key_and_secret_are_replaced_by_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, name) = (ProfileStore::in_folder(folder.path()).vault(), ProfileName::standard());
    vault.write(&name, &pair("the-new-key", "the-new-secret"), Wanted::File).unwrap();
    // As after a crash before the file of profiles was written.
    let found = vault.credentials(&name, SecretPlace::File, &profile().key).unwrap().unwrap();
    assert_eq!(found, pair("the-new-key", "the-new-secret"));
}

#[test]
fn a_file_of_a_secret_alone_is_still_read() {
    let folder = tempfile::tempdir().unwrap();
    let (vault, name) = (ProfileStore::in_folder(folder.path()).vault(), ProfileName::standard());
    crate::vault::write_private(&vault.path(&name), b"an-old-secret").unwrap();
    let found = vault.credentials(&name, SecretPlace::File, &profile().key).unwrap().unwrap();
    assert_eq!(found, pair(profile().key.as_str(), "an-old-secret"));
}

#[tokio::test]
async fn what_runs_for_long_finds_the_secret_of_a_rotation() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = stored(folder.path());
    let (vault, name) = (store.vault(), ProfileName::standard());
    vault.write(&name, &pair("the-old-key", "the-old-secret"), Wanted::File).unwrap();
    let source = ProfileCredentials::new(store, name.clone(), profile().endpoints);
    assert_eq!(source.load().await.unwrap(), pair("the-old-key", "the-old-secret"));
    vault.write(&name, &pair("the-new-key", "the-new-secret"), Wanted::File).unwrap();
    assert_eq!(source.load().await.unwrap(), pair("the-new-key", "the-new-secret"));
}

#[test]
fn who_changes_the_profiles_at_the_same_time_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::in_folder(folder.path().join("keymoor"));
    let add = |number: usize| {
        let (store, name) = (store.clone(), format!("p{number}").parse().unwrap());
        std::thread::spawn(move || {
            let lock = store.lock().unwrap();
            let mut known = lock.read().unwrap();
            known.named.insert(name, profile());
            lock.write(&known).unwrap();
        })
    };
    let all: Vec<_> = (0..20).map(add).collect();
    for one in all {
        one.join().unwrap();
    }
    assert_eq!(store.read().unwrap().named.len(), 20);
}

#[tokio::test]
async fn s97_the_secret_of_another_server_is_not_brought() {
    let folder = tempfile::tempdir().unwrap();
    let (store, mut known) = stored(folder.path());
    let name = ProfileName::standard();
    let new = pair("the-new-key", "the-new-secret");
    store.vault().write(&name, &new, Wanted::File).unwrap();
    let source = ProfileCredentials::new(store.clone(), name.clone(), profile().endpoints);
    let other = Profile { endpoints: Endpoints::acquia(), ..profile() };
    known.named.insert(name, other);
    store.lock().unwrap().write(&known).unwrap();
    assert!(source.load().await.unwrap_err().to_string().contains("another server"));
}
