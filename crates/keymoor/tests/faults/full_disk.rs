//! A disk without room.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use crate::{
    figures::{Row, count, skip},
    http::{Caller, Outcome},
    inspect::inspect,
    ledger::Ledger,
    place::Place,
};

/// Room for the database and a little more, in KiB.
const ROOM: usize = 4096;
/// More changes than fit.
const MANY: usize = 5000;

/// A small disk in memory, gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// At a path that does not exist yet, or why not.
    fn mount(path: &Path) -> Result<Self, String> {
        fs::create_dir(path).unwrap();
        let size = format!("size={ROOM}k,mode=0700");
        let mut mount = Command::new("mount");
        let output = mount.args(["-t", "tmpfs", "-o", &size, "keymoor"]).arg(path).output();
        let output = output.map_err(|error| error.to_string())?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(Self(path.to_owned())) } else { Err(told) }
    }

    /// Takes all the room that is left.
    fn fill(&self) {
        let block = [0; 1024];
        let mut ballast = fs::File::create(self.0.join("ballast")).unwrap();
        while std::io::Write::write_all(&mut ballast, &block).is_ok() {}
    }

    fn make_room(&self) {
        fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Whoever still has it open keeps it until it ends.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Makes API tokens until one is refused.
async fn use_up(ledger: &Ledger, caller: &Caller, bearer: &str) {
    for _ in 0..MANY {
        if ledger.create(caller, bearer).await.is_none() {
            return;
        }
    }
    ledger.fault("the disk never fills".to_owned());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s84_a_full_disk_refuses_changes_until_there_is_room() {
    let times = count("KEYMOOR_FAULT_FULL_DISKS", 2);
    let (ledger, mut back) = (Arc::new(Ledger::default()), Vec::new());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    let disk = match SmallDisk::mount(&path) {
        Ok(disk) => disk,
        Err(why) => return skip("s84, a full disk", &why),
    };
    let place = Place::at(|_| path.clone(), None);
    let owner = place.token();
    for _ in 0..times {
        let node = place.start();
        let caller = &node.caller;
        let bearer = caller.bearer(&owner).await.unwrap();
        let kept = ledger.create(caller, &bearer).await.unwrap();
        disk.fill();
        use_up(&ledger, caller, &bearer).await;
        assert!(caller.bearer(&owner).await.is_some(), "tokens are issued all the same");
        // It may fit where a creation does not. Whichever is told has to be so.
        ledger.remove(caller, &bearer, &kept).await;
        disk.make_room();
        assert!(
            ledger.create(caller, &bearer).await.is_some(),
            "without a restart: {}",
            place.log()
        );
        ledger.verify(caller).await;
        disk.fill();
        use_up(&ledger, caller, &bearer).await;
        node.kill();
        // On a full disk it starts, or says why not.
        if let Err(why) = place.try_start(&[]) {
            assert!(why.contains("keymoor: "), "{why}");
        }
        disk.make_room();
        inspect(&place, &ledger);
        let node = place.start();
        back.push(node.begun.elapsed());
        ledger.verify(&node.caller).await;
        let used = matches!(node.caller.create(&bearer, "more").await, Outcome::Done(_));
        assert!(used, "there is room again");
        node.stop();
    }
    let node = place.start();
    let tally = ledger.close(&node.caller).await;
    Row { fault: "full disk, then room, then a crash", times, tally: &tally, back }.tell();
    tally.check();
    drop(node);
}
