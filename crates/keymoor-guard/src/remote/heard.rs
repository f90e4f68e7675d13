use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwapOption;
use keymoor_core::{
    Clock, OrganizationId,
    access::Directory,
    claims::Claims,
    removals::{Change, Removals, Snapshot, Subject, TOKEN_LIFE_AND_LEEWAY},
};

/// The feed is lost when nothing was heard for so long: three heartbeats.
pub(super) const LOST_AFTER: Duration = Duration::from_secs(6);
/// For how long what was heard may be used once the feed is lost: no token lives longer.
pub(super) const USABLE: Duration = Duration::from_secs(TOKEN_LIFE_AND_LEEWAY as u64);
/// Stands for never.
const NEVER: u64 = u64::MAX;

/// What the removal feed told, and when.
///
/// Until the first snapshot, and once the feed is lost for longer than any token lives, every
/// organization counts as federated.
pub(crate) struct Heard {
    removals: ArcSwapOption<Removals>,
    /// Milliseconds of the monotonic clock.
    last: AtomicU64,
    connected: AtomicBool,
    problem: ArcSwapOption<FeedProblem>,
    must_begin_anew: AtomicBool,
    /// Whether every organization counts as federated as soon as the feed is lost.
    wary: bool,
    clock: Arc<dyn Clock>,
}

/// Why the last connection to the removal feed failed or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedProblem {
    /// No connection, or none in time.
    #[error("the server cannot be reached")]
    Unreachable,
    /// An answer of another status than 200; 401 for wrong credentials.
    #[error("the server answered with status {0}")]
    Refused(u16),
    /// The connection ended or fell silent.
    #[error("the connection broke")]
    Broken,
    /// Something was told that this guard does not understand.
    #[error("the feed cannot be understood: this guard may be older than the server")]
    Unreadable,
}

/// How the removal feed is doing, to be shown beside the API's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedHealth {
    /// Whether there is a connection now.
    pub connected: bool,
    /// Time since something was heard; `None` if nothing ever was.
    pub age: Option<Duration>,
    /// The number of the last change heard of; 0 if there was none.
    pub number: i64,
    /// Whether the guard goes by its policy for a lost feed.
    pub lost: bool,
    /// Why there is no connection, if there is none.
    pub problem: Option<FeedProblem>,
}

impl Heard {
    /// A `wary` one counts every organization as federated as soon as the feed is lost.
    pub(super) fn new(clock: Arc<dyn Clock>, wary: bool) -> Self {
        Self {
            removals: ArcSwapOption::empty(),
            last: AtomicU64::new(NEVER),
            connected: AtomicBool::new(false),
            problem: ArcSwapOption::empty(),
            must_begin_anew: AtomicBool::new(false),
            wary,
            clock,
        }
    }

    pub(super) fn connected(&self) {
        self.connected.store(true, Ordering::SeqCst);
        self.problem.store(None);
    }

    /// There is no connection any more. Said in the log once, not at every try.
    pub(super) fn disconnected(&self, problem: FeedProblem) {
        self.connected.store(false, Ordering::SeqCst);
        if self.problem.swap(Some(Arc::new(problem))).as_deref() != Some(&problem) {
            tracing::warn!(%problem, "no removal feed; trying again");
        }
    }

    /// Something was told that is not understood, so what is known may be wrong: a snapshot is
    /// needed, and until then the feed is lost.
    pub(super) fn begin_anew(&self) {
        self.must_begin_anew.store(true, Ordering::SeqCst);
        self.last.store(NEVER, Ordering::SeqCst);
    }

    /// Everything as of the snapshot, and nothing from before it.
    pub(super) fn snapshot(&self, snapshot: Snapshot) {
        let removals = Removals::new(snapshot, self.clock.now());
        self.removals.store(Some(Arc::new(removals)));
        self.must_begin_anew.store(false, Ordering::SeqCst);
        self.alive();
    }

    pub(super) fn change(&self, change: &Change) {
        let Some(known) = self.removals.load_full() else { return };
        let mut next = Removals::clone(&known);
        next.apply(&change.event, self.clock.now());
        next.reached(change.number);
        self.removals.store(Some(Arc::new(next)));
        self.alive();
    }

    pub(super) fn heartbeat(&self, number: i64) {
        if let Some(known) = self.removals.load_full().filter(|known| known.number() < number) {
            let mut next = Removals::clone(&known);
            next.reached(number);
            self.removals.store(Some(Arc::new(next)));
        }
        self.alive();
    }

    /// Something was heard.
    fn alive(&self) {
        let now = u64::try_from(self.clock.monotonic().as_millis()).unwrap_or(NEVER);
        self.last.store(now, Ordering::SeqCst);
    }

    /// Time since something was heard.
    fn age(&self) -> Option<Duration> {
        let last = self.last.load(Ordering::SeqCst);
        let age = || self.clock.monotonic().saturating_sub(Duration::from_millis(last));
        (last != NEVER).then(age)
    }

    /// Whether something was heard since `fetched`, so that what was heard is the newer word.
    pub(super) fn spoke_after(&self, fetched: Option<Duration>) -> bool {
        let last = self.last.load(Ordering::SeqCst);
        last != NEVER && fetched.is_none_or(|at| Duration::from_millis(last) >= at)
    }

    /// Whether the feed is lost, or never was there.
    pub(super) fn is_lost(&self) -> bool {
        self.age().is_none_or(|age| age >= LOST_AFTER)
    }

    /// Whether what was heard may still be used.
    pub(super) fn is_usable(&self) -> bool {
        self.age().is_some_and(|age| age <= USABLE)
    }

    /// What was heard, however long ago.
    pub(super) fn removals(&self) -> Option<Arc<Removals>> {
        self.removals.load_full()
    }

    /// The number to go on from after a broken connection; `None` if a snapshot is needed. After a long
    /// silence the server's database may be another, where the number stands for something else.
    pub(super) fn goes_on_from(&self) -> Option<i64> {
        self.number().filter(|_| self.is_usable())
    }

    /// The number of the last change that was heard of; `None` if what was heard does not count.
    pub(super) fn number(&self) -> Option<i64> {
        let anew = self.must_begin_anew.load(Ordering::SeqCst);
        self.removals.load().as_ref().filter(|_| !anew).map(|known| known.number())
    }

    pub(super) fn health(&self) -> FeedHealth {
        FeedHealth {
            connected: self.connected.load(Ordering::SeqCst),
            age: self.age(),
            number: self.number().unwrap_or_default(),
            lost: self.is_lost(),
            problem: self.problem.load().as_deref().copied(),
        }
    }
}

impl Directory for Heard {
    fn is_removed(&self, claims: &Claims) -> bool {
        self.removals.load().as_ref().is_some_and(|known| known.is_removed(claims))
    }

    fn what_removed(&self, claims: &Claims) -> Option<Subject> {
        self.removals.load().as_ref().and_then(|known| known.what_removed(claims))
    }

    fn is_federated(&self, organization: OrganizationId) -> bool {
        let known = self.removals.load();
        let counts = self.is_usable() && !(self.wary && self.is_lost());
        let known = known.as_ref().filter(|_| counts);
        known.is_none_or(|known| known.is_federated(organization))
    }

    fn is_disabled(&self, organization: OrganizationId) -> bool {
        self.removals.load().as_ref().is_some_and(|known| known.is_disabled(organization))
    }
}
