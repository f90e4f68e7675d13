//! A server that the network cuts off from its database, in a network of its own.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use keymoor_testkit::Postgres;
use tokio::{
    net::{TcpListener, UnixStream},
    sync::watch,
};

use crate::{
    figures::{skip, tell},
    http::{ApiToken, Outcome},
    node::Node,
    place::Place,
};

/// For how long a server may issue by what it read last.
const STALE: Duration = Duration::from_secs(5);
/// What it takes to notice, on a machine that does much else.
const SLACK: Duration = Duration::from_secs(2);
/// How soon it has to be in step again once the network is whole.
const BACK: Duration = Duration::from_secs(5);

/// How soon changes are announced again, however the connection died: 5 seconds of silence, a question without
/// an answer, and a new connection.
const ANNOUNCED: Duration = Duration::from_secs(13);
/// Most of what is announced is known after, while what is looked for each second takes any part of one.
const SOON: Duration = Duration::from_millis(400);

/// A network with one machine in it, and a line between that and this one.
struct Network {
    name: String,
    /// Of this end of the line.
    address: String,
}

fn run(words: &[&str]) -> Result<String, String> {
    let output = Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{}: {error}", words[0]))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

impl Network {
    /// A new one, or why not.
    fn new() -> Result<Self, String> {
        let number = std::process::id();
        let name = format!("km{number}");
        // Of the block that is for tests of networks (RFC 2544).
        let net = format!("198.18.{}", number % 256);
        let network = Self { name, address: format!("{net}.1") };
        let Self { name, address } = &network;
        let (here, there) = (format!("{name}a"), format!("{name}b"));
        run(&["ip", "netns", "add", name])?;
        run(&["ip", "link", "add", &here, "type", "veth", "peer", "name", &there, "netns", name])?;
        run(&["ip", "address", "add", &format!("{address}/24"), "dev", &here])?;
        run(&["ip", "link", "set", &here, "up"])?;
        run(&["ip", "-n", name, "address", "add", &format!("{net}.2/24"), "dev", &there])?;
        run(&["ip", "-n", name, "link", "set", &there, "up"])?;
        run(&["ip", "-n", name, "link", "set", "lo", "up"])?;
        Ok(network)
    }

    /// Cuts the line, or mends it. Packets are dropped without a word.
    fn set(&self, state: &str) {
        run(&["ip", "link", "set", &format!("{}a", self.name), state]).unwrap();
    }

    /// What runs a program in there.
    fn runner(&self) -> Vec<String> {
        ["ip", "netns", "exec", &self.name].map(str::to_owned).to_vec()
    }

    /// What the token endpoint of a server in there answers to somebody beside it.
    fn ask(&self, node: &Node, token: &ApiToken) -> String {
        let url = format!("{}/api/auth/oauth/token", node.url);
        let form = format!("grant_type=client_credentials&client_id={}", token.key);
        let secret = format!("client_secret={}", token.secret);
        let words =
            ["ip", "netns", "exec", &self.name, "curl", "-s", "-m", "10", "-w", "%{http_code}"];
        let more = ["-o", "/dev/null", "-d", &form, "-d", &secret, &url];
        run(&[&words[..], &more[..]].concat()).unwrap_or_default()
    }

    /// Asks until the answer is `expected`; how long that took.
    async fn until(
        &self,
        node: &Node,
        token: &ApiToken,
        expected: &str,
        bound: Duration,
    ) -> Duration {
        let begun = Instant::now();
        while self.ask(node, token) != expected {
            assert!(begun.elapsed() < bound, "not {expected} after {bound:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        begun.elapsed()
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // Its end of the line goes with it.
        let _ = run(&["ip", "netns", "delete", &self.name]);
        let _ = run(&["ip", "link", "delete", &format!("{}a", self.name)]);
    }
}

/// Passes what comes over the line on to the database's socket. It gives the port, and what lets every
/// connection go as a machine does that dies: whoever is not reached just then never hears of it.
async fn door(network: &Network, socket: String) -> (u16, watch::Sender<()>) {
    let listener = TcpListener::bind(format!("{}:0", network.address)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (die, alive) = watch::channel(());
    tokio::spawn(async move {
        while let Ok((mut there, _)) = listener.accept().await {
            let (socket, mut alive) = (socket.clone(), alive.clone());
            alive.mark_unchanged();
            there.set_zero_linger().unwrap();
            tokio::spawn(async move {
                let mut here = UnixStream::connect(socket).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut there, &mut here) => {}
                    _ = alive.changed() => {}
                }
            });
        }
    });
    (port, die)
}

/// How long after the answers to ten removals at one server the other one refuses, shortest first.
async fn delays(network: &Network, place: &Place, node: &Node, far: &Node) -> Vec<Duration> {
    let bearer = node.caller.bearer(&place.token()).await.unwrap();
    let mut delays = Vec::new();
    for number in 0..10 {
        let made = node.caller.create(&bearer, &format!("n{number}")).await;
        let Outcome::Done(token) = made else { panic!("{made:?}") };
        network.until(far, &token, "200", BACK).await;
        let removed = node.caller.remove(&bearer, &token.key).await;
        assert!(matches!(removed, Outcome::Done(_)), "{removed:?}");
        delays.push(network.until(far, &token, "401", BACK).await);
    }
    delays.sort();
    delays
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s90_a_server_that_is_cut_off_stops_issuing_and_knows_what_was_removed_when_it_is_back() {
    let network = match Network::new() {
        Ok(network) => network,
        Err(why) => return skip("s90, a partition between servers", &why),
    };
    let server = Postgres::start();
    let here = Place::shared(server.database());
    let url = here.database_url().unwrap();
    let (database, folder) = url.split_once("?host=").unwrap();
    let (port, die) = door(&network, format!("{folder}/.s.PGSQL.5432")).await;
    let name = database.rsplit_once('/').unwrap().1;
    let through = format!("postgres://postgres@{}:{port}/{name}?sslmode=disable", network.address);
    let there = here.beside_through(through);
    let (kept, removed) = (here.token(), here.token());
    let (node, far) = (here.start(), there.try_start(&network.runner()).unwrap());
    for token in [&kept, &removed] {
        network.until(&far, token, "200", BACK).await;
    }
    network.set("down");
    let cut = Instant::now();
    die.send_replace(());
    let bearer = node.caller.bearer(&kept).await.unwrap();
    let outcome = node.caller.remove(&bearer, &removed.key).await;
    assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
    network.until(&far, &removed, "503", STALE + SLACK).await;
    let stopped = cut.elapsed();
    assert_eq!(network.ask(&far, &kept), "503");
    assert_eq!(node.caller.ask(&kept).await.unwrap().status, 200, "the other one goes on");
    network.set("up");
    let back = network.until(&far, &kept, "200", BACK).await;
    let line = format!("| a server is cut off from the database | {stopped:.1?} | {back:.1?} |");
    tell("partition", &line);
    assert_eq!(network.ask(&far, &removed), "401");
    tokio::time::sleep(ANNOUNCED).await;
    let delays = delays(&network, &here, &node, &far).await;
    assert!(delays[7] < SOON, "it hears of no change, and looks each second: {delays:?}");
}
