use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What was asked of the system for one of the database's files.
pub(super) struct Event {
    pub(super) begun: SystemTime,
    pub(super) ended: SystemTime,
    /// The end of the file's name; nothing for the folder.
    pub(super) file: Option<String>,
    pub(super) what: What,
}

pub(super) enum What {
    /// The file is there from now on, though not yet on the disk.
    Create,
    Write {
        at: usize,
        bytes: Vec<u8>,
    },
    Truncate(usize),
    Sync,
}

impl Event {
    pub(super) fn is_sync(&self) -> bool {
        matches!(self.what, What::Sync)
    }

    pub(super) fn is_write_to(&self, file: &str) -> bool {
        matches!(self.what, What::Write { .. }) && self.file.as_deref() == Some(file)
    }
}

/// Reads what strace wrote down (`-ttt -T -xx -y`), in the order of time. What failed did nothing.
pub(super) fn read(records: &str, folder: &str) -> Vec<Event> {
    let mut events: Vec<Event> = records.lines().filter_map(|line| event(line, folder)).collect();
    events.sort_by_key(|event| event.begun);
    events
}

fn event(line: &str, folder: &str) -> Option<Event> {
    let (begun, call) = line.split_once(' ')?;
    let (name, rest) = call.split_once('(')?;
    let (arguments, outcome) = rest.rsplit_once(") = ")?;
    let (result, took) = outcome.rsplit_once(" <")?;
    if result.starts_with("-1") {
        return None;
    }
    let begun = UNIX_EPOCH + Duration::from_secs_f64(begun.parse().ok()?);
    let ended = begun + Duration::from_secs_f64(took.strip_suffix('>')?.parse().ok()?);
    let mut arguments = arguments.split(", ");
    let path = match name {
        "openat" => text(arguments.nth(1)?),
        _ => text(arguments.next()?.split_once('<')?.1.strip_suffix('>')?),
    };
    let path = String::from_utf8(path).ok()?;
    let what = match name {
        "openat" => line.contains("O_CREAT").then_some(What::Create)?,
        "fsync" | "fdatasync" => What::Sync,
        "ftruncate" => What::Truncate(arguments.next()?.parse().ok()?),
        "pwrite64" => {
            let bytes = text(arguments.next()?);
            What::Write { bytes, at: arguments.nth(1)?.parse().ok()? }
        }
        other => panic!("what {other} does to the database is not known here: {line:.300}"),
    };
    let file = path.strip_prefix(&format!("{folder}/keymoor.sqlite")).map(str::to_owned);
    let known = file.is_some() || path == folder;
    known.then_some(Event { begun, ended, file, what })
}

/// The bytes of a text that strace writes as `"\x61\x62"`, with or without the marks.
fn text(written: &str) -> Vec<u8> {
    let digits = written.trim_matches('"').split("\\x").skip(1);
    let byte =
        |digits: &str| u8::from_str_radix(digits, 16).unwrap_or_else(|_| panic!("{written}"));
    digits.map(byte).collect()
}
