//! Three servers on one database: how soon a removal at one of them counts at all of them, and at
//! guards that listen to any of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};
use keymoor_core::access::Target;
use keymoor_guard::{FeedCredentials, Guard};
use keymoor_testkit::postgres;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::{
    figures::{count, percentiles, tell},
    http::{ApiToken, Caller, Outcome},
    node::Node,
    place::Place,
};

/// From the answer to a removal to the refusal at every server, and at 99 of 100 guards.
const SERVERS: Duration = Duration::from_secs(2);
const GUARDS: Duration = Duration::from_secs(1);
/// Waited for much longer, so that a figure comes out.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long an access token is used before another one is asked for.
const RENEW: Duration = Duration::from_mins(4);

/// Spreads connections over the servers, one after another. It listens where clients are told to go.
fn spread(door: TcpListener, nodes: &[Node]) {
    let addresses: Vec<String> =
        nodes.iter().map(|node| node.url["http://".len()..].to_owned()).collect();
    let next = AtomicUsize::new(0);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = door.accept().await {
            let place = next.fetch_add(1, Ordering::SeqCst) % addresses.len();
            let address = addresses[place].clone();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(address).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
}

/// The guards of an API, each listening to another server, which have heard its first word.
async fn guards(place: &Place, url: &str) -> Vec<Arc<Guard>> {
    let audience = format!("{url}/api");
    let create = ["resource-server", "create", "--audience", &audience, "--name", "Api"];
    let made = place.admin(&create);
    let field = |name: &str| made[name].as_str().unwrap().to_owned();
    let credentials = FeedCredentials::new(&field("client_id"), &field("client_secret"));
    let mut guards = Vec::new();
    for _ in 0..3 {
        let remote = Guard::remote(url).feed(credentials.clone());
        let (guard, watch) = remote.build_watched().unwrap();
        let watch = watch.unwrap();
        while watch.health().number == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        guards.push(Arc::new(guard));
    }
    guards
}

async fn passes(guard: &Guard, bearer: &str) -> bool {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(&format!("Bearer {bearer}")).unwrap();
    headers.insert(AUTHORIZATION, value);
    guard.check(&headers, &Uri::from_static("/"), Target::General).await.is_ok()
}

/// When a guard first refuses it.
fn watch_guard(guard: &Arc<Guard>, bearer: &str) -> JoinHandle<Instant> {
    let (guard, bearer) = (guard.clone(), bearer.to_owned());
    tokio::spawn(async move {
        while passes(&guard, &bearer).await {
            tokio::time::sleep(Duration::from_micros(500)).await;
        }
        Instant::now()
    })
}

/// When a server first refuses it, which it may only as what it is.
fn watch_node(node: &Node, token: &ApiToken) -> JoinHandle<Instant> {
    let (caller, token) = (node.caller.clone(), token.clone());
    tokio::spawn(async move {
        loop {
            let answer = caller.ask(&token).await.unwrap();
            if answer.status == 401 {
                return Instant::now();
            }
            assert_eq!(answer.status, 200, "{answer:?}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
}

/// How long after `answered` each of them was.
async fn delays(watchers: Vec<JoinHandle<Instant>>, answered: Instant) -> Vec<Duration> {
    let mut delays = Vec::new();
    for watcher in watchers {
        let refused = tokio::time::timeout(PATIENCE, watcher).await.expect("it is never refused");
        delays.push(refused.unwrap().saturating_duration_since(answered));
    }
    delays
}

/// Asks one server for tokens until told to stop; how many there were.
async fn load(caller: Caller, token: ApiToken, goes_on: Arc<AtomicBool>) -> usize {
    let mut issued = 0;
    while goes_on.load(Ordering::SeqCst) {
        issued += usize::from(caller.bearer(&token).await.is_some());
    }
    issued
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s90_a_removal_at_one_server_counts_at_all_and_at_their_guards() {
    let times = count("KEYMOOR_FAULT_REMOVALS", 40);
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", door.local_addr().unwrap());
    let mut place = Place::shared(postgres().database());
    place.public_url.clone_from(&url);
    let (second, third) = (place.beside(), place.beside());
    let owner = place.token();
    let nodes = [place.start(), second.start(), third.start()];
    spread(door, &nodes);
    let guards = guards(&place, &url).await;
    let goes_on = Arc::new(AtomicBool::new(true));
    let clients = nodes.iter().cycle().take(nodes.len() * count("KEYMOOR_FAULT_LOAD", 1));
    let loads: Vec<_> = clients
        .map(|node| tokio::spawn(load(node.caller.clone(), owner.clone(), goes_on.clone())))
        .collect();
    let (begun, mut asked) = (Instant::now(), Instant::now());
    let mut bearer = nodes[0].caller.bearer(&owner).await.unwrap();
    let (mut at_nodes, mut at_guards) = (Vec::new(), Vec::new());
    for number in 0..times {
        if asked.elapsed() > RENEW {
            bearer = nodes[0].caller.bearer(&owner).await.unwrap();
            asked = Instant::now();
        }
        let node = &nodes[number % nodes.len()];
        let made = node.caller.create(&bearer, &format!("n{number}")).await;
        let Outcome::Done(token) = made else { panic!("{made:?}") };
        let live = node.caller.bearer(&token).await.unwrap();
        for guard in &guards {
            assert!(passes(guard, &live).await, "the guard refuses a token that is not removed");
        }
        let other = &nodes[(number + 1) % nodes.len()];
        let watch_guards = guards.iter().map(|guard| watch_guard(guard, &live)).collect();
        let removed = other.caller.remove(&bearer, &token.key).await;
        let answered = Instant::now();
        assert!(matches!(removed, Outcome::Done(_)), "{removed:?}");
        let watch_nodes = nodes.iter().map(|node| watch_node(node, &token)).collect();
        at_nodes.extend(delays(watch_nodes, answered).await.into_iter().max());
        at_guards.extend(delays(watch_guards, answered).await);
    }
    goes_on.store(false, Ordering::SeqCst);
    let mut issued = 0;
    for load in loads {
        issued += load.await.unwrap();
    }
    let rate = issued / usize::try_from(begun.elapsed().as_secs().max(1)).unwrap();
    at_nodes.sort();
    at_guards.sort();
    let (at_nodes, at_guards) = (at_nodes.as_slice(), at_guards.as_slice());
    let columns = |sorted| percentiles(sorted, &[50, 99, 100]);
    let at = format!("{times} removals, 3 servers, {rate} tokens/s issued meanwhile");
    tell("removals", &format!("| {at}: by every server | {} |", columns(at_nodes)));
    tell("removals", &format!("| the same: by 3 guards | {} |", columns(at_guards)));
    assert!(at_nodes.last().unwrap() <= &SERVERS);
    assert!(at_guards[(at_guards.len() - 1) * 99 / 100] <= GUARDS);
}
