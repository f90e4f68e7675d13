//! strace as what runs the server: it makes system calls on the database's files fail, and writes down
//! which there were.

use std::{collections::BTreeMap, fs, path::PathBuf};

use tempfile::TempDir;

use crate::place::Place;

/// What SQLite asks of the system for a file.
pub(crate) const CALLS: [&str; 9] = [
    "openat",
    "pread64",
    "pwrite64",
    "fdatasync",
    "fsync",
    "ftruncate",
    "mmap",
    "fcntl",
    "newfstatat",
];

/// One run of a server, as strace sees it.
pub(crate) struct Trace {
    folder: TempDir,
}

impl Trace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("trace")
    }

    /// strace with those options, which looks at [`CALLS`] on the database's files whose names end so.
    pub(crate) fn runner(&self, place: &Place, suffixes: &[&str], options: &[&str]) -> Vec<String> {
        let trace = format!("trace={}", CALLS.join(","));
        let file = self.file();
        let mut words = vec!["strace", "-f", "--seccomp-bpf", "-y", "-e", &trace];
        words.extend(["-o", file.to_str().unwrap()]);
        words.extend(options);
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        for suffix in suffixes {
            words.push("-P".to_owned());
            words.push(format!("{}{suffix}", place.database().display()));
        }
        words
    }

    /// strace that writes down, whole and thread by thread, what changes the database's files or brings
    /// changes to the disk, and when.
    pub(crate) fn recorder(&self, place: &Place) -> Vec<String> {
        let calls = "trace=openat,pwrite64,write,fdatasync,fsync,ftruncate,unlink";
        let mut words = vec!["strace", "-ff", "--seccomp-bpf", "-y", "-ttt", "-T", "-xx"];
        let file = self.file();
        words.extend(["-s", "16777216", "-e", calls, "-o", file.to_str().unwrap()]);
        let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        let folder = place.database().parent().unwrap().display().to_string();
        for path in ["", "/keymoor.sqlite", "/keymoor.sqlite-wal"] {
            words.extend(["-P".to_owned(), format!("{folder}{path}")]);
        }
        words
    }

    /// What [`Trace::recorder`] wrote down, of all threads.
    pub(crate) fn records(&self) -> String {
        let files = fs::read_dir(self.folder.path()).unwrap();
        let read = |path: PathBuf| fs::read_to_string(path).unwrap() + "\n";
        files.map(|file| read(file.unwrap().path())).collect()
    }

    /// The lines: process, call, and the rest.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = fs::read(self.file()).unwrap();
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }

    /// How often a thread made each call, at the most.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut each: BTreeMap<(String, String), usize> = BTreeMap::new();
        for line in self.lines() {
            let mut words = line.split_whitespace();
            let (Some(thread), Some(call)) = (words.next(), words.next()) else { continue };
            let Some((call, _)) = call.split_once('(') else { continue };
            *each.entry((thread.to_owned(), call.to_owned())).or_default() += 1;
        }
        let mut most = BTreeMap::new();
        for ((_, call), count) in each {
            let known: &mut usize = most.entry(call).or_default();
            *known = count.max(*known);
        }
        most
    }
}
