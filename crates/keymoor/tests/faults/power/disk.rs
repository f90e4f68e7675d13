use std::{collections::BTreeMap, fs, time::SystemTime};

use keymoor_testkit::Seeded;

use super::record::{Event, What};
use crate::place::Place;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: usize = 512;

/// What is on a disk, and what the system has yet to bring there.
pub(super) struct Disk {
    files: BTreeMap<String, File>,
}

#[derive(Default)]
struct File {
    /// As it is on the disk.
    bytes: Vec<u8>,
    /// What was done to it since it was brought there last, in order.
    pending: Vec<What>,
    /// Whether its name is on the disk.
    is_named: bool,
}

impl Disk {
    pub(super) fn of(place: &Place) -> Self {
        let read = |suffix: &str| {
            let bytes = fs::read(format!("{}{suffix}", place.database().display())).ok()?;
            Some((suffix.to_owned(), File { bytes, is_named: true, ..File::default() }))
        };
        Self { files: ["", "-wal"].into_iter().filter_map(read).collect() }
    }

    /// What was begun until `time` was done in part, what ended until then whole.
    pub(super) fn after(mut self, events: &[Event], time: SystemTime) -> Self {
        for event in events.iter().take_while(|event| event.begun <= time) {
            match (&event.file, &event.what) {
                (_, What::Sync) if event.ended > time => {}
                (Some(file), What::Sync) => self.file(file).sync(),
                (None, What::Sync) => self.files.values_mut().for_each(|file| file.is_named = true),
                (None, _) => {}
                (Some(file), What::Create) => drop(self.file(file)),
                (Some(file), What::Truncate(length)) => {
                    self.file(file).pending.push(What::Truncate(*length));
                }
                (Some(file), What::Write { at, bytes }) => {
                    let write = What::Write { at: *at, bytes: bytes.clone() };
                    self.file(file).pending.push(write);
                }
            }
        }
        self
    }

    fn file(&mut self, name: &str) -> &mut File {
        self.files.entry(name.to_owned()).or_default()
    }

    /// The power goes: of what is pending, any part may have reached the disk.
    pub(super) fn cut(self, chance: &mut Seeded) -> BTreeMap<String, Vec<u8>> {
        let there = self.files.into_iter().filter_map(|(name, file)| {
            let is_there = file.is_named || chance.below(2) == 0;
            is_there.then(|| (name, file.cut(chance)))
        });
        there.collect()
    }
}

impl File {
    fn sync(&mut self) {
        for what in std::mem::take(&mut self.pending) {
            what.apply(&mut self.bytes);
        }
    }

    fn cut(mut self, chance: &mut Seeded) -> Vec<u8> {
        // Nothing, half of it, or all but little.
        let share = chance.below(3) * 2;
        for what in std::mem::take(&mut self.pending) {
            for part in what.sectors() {
                if chance.below(5) < share {
                    part.apply(&mut self.bytes);
                }
            }
        }
        self.bytes
    }
}

impl What {
    fn apply(self, file: &mut Vec<u8>) {
        match self {
            Self::Truncate(length) => file.resize(length, 0),
            Self::Write { at, bytes } => {
                let end = at + bytes.len();
                file.resize(file.len().max(end), 0);
                file[at..end].copy_from_slice(&bytes);
            }
            Self::Create | Self::Sync => {}
        }
    }

    /// The parts that reach the disk or do not.
    fn sectors(self) -> Vec<Self> {
        let Self::Write { at, bytes } = self else { return vec![self] };
        let (mut parts, mut from) = (Vec::new(), 0);
        while from < bytes.len() {
            let end = ((at + from) / SECTOR + 1) * SECTOR - at;
            let end = end.min(bytes.len());
            parts.push(Self::Write { at: at + from, bytes: bytes[from..end].to_vec() });
            from = end;
        }
        parts
    }
}
