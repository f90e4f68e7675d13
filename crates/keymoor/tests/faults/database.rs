//! PostgreSQL crashes and comes back, again and again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use keymoor_testkit::{Postgres, Seeded};

use crate::{
    figures::{Row, count, seed},
    http::{ApiToken, Caller},
    inspect::inspect,
    ledger::Ledger,
    load::Load,
    place::Place,
};

/// How long it may take until everything is answered again.
const BOUND: Duration = Duration::from_secs(2);
/// Waited for much longer, so that a figure comes out.
const PATIENCE: Duration = Duration::from_secs(20);

/// Asks with API tokens that are right until one that the server has not cached is answered.
async fn until_answered(ledger: &Ledger, caller: &Caller, known: &ApiToken, fresh: &ApiToken) {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        for token in [known, fresh] {
            match caller.ask(token).await.map_or(0, |answer| answer.status) {
                200 if token.key == fresh.key => return,
                200 | 503 => {}
                status => ledger.fault(format!("a right secret is answered {status}")),
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    ledger.fault("it does not come back".to_owned());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s86_a_database_that_comes_and_goes_is_never_a_wrong_secret() {
    let times = count("KEYMOOR_FAULT_DATABASE", 20);
    let mut chance = Seeded::new(seed(86));
    let (server, ledger) = (Postgres::start(), Arc::new(Ledger::default()));
    let place = Place::shared(server.database());
    let (owner, node, mut back) = (place.token(), place.start(), Vec::new());
    let caller = &node.caller;
    for _ in 0..times {
        let bearer = caller.bearer(&owner).await.unwrap();
        let fresh = ledger.create(caller, &bearer).await.unwrap();
        let fresh = ledger.alive(&fresh).unwrap();
        let load = Load::begin(&ledger, caller, &bearer, chance.draw());
        tokio::time::sleep(Duration::from_millis(chance.draw() % 100)).await;
        server.stop();
        for _ in 0..chance.below(20) {
            let status = caller.ask(&fresh).await.map_or(0, |answer| answer.status);
            if status != 503 {
                ledger.fault(format!("without a database, what is not cached: {status}"));
            }
        }
        server.start_again();
        let up = Instant::now();
        until_answered(&ledger, caller, &owner, &fresh).await;
        back.push(up.elapsed());
        load.end().await;
        inspect(&place, &ledger);
        ledger.verify(caller).await;
    }
    let tally = ledger.close(caller).await;
    let slowest = back.iter().max().copied().unwrap_or_default();
    Row { fault: "PostgreSQL crashes and comes back under load", times, tally: &tally, back }
        .tell();
    tally.check();
    assert!(slowest <= BOUND, "back after {slowest:?}");
}
