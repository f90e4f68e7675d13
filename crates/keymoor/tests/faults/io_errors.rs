//! The nth system call on the database's files fails, for every n.

use std::sync::Arc;

use crate::{
    figures::{Row, count},
    http::ApiToken,
    inspect::inspect,
    ledger::Ledger,
    node::Node,
    place::Place,
    strace::Trace,
};

/// What fails, and how.
const ERRORS: [(&str, &str); 9] = [
    ("pwrite64", "EIO"),
    ("pwrite64", "ENOSPC"),
    ("fsync", "EIO"),
    ("ftruncate", "EIO"),
    ("pread64", "EIO"),
    ("openat", "EIO"),
    ("mmap", "ENOMEM"),
    ("fcntl", "EIO"),
    ("newfstatat", "EIO"),
];

/// An installation that each run begins with, and what it acknowledged in all of them.
struct Rounds {
    template: Place,
    owner: ApiToken,
    ledger: Arc<Ledger>,
    /// How the names end of the files on which something fails.
    files: &'static [&'static str],
    /// How a server ends that has made the changes.
    ending: fn(Node),
}

impl Rounds {
    fn new() -> Self {
        let template = Place::new();
        let owner = template.token();
        let files = &["", "-wal", "-shm"];
        Self { template, owner, ledger: Arc::default(), files, ending: Node::kill }
    }

    /// The same changes each time, one after another, on a server that `options` let fail, and then its
    /// end. The next one has to start, and to know them.
    async fn run(&self, options: &[&str]) -> (Trace, std::time::Duration) {
        let (place, trace) = (self.template.copy(), Trace::new());
        match place.try_start(&trace.runner(&place, self.files, options)) {
            Ok(node) => {
                self.change(&node.caller).await;
                (self.ending)(node);
            }
            Err(why) => self.check_reason(options, &why),
        }
        if place.log().contains("panicked") {
            self.ledger.fault(format!("{options:?}: {}", place.log()));
        }
        inspect(&place, &self.ledger);
        let node = place.start();
        let answered = node.caller.bearer(&self.owner).await;
        let took = node.begun.elapsed();
        if answered.is_none() {
            self.ledger.fault(format!("{options:?}: no token after the restart"));
        }
        self.ledger.verify(&node.caller).await;
        (trace, took)
    }

    async fn change(&self, caller: &crate::http::Caller) {
        let Some(bearer) = caller.bearer(&self.owner).await else { return };
        for _ in 0..3 {
            let made = self.ledger.create(caller, &bearer).await;
            self.ledger.create(caller, &bearer).await;
            if let Some(label) = made {
                self.ledger.remove(caller, &bearer, &label).await;
            }
        }
    }

    /// A server that does not start says why.
    fn check_reason(&self, options: &[&str], why: &str) {
        if !why.contains("keymoor: ") {
            self.ledger.fault(format!("{options:?}: it ends without a word: {why}"));
        }
    }
}

/// The log may not be written to after it was not brought to the disk: what the system then does with
/// the pages that it lost nobody knows.
fn writes_after_a_failed_sync(trace: &Trace) -> Option<String> {
    let lines = trace.lines();
    let log = |line: &&String| line.contains("keymoor.sqlite-wal>");
    let mut log = lines.iter().filter(log);
    log.find(|line| line.contains("sync(") && line.contains("(INJECTED)"))?;
    log.find(|line| line.contains("pwrite64(")).cloned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s84_whatever_the_disk_refuses_is_made_and_told_or_neither() {
    let samples = count("KEYMOOR_FAULT_IO_SAMPLES", 2);
    let rounds = Rounds::new();
    let counts = rounds.run(&[]).await.0.counts();
    let (mut times, mut back) = (0, Vec::new());
    for (call, error) in ERRORS {
        let most = counts.get(call).copied().unwrap_or_default();
        assert!(most > 0, "{call} is never called: {counts:?}");
        let step = most.div_ceil(samples).max(1);
        eprintln!("{call} {error}: {most} of them, every {step}. fails");
        let before = times;
        for nth in (1..=most).step_by(step) {
            let inject = format!("inject={call}:error={error}:when={nth}");
            let (trace, took) = rounds.run(&["-e", &inject]).await;
            times += usize::from(trace.lines().iter().any(|line| line.contains("(INJECTED)")));
            back.push(took);
            if let Some(line) = writes_after_a_failed_sync(&trace) {
                rounds.ledger.fault(format!("{inject}: after a failed sync: {line}"));
            }
        }
        assert!(times > before, "{call} never failed");
    }
    let tally = rounds.ledger.tally();
    Row { fault: "the nth system call of SQLite fails", times, tally: &tally, back }.tell();
    tally.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s84_a_log_that_the_database_does_not_take_in_is_kept() {
    let samples = count("KEYMOOR_FAULT_IO_SAMPLES", 2);
    // The database itself is written to when the server ends, which takes the log in.
    let rounds = Rounds { files: &[""], ending: Node::leave, ..Rounds::new() };
    let counts = rounds.run(&[]).await.0.counts();
    for (call, error) in [("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fsync", "EIO")] {
        let most = counts.get(call).copied().unwrap_or_default();
        let mut failed = 0;
        for nth in (1..=most).take(samples) {
            let inject = format!("inject={call}:error={error}:when={nth}");
            let (trace, _) = rounds.run(&["-e", &inject]).await;
            failed += usize::from(trace.lines().iter().any(|line| line.contains("(INJECTED)")));
        }
        assert!(failed > 0, "{call} never failed: {counts:?}");
    }
    rounds.ledger.tally().check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s84_a_log_that_a_crash_left_is_on_the_disk_before_anything_builds_on_it() {
    let rounds = Rounds::new();
    let place = rounds.template.copy();
    let node = place.start();
    rounds.change(&node.caller).await;
    node.kill();
    let left = std::fs::metadata(format!("{}-wal", place.database().display())).unwrap().len();
    assert!(left > 0, "the crash left nothing");
    let trace = Trace::new();
    place.try_start(&trace.runner(&place, rounds.files, &[])).unwrap().kill();
    let lines = trace.lines();
    let changes = |line: &&String| line.contains("pwrite64(") || line.contains("sync(");
    let mut log = lines.iter().filter(|line| line.contains("keymoor.sqlite-wal>")).filter(changes);
    let mut written = 0;
    while written < left {
        let piece = log.next().unwrap();
        let (_, bytes) = piece.rsplit_once(" = ").unwrap();
        assert!(piece.ends_with(&format!(", {bytes}, {written}) = {bytes}")), "{piece}");
        written += bytes.parse::<u64>().unwrap();
    }
    let synced = log.next().unwrap();
    assert!(written == left && synced.contains("sync(") && synced.ends_with("= 0"), "{synced}");
}
