//! SIGKILL at any moment.

use std::{sync::Arc, time::Duration};

use keymoor_testkit::Seeded;

use crate::{
    figures::{Row, count, seed},
    inspect::inspect,
    ledger::Ledger,
    load::Load,
    place::Place,
};

/// The longest that a server may take until it answers again.
const BOUND: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s83_a_server_that_is_killed_loses_and_revives_nothing() {
    let times = count("KEYMOOR_FAULT_KILLS", 100);
    let (place, ledger) = (Place::new(), Arc::new(Ledger::default()));
    let owner = place.token();
    let mut chance = Seeded::new(seed(83));
    let mut back = Vec::new();
    for number in 0..times {
        if number % 100 == 99 {
            eprintln!("{} of {times} kills", number + 1);
        }
        let pause = Duration::from_millis(chance.draw() % 100);
        if chance.below(10) == 0 {
            // Before it listens, or soon after.
            let starting = place.spawn(&[]);
            tokio::time::sleep(pause).await;
            drop(starting);
            continue;
        }
        let node = place.start();
        let bearer = node.caller.bearer(&owner).await.unwrap();
        back.push(node.begun.elapsed());
        ledger.verify(&node.caller).await;
        let load = Load::begin(&ledger, &node.caller, &bearer, chance.draw());
        tokio::time::sleep(pause).await;
        node.kill();
        load.end().await;
        inspect(&place, &ledger);
    }
    let node = place.start();
    let tally = ledger.close(&node.caller).await;
    let slowest = back.iter().max().copied().unwrap_or_default();
    Row { fault: "SIGKILL under load", times, tally: &tally, back }.tell();
    tally.check();
    assert!(slowest <= BOUND, "back after {slowest:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s87_a_first_start_that_is_killed_anywhere_goes_on_at_the_next_one() {
    let times = count("KEYMOOR_FAULT_FIRST_STARTS", 10);
    let mut chance = Seeded::new(seed(87));
    let mut place = Place::empty();
    for _ in 0..times {
        let starting = place.spawn(&[]);
        tokio::time::sleep(Duration::from_millis(chance.draw() % 150)).await;
        drop(starting);
        // Once it is made whole, there is nothing more to see.
        if place.data().join("admin.sock").exists() {
            drop(place.start());
            place = Place::empty();
        }
    }
    let node = place.start();
    let owner = place.account_and_token();
    assert!(node.caller.bearer(&owner).await.is_some());
}
