//! Threads of their own for what is slow on purpose, so that it never stands in the way of tokens.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
    mpsc::{Receiver, Sender, channel},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::passwords::Busy;

/// How many hashes may be waited for; who comes later is told to try again.
const MAX_WAITING: usize = 64;

type Job = Box<dyn FnOnce() + Send>;

/// A few threads that yield to all others. They end when this is dropped.
pub(super) struct Hashing {
    jobs: Sender<Job>,
    places: Arc<Semaphore>,
    begun: AtomicU64,
    done: Arc<AtomicU64>,
}

/// A place among those who wait.
pub(super) struct Place(OwnedSemaphorePermit);

impl Hashing {
    pub(super) fn on(threads: usize) -> Self {
        let (jobs, waiting) = channel::<Job>();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..threads {
            let waiting = waiting.clone();
            std::thread::spawn(move || work_off(&waiting));
        }
        let places = Arc::new(Semaphore::new(MAX_WAITING));
        Self { jobs, places, begun: AtomicU64::new(0), done: Arc::default() }
    }

    /// A place to wait in, if there is one. Whatever costs anything comes after.
    pub(super) fn reserve(&self) -> Result<Place, Busy> {
        self.places.clone().try_acquire_owned().map(Place).map_err(|_| Busy)
    }

    /// Runs `work` when its turn comes, unless nobody waits for it any more.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (tell, told) = oneshot::channel();
        let done = self.done.clone();
        self.begun.fetch_add(1, Ordering::Relaxed);
        let job = Box::new(move || {
            drop(place.0);
            if !tell.is_closed() {
                let outcome = work();
                done.fetch_add(1, Ordering::Relaxed);
                let _ = tell.send(outcome);
            }
        });
        self.jobs.send(job).map_err(|_| Busy)?;
        told.await.map_err(|_| Busy)
    }

    /// How much was begun: it waits, or was done.
    pub(super) fn begun(&self) -> u64 {
        self.begun.load(Ordering::Relaxed)
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
