//! Clients that make and remove API tokens while something breaks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use keymoor_testkit::Seeded;
use tokio::task::JoinHandle;

use crate::{http::Caller, ledger::Ledger};

/// How many of them there are.
pub(crate) const CLIENTS: u64 = 3;
/// How long each waits after it was refused: a server that is not there refuses at once.
const PAUSE: Duration = Duration::from_millis(10);

/// Clients at work; they go on until [`Load::end`].
pub(crate) struct Load {
    goes_on: Arc<AtomicBool>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    /// They call one server, with the access token of whose API tokens they are.
    pub(crate) fn begin(ledger: &Arc<Ledger>, caller: &Caller, bearer: &str, seed: u64) -> Self {
        let goes_on = Arc::new(AtomicBool::new(true));
        let clients = (0..CLIENTS).map(|number| {
            let client = Client {
                ledger: ledger.clone(),
                caller: caller.clone(),
                bearer: bearer.to_owned(),
                goes_on: goes_on.clone(),
                chance: Seeded::new(seed.wrapping_mul(CLIENTS).wrapping_add(number)),
            };
            tokio::spawn(client.work())
        });
        Self { clients: clients.collect(), goes_on }
    }

    /// Waits until each client has the answer that it waits for, or knows that there is none.
    pub(crate) async fn end(self) {
        self.goes_on.store(false, Ordering::SeqCst);
        for client in self.clients {
            client.await.unwrap();
        }
    }
}

struct Client {
    ledger: Arc<Ledger>,
    caller: Caller,
    bearer: String,
    goes_on: Arc<AtomicBool>,
    chance: Seeded,
}

impl Client {
    async fn work(mut self) {
        let mut own = Vec::new();
        while self.goes_on.load(Ordering::SeqCst) {
            let done = if own.is_empty() || self.chance.below(5) < 3 {
                let made = self.ledger.create(&self.caller, &self.bearer).await;
                let done = made.is_some();
                own.extend(made);
                done
            } else {
                let label: String = own.swap_remove(self.chance.below(own.len()));
                self.ledger.remove(&self.caller, &self.bearer, &label).await
            };
            if !done {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
