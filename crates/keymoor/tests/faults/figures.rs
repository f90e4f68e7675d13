//! How long a round runs, and what it came to.

use std::{env, fs::OpenOptions, io::Write, path::Path, time::Duration};

use crate::ledger::Tally;

/// How often a round does what it does: the number in the variable, or that of the short form.
pub(crate) fn count(variable: &str, short: usize) -> usize {
    let given = env::var(variable).ok();
    given.map_or(short, |text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number")))
}

/// A seed that is told, so that a failure can be had again: `KEYMOOR_FAULT_SEED`, or one of `short`.
pub(crate) fn seed(short: u64) -> u64 {
    let seed = env::var("KEYMOOR_FAULT_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed.unwrap_or(short);
    eprintln!("KEYMOOR_FAULT_SEED={seed}");
    seed
}

/// What a round came to, as a line of the table.
pub(crate) struct Row<'a> {
    /// What was done, in the words of the table.
    pub(crate) fault: &'a str,
    /// How often.
    pub(crate) times: usize,
    pub(crate) tally: &'a Tally,
    /// How long each return took.
    pub(crate) back: Vec<Duration>,
}

impl Row<'_> {
    /// Adds the line to the table.
    pub(crate) fn tell(mut self) {
        self.back.sort();
        let Tally { changes, lost, revived, ghosts, .. } = self.tally;
        let (fault, times) = (self.fault, self.times);
        let back = percentiles(&self.back, &[50, 99, 100]);
        let line =
            format!("| {fault} | {times} | {changes} | {lost} | {revived} | {ghosts} | {back} |");
        tell("faults", &line);
    }
}

/// Prints a line, and adds it to the table of that name in the folder `KEYMOOR_FAULT_TABLES`, if any.
pub(crate) fn tell(table: &str, line: &str) {
    eprintln!("{line}");
    if let Ok(folder) = env::var("KEYMOOR_FAULT_TABLES") {
        let path = Path::new(&folder).join(table);
        let mut table = OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(table, "{line}").unwrap();
    }
}

/// Those of sorted times, in milliseconds, as columns of the table.
pub(crate) fn percentiles(sorted: &[Duration], wanted: &[usize]) -> String {
    let at = |percent: usize| match sorted.len() {
        0 => String::new(),
        count => format!("{:.1} ms", sorted[(count - 1) * percent / 100].as_secs_f64() * 1000.0),
    };
    wanted.iter().map(|&percent| at(percent)).collect::<Vec<_>>().join(" | ")
}

/// A loud line for what this machine does not allow to be tried.
pub(crate) fn skip(what: &str, why: &str) {
    eprintln!("== NOT TESTED: {what}, since this machine forbids it: {}", why.trim());
}
