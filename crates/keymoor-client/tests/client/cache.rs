//! Tokens in files.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    time::Duration,
};

use keymoor_client::{Client, Credentials, DiskCache, Scopes, Style, Tokens, cache::user_folder};

use crate::support::{KEY, Say, World, credentials};

async fn world() -> World {
    World::new(|_| Say::status(200)).await
}

fn mode(path: &std::path::Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn another_process_finds_the_token() {
    let world = world().await;
    assert_eq!(world.token(&world.process()).await, "t1");
    assert_eq!(world.token(&world.process()).await, "t1");
    assert_eq!(world.server.token_requests(), 1);
}

#[tokio::test]
async fn a_cached_token_is_found_without_a_runtime() {
    let world = world().await;
    let source = world.process();
    let find = |source: &keymoor_client::TokenSource| {
        source.cached(&keymoor_client::Mark::of(&credentials()), &Scopes::default(), Duration::ZERO)
    };
    assert!(find(&source).is_none());
    world.token(&source).await;
    assert_eq!(find(&world.process()).unwrap().expose(), "t1");
    world.timer.step(300);
    assert!(find(&world.process()).is_none());
}

#[tokio::test]
async fn s95_files_are_0600_in_a_folder_0700() {
    let world = world().await;
    world.token(&world.process()).await;
    let folder = world.folder.path().join("tokens");
    assert_eq!(mode(&folder), 0o700);
    let mut files = 0;
    for file in fs::read_dir(&folder).unwrap() {
        files += 1;
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
    assert_eq!(files, 2, "the entry and its lock, and no temporary file");
}

#[tokio::test]
async fn s95_a_folder_that_others_can_read_is_closed() {
    let world = world().await;
    let folder = world.folder.path().join("tokens");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    world.disk();
    assert_eq!(mode(&folder), 0o700);
}

#[tokio::test]
async fn s95_a_folder_that_is_a_link_is_refused() {
    let world = world().await;
    let (elsewhere, folder) =
        (world.folder.path().join("elsewhere"), world.folder.path().join("tokens"));
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, &folder).unwrap();
    assert!(DiskCache::open(&folder).is_err());
}

#[tokio::test]
async fn s95_an_entry_that_is_a_link_is_not_followed_and_gets_replaced() {
    let world = world().await;
    world.token(&world.process()).await;
    let (entry, elsewhere) = (world.entry(), world.folder.path().join("elsewhere"));
    fs::rename(&entry, &elsewhere).unwrap();
    symlink(&elsewhere, &entry).unwrap();
    let before = fs::read(&elsewhere).unwrap();
    assert_eq!(world.token(&world.process()).await, "t2", "the link was not read through");
    assert_eq!(fs::read(&elsewhere).unwrap(), before, "nor written through");
    assert!(fs::symlink_metadata(&entry).unwrap().is_file());
}

#[tokio::test]
async fn s95_a_lock_that_is_a_link_is_not_followed() {
    let world = world().await;
    world.token(&world.process()).await;
    let lock = world.entry().with_extension("lock");
    let elsewhere = world.folder.path().join("elsewhere");
    fs::remove_file(&lock).unwrap();
    fs::remove_file(world.entry()).unwrap();
    symlink(&elsewhere, &lock).unwrap();
    assert_eq!(world.token(&world.process()).await, "t2");
    assert!(!elsewhere.exists());
}

#[tokio::test]
async fn a_damaged_entry_counts_as_none_and_is_healed() {
    let world = world().await;
    world.token(&world.process()).await;
    let sound = fs::read(world.entry()).unwrap();
    let mut damaged: Vec<Vec<u8>> = vec![vec![], vec![0; 4096], b"{}".to_vec(), b"[]".to_vec()];
    damaged.extend((1..sound.len()).step_by(7).map(|end| sound[..end].to_vec()));
    for (index, bytes) in damaged.iter().enumerate() {
        fs::write(world.entry(), bytes).unwrap();
        assert_eq!(world.token(&world.process()).await, format!("t{}", index + 2));
        let healed = world.token(&world.process()).await;
        assert_eq!(healed, format!("t{}", index + 2), "and it is found again");
    }
}

#[tokio::test]
async fn an_entry_with_a_text_that_is_no_token_is_not_used() {
    let world = world().await;
    world.token(&world.process()).await;
    let text = fs::read_to_string(world.entry()).unwrap();
    fs::write(world.entry(), text.replace("\"t1\"", "\"t1\\r\\nx: y\"")).unwrap();
    assert_eq!(world.token(&world.process()).await, "t2");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_costs_the_cache_and_nothing_else() {
    let world = world().await;
    let source = world.process();
    fs::remove_dir_all(world.folder.path().join("tokens")).unwrap();
    assert_eq!(world.token(&source).await, "t1");
}

#[tokio::test]
async fn what_has_been_dead_for_days_is_swept_away() {
    let world = world().await;
    let (source, folder) = (world.process(), world.folder.path().join("tokens"));
    for (name, hours) in [("old.json", 49), (".new-old", 49), ("new.json", 47), ("old.lock", 49)] {
        let file = fs::File::create(folder.join(name)).unwrap();
        let then = file.metadata().unwrap().modified().unwrap();
        file.set_modified(then - Duration::from_hours(hours)).unwrap();
    }
    world.token(&source).await;
    let is_left = |name: &str| folder.join(name).exists();
    assert!(!is_left("old.json") && !is_left(".new-old"));
    assert!(is_left("new.json") && is_left("old.lock"), "a lock may be held");
}

#[tokio::test]
async fn a_new_login_finds_nothing_of_the_old_one() {
    let world = world().await;
    world.token(&world.process()).await;
    let other = Credentials::new(KEY, "another-secret").unwrap();
    let source = Client::builder(world.endpoints(), other).cache(world.disk());
    let source = source.timer(world.timer.clone()).build_tokens().unwrap();
    assert_eq!(world.token(&source).await, "t2");
}

#[tokio::test]
async fn another_style_is_another_entry() {
    let world = world().await;
    world.token(&world.process()).await;
    let source = world.builder().cache(world.disk()).style(Style::Json).build_tokens().unwrap();
    assert_eq!(world.token(&source).await, "t2");
}

#[tokio::test]
async fn what_is_forgotten_is_gone_from_memory_and_disk() {
    let world = world().await;
    let source = world.process();
    world.token(&source).await;
    source.forget(&Scopes::default()).await.unwrap();
    assert_eq!(world.token(&source).await, "t2");
    world.disk().clear().unwrap();
    assert_eq!(world.token(&world.process()).await, "t3");
}

#[tokio::test]
async fn a_revoked_token_is_told_to_the_server_and_forgotten() {
    let world = world().await;
    let source = world.process();
    let token = source.token(&Scopes::default(), Duration::ZERO).await.unwrap();
    source.revoke(&token).await.unwrap();
    let calls = world.server.calls();
    assert_eq!(calls[0].path, "/api/auth/oauth/revoke");
    assert!(calls[0].body.ends_with("&token=t1"), "{}", calls[0].body);
    assert_eq!(world.token(&source).await, "t2");
}

#[test]
fn the_folder_is_where_the_system_has_caches() {
    let at = |pairs: &'static [(&str, &str)]| {
        user_folder(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, v)| v.into()))
    };
    assert_eq!(at(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]), Some("/x/keymoor".into()));
    assert_eq!(at(&[("XDG_CACHE_HOME", "x"), ("HOME", "/h")]), Some("/h/.cache/keymoor".into()));
    assert_eq!(at(&[]), None);
}

#[tokio::test]
async fn s96_all_tokens_of_an_api_key_are_forgotten_and_those_of_others_stay() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.builder().cache(world.disk()).build_tokens().unwrap();
    let scope = keymoor_client::OrganizationId::parse("1b1f3f1c-6c2f-4a35-9a0e-0d0f6a1c2b3d");
    let scopes = [keymoor_client::Scope::Organization(scope.unwrap())].into_iter().collect();
    for scopes in [&keymoor_client::Scopes::default(), &scopes] {
        source.token(scopes, std::time::Duration::ZERO).await.unwrap();
    }
    let left = || {
        let files = std::fs::read_dir(world.folder.path().join("tokens")).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.rsplit('.').next() == Some("json")).count()
    };
    let (ends, other) =
        (world.endpoints(), keymoor_client::ClientKey::parse("another-key").unwrap());
    world.disk().forget(ends.token_url(), &other).unwrap();
    assert_eq!(left(), 2);
    world.disk().forget(ends.token_url(), &crate::support::credentials().key).unwrap();
    assert_eq!(left(), 0);
}

#[tokio::test]
async fn every_token_of_a_key_is_found_whatever_its_scopes_and_no_other_keys() {
    let world = world().await;
    let organization = crate::support::scoped("23ddc327-0aaa-11e3-8000-123131111102");
    for scopes in [&Scopes::default(), &organization] {
        world.process().token(scopes, Duration::ZERO).await.unwrap();
    }
    let find = |key: &str| {
        let url = world.endpoints().token_url().clone();
        let found = world.disk().tokens(&url, &keymoor_client::ClientKey::parse(key).unwrap());
        let mut texts: Vec<_> = found.iter().map(|token| token.expose().to_owned()).collect();
        texts.sort();
        texts
    };
    assert_eq!(find(KEY), ["t1", "t2"]);
    assert!(find("another-key").is_empty());
}
