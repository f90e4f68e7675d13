//! The threads that serve connections. Each has a runtime of its own and connections to the API of
//! its own: what a request sets going stays on one thread, and waits for no other's lock or waking.

use std::{io, num::NonZeroUsize, pin::Pin, sync::Arc, thread};

use tokio::{
    runtime::{Builder, Runtime},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::client::Client;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One for each processor. They end when this is dropped, and with them whatever is not done.
pub(crate) struct Workers(Vec<Worker>);

struct Worker {
    inbox: UnboundedSender<Task>,
    client: Client,
    /// A clone of it is kept by each task.
    load: Arc<()>,
}

impl Workers {
    /// Starts them. Each gets connections such as `client` makes.
    pub(crate) fn start(client: &Client) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        (0..count).map(|_| Worker::start(client.anew())).collect::<io::Result<_>>().map(Self)
    }

    /// Lets the one do it that has the least to do. The future is polled there alone, so that it may
    /// take hold of sockets and timers.
    pub(crate) fn spawn<F>(&self, task: impl FnOnce(Client) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let idlest = self.0.iter().min_by_key(|worker| Arc::strong_count(&worker.load));
        if let Some(worker) = idlest {
            worker.give(task(worker.client.clone()));
        }
    }
}

impl Worker {
    fn start(client: Client) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (inbox, tasks) = unbounded_channel();
        thread::Builder::new().name("gateway".to_owned()).spawn(move || work(&runtime, tasks))?;
        Ok(Self { inbox, client, load: Arc::default() })
    }

    fn give(&self, task: impl Future<Output = ()> + Send + 'static) {
        let load = self.load.clone();
        let counted = async move {
            task.await;
            drop(load);
        };
        // It is there for as long as its inbox can be written to.
        let _ = self.inbox.send(Box::pin(counted));
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
        let count = workers.0.len();
        let (all, seen) =
            (Arc::new(Barrier::new(2 * count + 1)), Arc::new(Mutex::new(HashSet::new())));
        for _ in 0..2 * count {
            let (all, seen) = (all.clone(), seen.clone());
            workers.spawn(|_| async move {
                seen.lock().unwrap().insert(thread::current().id());
                all.wait().await;
            });
        }
        all.wait().await;
        assert_eq!(seen.lock().unwrap().len(), count);
    }
}
