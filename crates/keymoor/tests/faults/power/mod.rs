//! The power goes at any moment: what was written and not yet brought to the disk is there, or not, or
//! in part.

mod disk;
mod record;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use keymoor_testkit::Seeded;

use self::{disk::Disk, record::read};
use crate::{
    figures::{Row, count, seed},
    http::ApiToken,
    inspect::inspect,
    ledger::{Ledger, Tally},
    load::Load,
    place::Place,
    strace::Trace,
};

/// What happened while a server worked, and what it acknowledged.
struct Recording {
    /// As it was before.
    before: Place,
    owner: ApiToken,
    ledger: Arc<Ledger>,
    events: Vec<record::Event>,
}

/// Records a server at work until so many changes are acknowledged.
async fn record(changes: usize, chance: &mut Seeded) -> Recording {
    let (place, ledger, trace) = (Place::new(), Arc::new(Ledger::default()), Trace::new());
    let owner = place.token();
    let before = place.copy();
    let node = place.try_start(&trace.recorder(&place)).unwrap();
    let bearer = node.caller.bearer(&owner).await.unwrap();
    let load = Load::begin(&ledger, &node.caller, &bearer, chance.draw());
    ledger.until_more(changes).await;
    load.end().await;
    node.kill();
    let folder = place.data().display().to_string();
    Recording { before, owner, ledger, events: read(&trace.records(), &folder) }
}

impl Recording {
    /// What a server finds and says that starts after the power went at `time`.
    async fn look_after(&self, time: SystemTime, chance: &mut Seeded) -> (Tally, Duration) {
        let (place, ledger) = self.left_after(time, chance);
        inspect(&place, &ledger);
        let node = place.start();
        if node.caller.bearer(&self.owner).await.is_none() {
            ledger.fault("no token after the restart".to_owned());
        }
        let took = node.begun.elapsed();
        ledger.verify(&node.caller).await;
        (ledger.tally(), took)
    }

    /// What the disk holds after the power went at `time`, and what had been acknowledged by then.
    fn left_after(&self, time: SystemTime, chance: &mut Seeded) -> (Place, Ledger) {
        let files = Disk::of(&self.before).after(&self.events, time).cut(chance);
        (self.before.with_files(&files), self.ledger.as_of(time))
    }

    /// Whether it shows that something is missing: a change, or so much that no server starts.
    async fn shows_a_loss(&self, time: SystemTime, chance: &mut Seeded) -> bool {
        let (place, ledger) = self.left_after(time, chance);
        let Ok(node) = place.try_start(&[]) else { return true };
        ledger.verify(&node.caller).await;
        ledger.tally().lost > 0
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s83_what_was_acknowledged_survives_a_power_cut() {
    let times = count("KEYMOOR_FAULT_POWER_CUTS", 20);
    let mut chance = Seeded::new(seed(83));
    // More than the log takes before it is copied into the database.
    let recording = record(250, &mut chance).await;
    let copied = recording.events.iter().filter(|event| event.is_write_to("")).count();
    assert!(copied > 0, "the log was not copied, so no cut fell into that");
    let (mut tally, mut back) = (Tally::default(), Vec::new());
    for _ in 0..times {
        let event = &recording.events[chance.below(recording.events.len())];
        let (found, took) = recording.look_after(event.begun, &mut chance).await;
        tally.add(found);
        back.push(took);
    }
    tally.changes = recording.ledger.changes();
    Row { fault: "power cut (unsynced writes lost)", times, tally: &tally, back }.tell();
    tally.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_forgets_what_was_synced_is_noticed() {
    let mut chance = Seeded::new(seed(84));
    let mut recording = record(40, &mut chance).await;
    let end = recording.events.last().unwrap().begun;
    recording.events.retain(|event| !event.is_sync());
    let mut shown = 0;
    for _ in 0..5 {
        shown += usize::from(recording.shows_a_loss(end, &mut chance).await);
    }
    assert!(shown > 0, "the replay would show no loss");
}
