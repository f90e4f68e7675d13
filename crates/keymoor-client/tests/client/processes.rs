//! Many processes that share one cache. Each is this test binary again, told what to do by a pipe.

use std::{
    env, fs,
    future::Future,
    io::{BufRead, BufReader, Write, stdin},
    path::PathBuf,
    pin::Pin,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use keymoor_client::{
    Client, Credentials, DiskCache, Endpoints, Scopes, Timer, Tokens, timing::Since,
};
use keymoor_core::{Clock, UnixTime};

use crate::support::{KEY, SECRET, Say, World};

const ORIGIN: &str = "KEYMOOR_TEST_ORIGIN";
const FOLDER: &str = "KEYMOOR_TEST_FOLDER";
const PROCESSES: usize = 20;

/// A clock that stands in a file, for all processes the same.
struct FileTimer(PathBuf);

impl Clock for FileTimer {
    fn now(&self) -> UnixTime {
        let text = fs::read_to_string(&self.0).unwrap();
        UnixTime::from_seconds(text.trim().parse().unwrap())
    }

    fn monotonic(&self) -> Duration {
        Duration::from_secs(self.now().seconds().unsigned_abs())
    }
}

impl Timer for FileTimer {
    fn since(&self) -> Since {
        Since::Boot(7)
    }

    fn pause(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// One process: reads its secret, then for each further line gets a token and prints it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn process() {
    let (Some(origin), Some(folder)) = (env::var_os(ORIGIN), env::var_os(FOLDER)) else { return };
    let folder = PathBuf::from(folder);
    let mut lines = stdin().lock().lines().map(Result::unwrap);
    let credentials = Credentials::new(KEY, &lines.next().unwrap()).unwrap();
    let endpoints = Endpoints::at(origin.to_str().unwrap()).unwrap();
    let source = Client::builder(endpoints, credentials)
        .cache(DiskCache::open(folder.join("tokens")).unwrap())
        .timer(Arc::new(FileTimer(folder.join("clock"))))
        .build_tokens()
        .unwrap();
    for _ in lines {
        let told = match source.token(&Scopes::default(), Duration::ZERO).await {
            Ok(token) => token.expose().to_owned(),
            Err(error) => format!("{:?}: {}", error.kind(), error.hint()),
        };
        // The test harness writes on standard output too: a mark tells our lines.
        println!("\n=> {told}");
    }
}

struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    fn start(world: &World) -> Self {
        Self::start_with(world, &[])
    }

    fn start_with(world: &World, variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "processes::process", "--nocapture"]);
        command.env(ORIGIN, &world.server.origin).env(FOLDER, world.folder.path());
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{SECRET}").unwrap();
        Self { child, input, output }
    }

    fn ask(&mut self) {
        writeln!(self.input, "token").unwrap();
    }

    fn token(&mut self) -> String {
        let mut line = String::new();
        while !line.starts_with("=> ") {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the process ended");
        }
        line.trim_start_matches("=> ").trim().to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn set_clock(world: &World, seconds: usize) {
    let new = world.folder.path().join("clock.new");
    fs::write(&new, (1_800_000_000 + seconds).to_string()).unwrap();
    fs::rename(new, world.folder.path().join("clock")).unwrap();
}

fn all(processes: &mut [Process]) -> Vec<String> {
    processes.iter_mut().for_each(Process::ask);
    processes.iter_mut().map(Process::token).collect()
}

async fn world() -> (World, Vec<Process>) {
    let world = World::new(|_| Say::status(200)).await;
    set_clock(&world, 0);
    let processes = (0..PROCESSES).map(|_| Process::start(&world)).collect();
    (world, processes)
}

/// `KEYMOOR_TEST_RENEWALS=1000` for the long form.
fn renewals() -> usize {
    env::var("KEYMOOR_TEST_RENEWALS").map_or(40, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s96_twenty_processes_make_one_request_per_expiry() {
    let (world, mut processes) = world().await;
    for round in 1..=renewals() {
        let tokens = all(&mut processes);
        let expected = format!("t{round}");
        assert!(tokens.iter().all(|token| *token == expected), "{round}: {tokens:?}");
        assert_eq!(world.server.token_requests(), round);
        set_clock(&world, round * 300);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s96_twenty_processes_make_one_request_per_renewal_in_the_background() {
    let (world, mut processes) = world().await;
    all(&mut processes);
    for round in 1..=renewals() / 2 {
        set_clock(&world, round * 245);
        let next = format!("t{}", round + 1);
        while all(&mut processes).iter().any(|token| *token != next) {}
        assert_eq!(world.server.token_requests(), round + 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s95_no_proxy_sees_the_secret_that_goes_to_this_machine() {
    let (world, proxy) =
        (World::new(|_| Say::status(200)).await, World::new(|_| Say::status(502)).await);
    set_clock(&world, 0);
    let to = proxy.server.origin.as_str();
    let named = [("HTTP_PROXY", to), ("http_proxy", to), ("ALL_PROXY", to), ("NO_PROXY", "")];
    let mut process = Process::start_with(&world, &named);
    process.ask();
    process.token();
    assert_eq!(proxy.server.token_requests() + proxy.server.calls().len(), 0);
    assert_eq!(world.server.token_requests(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s95_no_secret_is_in_arguments_environments_or_files() {
    let (world, mut processes) = world().await;
    all(&mut processes);
    for process in &processes {
        for file in ["cmdline", "environ"] {
            let bytes = fs::read(format!("/proc/{}/{file}", process.child.id())).unwrap();
            assert!(!bytes.is_empty());
            assert!(!String::from_utf8_lossy(&bytes).contains(SECRET), "{file}");
        }
    }
    for file in fs::read_dir(world.folder.path().join("tokens")).unwrap() {
        let path = file.unwrap().path();
        assert!(!fs::read_to_string(&path).unwrap().contains(SECRET), "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_while_it_gets_a_token_stops_nobody() {
    let (world, mut processes) = world().await;
    world.server.now_says(|_| Say::Nothing);
    let mut killed = processes.pop().unwrap();
    killed.ask();
    while world.server.token_requests() == 0 {
        tokio::task::yield_now().await;
    }
    world.server.now_says(|_| crate::support::granted("after", 300));
    drop(killed);
    assert!(all(&mut processes).iter().all(|token| token == "after"));
    assert_eq!(world.server.token_requests(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_asks_to_be_left_alone_is_left_alone_by_all_processes() {
    let (world, mut processes) = world().await;
    world.server.now_says(|_| Say::status(429).with("retry-after", "120"));
    for told in all(&mut processes) {
        assert_eq!(told, "Unavailable: Try again in 120 seconds.");
    }
    assert_eq!(world.server.token_requests(), 1);
    set_clock(&world, 119);
    assert_eq!(all(&mut processes)[..1], ["Unavailable: Try again in 1 seconds."]);
    assert_eq!(world.server.token_requests(), 1);
    set_clock(&world, 120);
    world.server.now_says(|_| crate::support::granted("after", 300));
    assert!(all(&mut processes).iter().all(|told| told == "after"));
    assert_eq!(world.server.token_requests(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waited_for_a_process_that_gave_up_gives_up_with_it() {
    let (world, mut processes) = world().await;
    world.server.now_says(|_| Say::status(503));
    assert!(all(&mut processes).iter().all(|told| told.starts_with("Unavailable")));
    // One process tried as often as it may.
    assert_eq!(world.server.token_requests(), 4);
}
