//! Logging in by device, and renewing by the refresh token that came of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use keymoor_client::{
    Builder, ClientKey, ClientSecret, Credentials, Error, Kind, OrganizationId, Scopes, Timer,
    TokenSource, Tokens,
    device::{DeviceError, LoggedIn},
    profile::{Organization, Profile, ProfileCredentials, ProfileName, ProfileStore, SecretPlace},
    timing::SystemTimer,
    vault::Wanted,
};

use crate::support::{Say, Seen, Server, World, scoped};

const APPLICATION: &str = "0f9c6f5e-2d1f-4e0c-8a57-5f8f3f0f0a11";
const FIRST: &str = "kmr_first-refresh-token";

/// Metadata and a code; each poll is answered by what `polled` says of its number, counted from 0.
async fn world(polled: impl Fn(usize) -> Say + Send + Sync + 'static) -> World {
    let polls = AtomicUsize::new(0);
    let world = World::scripted(|_| Say::status(500)).await;
    let origin = world.server.origin.clone();
    world.server.now_says(move |seen| match seen.path.as_str() {
        "/.well-known/oauth-authorization-server" => {
            let endpoint = format!("{origin}/device_authorization");
            Say::json(200, format!(r#"{{"device_authorization_endpoint":"{endpoint}"}}"#))
        }
        "/device_authorization" => Say::json(
            200,
            r#"{"device_code":"the-device-code","user_code":"BCDF-\u001bGHJK",
                "verification_uri":"https://k.example/device","expires_in":600,"interval":5}"#,
        ),
        _ => polled(polls.fetch_add(1, Ordering::SeqCst)),
    });
    world
}

async fn logged_in(world: &World) -> Result<LoggedIn, Error> {
    let builder = Builder::to_log_in(world.endpoints()).timer(world.timer.clone());
    let device = builder
        .organization(OrganizationId::parse(ORGANIZATION).unwrap())
        .build_device(ClientKey::parse(APPLICATION).unwrap())
        .unwrap();
    let code = device.ask().await?;
    assert_eq!(code.user_code, "BCDF- GHJK", "no control character steers the terminal");
    device.wait(&code).await
}

const ORGANIZATION: &str = "1b1f3f1c-6c2f-4a35-9a0e-0d0f6a1c2b3d";

fn refused(error: &str) -> Say {
    Say::json(400, format!(r#"{{"error":"{error}"}}"#))
}

/// An access token, and the refresh token that is to be used the next time.
fn tokens(access: &str, refresh: &str) -> Say {
    Say::json(
        200,
        format!(
            r#"{{"access_token":"{access}","token_type":"Bearer","expires_in":300,
                "refresh_token":"{refresh}"}}"#
        ),
    )
}

#[tokio::test]
async fn a_device_waits_as_long_as_the_server_says_and_gets_a_refresh_token() {
    let world = world(|poll| match poll {
        0 | 2 => refused("authorization_pending"),
        1 => refused("slow_down"),
        _ => tokens("t1", FIRST),
    })
    .await;
    let LoggedIn { credentials, access_token } = logged_in(&world).await.unwrap();
    assert_eq!(credentials.secret.expose(), FIRST);
    assert_eq!(access_token.expose(), "t1");
    let pauses: Vec<_> = world.timer.pauses().iter().map(Duration::as_secs).collect();
    assert_eq!(pauses, [5, 5, 10, 10]);
    let asked = &world.server.seen()[1].body;
    assert!(asked.contains("scope=offline_access+organization%3A1b1f3f1c"), "{asked}");
    let polled = &world.server.seen()[2].body;
    assert!(polled.contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"));
    assert!(polled.contains("device_code=the-device-code") && !polled.contains("client_secret"));
}

async fn fails(code: &'static str) -> DeviceError {
    let world = world(move |_| refused(code)).await;
    match logged_in(&world).await.unwrap_err() {
        Error::Device(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_is_denied_is_told_so() {
    let error = fails("access_denied").await;
    assert_eq!((&error, error.kind()), (&DeviceError::Denied, Kind::Credentials));
}

#[tokio::test]
async fn a_code_that_expired_is_told() {
    assert_eq!(fails("expired_token").await, DeviceError::Expired);
}

#[tokio::test]
async fn an_application_that_may_not_sends_one_to_its_owner() {
    let error = fails("unauthorized_client").await;
    assert_eq!(error, DeviceError::NotAllowed);
    assert!(error.hint().contains("owner"), "{}", error.hint());
}

#[tokio::test]
async fn a_server_that_goes_on_saying_pending_is_left_when_the_code_has_expired() {
    let world = world(|_| refused("authorization_pending")).await;
    let timer = world.timer.clone();
    let origin = world.server.origin.clone();
    world.server.now_says(move |seen| {
        timer.step(100);
        if seen.path.starts_with("/.well") {
            let endpoint = format!("{origin}/d");
            return Say::json(200, format!(r#"{{"device_authorization_endpoint":"{endpoint}"}}"#));
        }
        match seen.path.as_str() {
            "/d" => Say::json(
                200,
                r#"{"device_code":"the-device-code","user_code":"BCDF-\u001bGHJK",
                    "verification_uri":"https://k.example/device","expires_in":600}"#,
            ),
            _ => refused("authorization_pending"),
        }
    });
    let error = logged_in(&world).await.unwrap_err();
    assert!(matches!(error, Error::Device(DeviceError::Expired)), "{error:?}");
    assert_eq!(world.server.token_requests(), 5);
}

#[tokio::test]
async fn an_application_without_refresh_tokens_is_told_of_them() {
    let without = r#"{"access_token":"t1","token_type":"Bearer","expires_in":300}"#;
    let world = world(move |_| Say::json(200, without)).await;
    let error = logged_in(&world).await.unwrap_err();
    assert!(matches!(error, Error::Device(DeviceError::NoRefreshToken)), "{error:?}");
    assert!(error.hint().contains("tick Refresh tokens"), "{}", error.hint());
}

#[tokio::test]
async fn metadata_that_name_another_server_are_not_followed() {
    let other = Server::start(|_| Say::status(200)).await;
    let elsewhere = other.origin.clone();
    let world = World::scripted(move |_| {
        Say::json(200, format!(r#"{{"device_authorization_endpoint":"{elsewhere}/d"}}"#))
    })
    .await;
    let error = logged_in(&world).await.unwrap_err();
    assert!(matches!(error, Error::Device(DeviceError::Unsupported(_))), "{error:?}");
    assert_eq!(other.seen().len(), 0);
}

/// A profile that logged in by device, and a server that gives `tN` and `kmr_refresh-N` for the
/// refresh token before, once.
struct Home {
    world: World,
    store: ProfileStore,
}

impl Home {
    async fn new() -> Self {
        let count = AtomicUsize::new(0);
        Self::answered(move |seen| {
            let number = count.load(Ordering::SeqCst);
            let presented = if number == 0 { FIRST.to_owned() } else { refresh_token(number) };
            if !seen.body.contains(&format!("refresh_token={presented}")) {
                return refused("invalid_grant");
            }
            count.store(number + 1, Ordering::SeqCst);
            tokens(&format!("t{}", number + 1), &refresh_token(number + 1))
        })
        .await
    }

    async fn answered(script: impl Fn(&Seen) -> Say + Send + Sync + 'static) -> Self {
        let world = World::scripted(script).await;
        let store = ProfileStore::in_folder(world.folder.path().join("config"));
        let home = Self { world, store };
        home.log_in(FIRST);
        home
    }

    fn log_in(&self, refresh_token: &str) {
        let key = ClientKey::parse(APPLICATION).unwrap();
        let pair = Credentials::of_login(key.clone(), ClientSecret::parse(refresh_token).unwrap());
        let name = ProfileName::standard();
        self.store.vault().write(&name, &pair, Wanted::File).unwrap();
        let profile = Profile {
            endpoints: self.world.endpoints(),
            key,
            organization: Organization::Auto,
            secret: SecretPlace::File,
            refreshes: true,
        };
        let lock = self.store.lock().unwrap();
        let mut known = lock.read().unwrap();
        known.named.insert(name, profile);
        lock.write(&known).unwrap();
    }

    /// What another process has: the profile and the cache of all.
    fn process(&self) -> TokenSource {
        self.process_by(self.world.timer.clone())
    }

    /// Two that wait for each other, which takes its time.
    fn processes(&self) -> (TokenSource, TokenSource) {
        let one = || self.process_by(Arc::new(SystemTimer));
        (one(), one())
    }

    fn process_by(&self, timer: Arc<dyn Timer>) -> TokenSource {
        let ends = self.world.endpoints();
        let own =
            ProfileCredentials::new(self.store.clone(), ProfileName::standard(), ends.clone());
        let builder = Builder::new(ends, own).timer(timer);
        builder.cache(self.world.disk()).build_tokens().unwrap()
    }

    fn kept(&self) -> Credentials {
        let key = ClientKey::parse(APPLICATION).unwrap();
        let found =
            self.store.vault().credentials(&ProfileName::standard(), SecretPlace::File, &key);
        found.unwrap().unwrap()
    }
}

fn refresh_token(number: usize) -> String {
    format!("kmr_refresh-{number}-token")
}

#[tokio::test]
async fn a_renewal_sends_the_refresh_token_and_keeps_the_next() {
    let home = Home::new().await;
    assert_eq!(home.world.token(&home.process()).await, "t1");
    let body = &home.world.server.seen()[0].body;
    assert!(body.contains("grant_type=refresh_token"), "{body}");
    assert!(body.contains(&format!("client_id={APPLICATION}")), "{body}");
    assert!(!body.contains("client_secret"), "{body}");
    assert_eq!(home.kept().secret.expose(), refresh_token(1));
    home.world.timer.step(296);
    assert_eq!(home.world.token(&home.process()).await, "t2");
    assert_eq!(home.kept().secret.expose(), refresh_token(2));
}

#[tokio::test]
async fn the_cached_token_is_found_although_the_refresh_token_is_another() {
    let home = Home::new().await;
    home.world.token(&home.process()).await;
    assert_eq!(home.world.token(&home.process()).await, "t1");
    assert_eq!(home.world.server.token_requests(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s96_two_that_renew_at_once_exchange_once() {
    let home = Home::new().await;
    let (one, other) = home.processes();
    let got = tokio::join!(home.world.token(&one), home.world.token(&other));
    assert_eq!(got, ("t1".to_owned(), "t1".to_owned()));
    assert_eq!(home.world.server.token_requests(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_want_other_scopes_at_once_spend_no_refresh_token_twice() {
    let home = Home::new().await;
    let (one, other) = home.processes();
    let (named, organizations) = (Scopes::parse("reports:read").unwrap(), scoped(ORGANIZATION));
    let got = tokio::join!(
        one.token(&named, Duration::ZERO),
        other.token(&organizations, Duration::ZERO)
    );
    assert!(got.0.is_ok() && got.1.is_ok(), "{got:?}");
    assert_eq!(home.kept().secret.expose(), refresh_token(2));
}

#[tokio::test]
async fn a_login_that_was_ended_says_how_to_begin_anew() {
    let home = Home::answered(|_| refused("invalid_grant")).await;
    let error = home.process().token(&Scopes::default(), Duration::ZERO).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Credentials);
    assert!(error.hint().contains("keymoor login --device"), "{}", error.hint());
    assert_eq!(home.kept().secret.expose(), FIRST);
}

#[tokio::test]
async fn an_access_token_whose_refresh_token_cannot_be_kept_is_not_given_out() {
    let home = Home::new().await;
    let secrets = home.store.folder().join("secrets");
    let cleared = Arc::new(secrets.clone());
    home.world.server.now_says(move |_| {
        // The folder is gone, and a file where it was.
        std::fs::remove_dir_all(cleared.as_path()).unwrap();
        std::fs::write(cleared.as_path(), "").unwrap();
        tokens("t1", "kmr_next-refresh-token")
    });
    let got = home.process().token(&Scopes::default(), Duration::ZERO).await;
    assert_eq!(got.unwrap_err().kind(), Kind::Credentials);
}

#[tokio::test]
async fn a_login_meanwhile_is_not_written_over() {
    let home = Arc::new(Home::new().await);
    let own = Arc::downgrade(&home);
    home.world.server.now_says(move |_| {
        own.upgrade().unwrap().log_in("kmr_of-another-login");
        tokens("t1", "kmr_next-refresh-token")
    });
    home.world.token(&home.process()).await;
    assert_eq!(home.kept().secret.expose(), "kmr_of-another-login");
}

#[tokio::test]
async fn s101_neither_credentials_nor_errors_show_the_refresh_token() {
    let words = format!(r#"{{"error":"invalid_grant","error_description":"not {FIRST}"}}"#);
    let home = Home::answered(move |_| Say::json(400, words.clone())).await;
    let error = home.process().token(&Scopes::default(), Duration::ZERO).await.unwrap_err();
    let shown = format!("{error} {error:?} {:?}", home.kept());
    assert!(!shown.contains(FIRST), "{shown}");
}

#[tokio::test]
async fn a_login_is_ended_by_its_refresh_token() {
    let home = Home::answered(|_| Say::status(200)).await;
    home.process().end_login().await.unwrap();
    let seen = &home.world.server.seen()[0];
    assert_eq!(seen.path, "/api/auth/oauth/revoke");
    assert_eq!(seen.body, format!("client_id={APPLICATION}&token={FIRST}"));
}
