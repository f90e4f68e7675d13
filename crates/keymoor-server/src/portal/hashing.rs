//! Threads of their own for what is slow on purpose, so that it never stands in the way of tokens.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
    mpsc::{Receiver, SyncSender, sync_channel},
};

use tokio::sync::oneshot;

use super::passwords::Busy;

/// How many hashes may be waited for; who comes later is told to try again.
const MAX_WAITING: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// A few threads that yield to all others. They end when this is dropped.
pub(super) struct Hashing {
    jobs: SyncSender<Job>,
    done: Arc<AtomicU64>,
}

impl Hashing {
    pub(super) fn on(threads: usize) -> Self {
        let (jobs, waiting) = sync_channel::<Job>(MAX_WAITING);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let waiting = waiting.clone();
            std::thread::spawn(move || work_off(&waiting));
        }
        Self { jobs, done: Arc::default() }
    }

    /// Runs `work` when its turn comes, unless nobody waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (tell, told) = oneshot::channel();
        let done = self.done.clone();
        let job = Box::new(move || {
            if !tell.is_closed() {
                let outcome = work();
                done.fetch_add(1, Ordering::Relaxed);
                let _ = tell.send(outcome);
            }
        });
        self.jobs.try_send(job).map_err(|_| Busy)?;
        told.await.map_err(|_| Busy)
    }

    /// How much was done.
    pub(super) fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

fn work_off(waiting: &Mutex<Receiver<Job>>) {
    yield_to_others();
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

/// On Linux a thread has a priority of its own; elsewhere it would be the whole process's.
#[cfg(target_os = "linux")]
fn yield_to_others() {
    if let Err(error) = rustix::process::setpriority_process(None, 19) {
        tracing::debug!(%error, "passwords are hashed at the priority of everything else");
    }
}

#[cfg(not(target_os = "linux"))]
fn yield_to_others() {}
