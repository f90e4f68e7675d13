//! A guard in this process, a real server in another one, and the removal feed between them.

use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};
use keymoor_core::{OrganizationId, access::Target, refusal::Refusal};
use keymoor_guard::{FeedCredentials, FeedWatch, Guard};

use super::process::{Client, Server, admin_json};

/// The longest that a guard may take after the answer to a change: 1 s at p99, which
/// `bench/reliability` shows, and no heartbeat or new connection brings it about by chance.
const BOUND: Duration = Duration::from_secs(3);

struct Api {
    guard: Guard,
    watch: FeedWatch,
}

impl Api {
    /// A guard that has heard the server's first snapshot.
    async fn behind(server: &Server) -> Self {
        let audience = format!("{}/api", server.url);
        let create = ["resource-server", "create", "--audience", &audience, "--name", "Api"];
        let made = admin_json(server.path(), &create, "");
        let field = |name: &str| made[name].as_str().unwrap().to_owned();
        let credentials = FeedCredentials::new(&field("client_id"), &field("client_secret"));
        let (guard, watch) = Guard::remote(&server.url).feed(credentials).build_watched().unwrap();
        let api = Self { guard, watch: watch.unwrap() };
        api.until(|api| api.watch.health().number > 0).await;
        api
    }

    async fn check(&self, header: &str, target: Target) -> Result<(), Refusal> {
        let value = header.strip_prefix("Authorization: ").unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        self.guard.check(&headers, &Uri::from_static("/"), target).await.map(drop)
    }

    /// Waits, not for ever.
    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", self.watch.health());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until the guard says so, no longer than [`BOUND`].
    async fn until_refused(&self, header: &str, target: Target) -> Refusal {
        let begun = Instant::now();
        loop {
            if let Err(refusal) = self.check(header, target).await {
                return refusal;
            }
            assert!(begun.elapsed() < BOUND, "{:?}", self.watch.health());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

fn remove(server: &Server, client: &Client) {
    admin_json(server.path(), &["token", "remove", &client.key], "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_key_is_refused_by_a_guard_elsewhere() {
    let server = Server::start();
    let (removed, other) = (server.client("ada@example.com"), server.client("bob@example.com"));
    let api = Api::behind(&server).await;
    let (dead, alive) = (server.bearer(&removed), server.bearer(&other));
    assert_eq!(api.check(&dead, Target::General).await, Ok(()));
    remove(&server, &removed);
    assert_eq!(api.until_refused(&dead, Target::General).await, Refusal::Removed);
    assert_eq!(api.check(&alive, Target::General).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn s38_federation_and_disabling_reach_a_guard_elsewhere() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    let id = admin_json(server.path(), &create, "")["uuid"].as_str().unwrap().to_owned();
    let organization: OrganizationId = id.parse().unwrap();
    let target = Target::Organization(organization);
    let api = Api::behind(&server).await;
    let bearer = server.bearer(&client);
    assert_eq!(api.check(&bearer, target).await, Ok(()));
    admin_json(server.path(), &["organization", "set-federated", &id, "on"], "");
    let refused = api.until_refused(&bearer, target).await;
    assert_eq!(refused, Refusal::AdditionalAuthentication(organization));
    admin_json(server.path(), &["organization", "set-federated", &id, "off"], "");
    admin_json(server.path(), &["organization", "disable", &id], "");
    let begun = Instant::now();
    while api.check(&bearer, target).await != Err(Refusal::OrganizationDisabled) {
        assert!(begun.elapsed() < BOUND, "{:?}", api.watch.health());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s38_s40_a_scope_dies_at_a_guard_elsewhere_with_the_switch_and_with_the_membership() {
    let server = Server::start();
    let (owner, member) = (server.client("ada@example.com"), server.client("bob@example.com"));
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    let id = admin_json(server.path(), &create, "")["uuid"].as_str().unwrap().to_owned();
    let add = ["organization", "add-member", "--organization", &id, "--email", "bob@example.com"];
    admin_json(server.path(), &add, "");
    let target = Target::Organization(id.parse().unwrap());
    let api = Api::behind(&server).await;
    let scope = format!("organization:{id}");
    let (owners, members) =
        (server.scoped_bearer(&owner, &scope), server.scoped_bearer(&member, &scope));
    for bearer in [&owners, &members] {
        assert_eq!(api.check(bearer, target).await, Ok(()));
    }
    let remove =
        ["organization", "remove-member", "--organization", &id, "--email", "bob@example.com"];
    admin_json(server.path(), &remove, "");
    assert_eq!(api.until_refused(&members, target).await, Refusal::Removed);
    assert_eq!(api.check(&owners, target).await, Ok(()));
    admin_json(server.path(), &["organization", "set-federated", &id, "on"], "");
    assert_eq!(api.until_refused(&owners, target).await, Refusal::Removed);
}

#[tokio::test(flavor = "multi_thread")]
async fn s32_a_withdrawn_signing_key_is_refused_by_a_guard_elsewhere_and_the_new_one_accepted() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let api = Api::behind(&server).await;
    let bearer = server.bearer(&client);
    assert_eq!(api.check(&bearer, Target::General).await, Ok(()));
    let list = admin_json(server.path(), &["signing-key", "list"], "");
    let kid = list[0]["kid"].as_str().unwrap();
    admin_json(server.path(), &["signing-key", "withdraw", kid], "");
    let refused = api.until_refused(&bearer, Target::General).await;
    assert_eq!(refused.error(), "invalid_token");
    let new = server.bearer(&client);
    let begun = Instant::now();
    while api.check(&new, Target::General).await.is_err() {
        assert!(begun.elapsed() < BOUND);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_hears_what_happened_while_the_server_was_away() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let api = Api::behind(&server).await;
    let bearer = server.bearer(&client);
    assert_eq!(api.check(&bearer, Target::General).await, Ok(()));
    let port = server.url.rsplit(':').next().unwrap().to_owned();
    let server = server.stop();
    assert_eq!(api.check(&bearer, Target::General).await, Ok(()), "s94: the server is dead");
    admin_json(server.path(), &["token", "remove", &client.key], "");
    let address = format!("127.0.0.1:{port}");
    let _server = Server::spawn_at(super::process::keymoor(), server, &address, &[]);
    assert_eq!(api.until_refused(&bearer, Target::General).await, Refusal::Removed);
}
