//! The threads that serve connections. Each has a runtime of its own and connections to the API of
//! its own: what a request sets going stays on one thread, and waits for no other's lock or waking.

use std::{
    io,
    num::NonZeroUsize,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::client::Client;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One for each processor. They end when this is dropped, and with them whatever is not done.
pub(crate) struct Workers {
    all: Vec<Worker>,
    /// Who is looked at first, so that the idle ones take turns.
    turn: AtomicUsize,
}

struct Worker {
    inbox: UnboundedSender<Task>,
    seat: Seat,
}

/// What a connection has of the thread that serves it: it counts there for as long as this is kept.
#[derive(Clone)]
pub(crate) struct Seat {
    /// The thread's connections to the API.
    pub(crate) client: Client,
    load: Arc<()>,
}

impl Workers {
    /// Starts them. Each gets connections such as `client` makes.
    pub(crate) fn start(client: &Client) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let start = |_| Worker::start(client.anew(count));
        let all = (0..count).map(start).collect::<io::Result<_>>()?;
        Ok(Self { all, turn: AtomicUsize::new(0) })
    }

    /// Lets the one do it that has the least to do. The future is polled there alone, so that it may
    /// take hold of sockets and timers.
    pub(crate) fn spawn<F>(&self, task: impl FnOnce(Seat) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let count = self.all.len();
        let first = self.turn.fetch_add(1, Ordering::Relaxed);
        let turns = (0..count).map(|at| &self.all[first.wrapping_add(at) % count]);
        // The system can fail a thread as a whole; it is not to draw what it cannot do.
        let there = turns.filter(|worker| !worker.inbox.is_closed());
        let idlest = there.min_by_key(|worker| Arc::strong_count(&worker.seat.load));
        if let Some(worker) = idlest {
            worker.give(task(worker.seat.clone()));
        } else {
            tracing::error!("no thread of the gateway is left to serve a connection");
        }
    }
}

impl Worker {
    fn start(client: Client) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (inbox, tasks) = unbounded_channel();
        thread::Builder::new().name("gateway".to_owned()).spawn(move || work(&runtime, tasks))?;
        Ok(Self { inbox, seat: Seat { client, load: Arc::default() } })
    }

    fn give(&self, task: impl Future<Output = ()> + Send + 'static) {
        if self.inbox.send(Box::pin(task)).is_err() {
            tracing::error!("a thread of the gateway is gone, and a connection with it");
        }
    }
}

fn work(runtime: &Runtime, mut tasks: UnboundedReceiver<Task>) {
    runtime.block_on(async {
        while let Some(task) = tasks.recv().await {
            tokio::spawn(task);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, sync::Mutex};

    use tokio::sync::Barrier;

    use super::*;

    #[tokio::test]
    async fn each_thread_gets_its_share() {
        let workers = Workers::start(&Client::new(None).unwrap()).unwrap();
        let count = workers.all.len();
        let (all, seen) =
            (Arc::new(Barrier::new(2 * count + 1)), Arc::new(Mutex::new(HashSet::new())));
        for _ in 0..2 * count {
            let (all, seen) = (all.clone(), seen.clone());
            workers.spawn(|seat| async move {
                seen.lock().unwrap().insert(thread::current().id());
                all.wait().await;
                drop(seat);
            });
        }
        all.wait().await;
        assert_eq!(seen.lock().unwrap().len(), count);
    }

    /// What a task left behind (a tunnel) counts for as long as its seat is kept.
    #[tokio::test]
    async fn a_thread_with_a_seat_that_is_kept_is_not_the_idlest() {
        let workers = Workers::start(&Client::new(None).unwrap()).unwrap();
        let _kept = workers.all[0].seat.clone();
        let (seats, mut told) = unbounded_channel();
        workers.spawn(|seat| async move { seats.send(seat).unwrap() });
        let given = told.recv().await.unwrap();
        let alone = workers.all.len() == 1;
        assert_eq!(Arc::ptr_eq(&given.load, &workers.all[0].seat.load), alone);
    }
}
