#![expect(clippy::doc_markdown, reason = "these comments are the text of --help")]
//! `keymoor admin audit …`: what happened, page after page, as text, JSON lines or CSV.

use std::{collections::HashMap, time::Duration};

use clap::{Args, Subcommand, ValueEnum};
use keymoor_core::{Clock, UnixTime};
use keymoor_guard::SystemClock;
use keymoor_server::admin::{AuditCommand, Command};
use keymoor_store::AuditPlace;
use serde_json::Value;

use super::{
    arguments::Output,
    audit_format::{CSV_HEAD, as_csv, as_json, as_text},
    channel,
};
use crate::{error::Error, options::ServeOptions, output::say};

/// How often a follower looks, and for how long what it has shown may still move: failures are
/// written some seconds after they happened, by several servers.
const PAUSE: Duration = Duration::from_secs(1);
const OVERLAP: i64 = 120;
const DAY: i64 = 86_400;

#[derive(Subcommand)]
pub(super) enum Audit {
    /// Prints what happened last, and with --follow what happens
    Tail {
        /// How many events
        #[arg(short = 'n', long, default_value_t = 20)]
        lines: usize,
        /// Goes on with what happens, until it is interrupted
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        kinds: Kinds,
    },
    /// Prints what happened in a span of time, oldest first
    Export {
        /// From then on: 2026-11-25, 2026-11-25T05:00:00Z, or 90m, 24h, 7d ago [default: the beginning]
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: Option<UnixTime>,
        /// Before then [default: now]
        #[arg(long, value_name = "TIME", value_parser = time)]
        until: Option<UnixTime>,
        /// How: a JSON object a line, or CSV
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        #[command(flatten)]
        kinds: Kinds,
    },
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    Jsonl,
    Csv,
}

#[derive(Args)]
pub(super) struct Kinds {
    /// Only these kinds, as sign_in.failed, or sign_in for all of sign_in; may stand several times
    #[arg(long = "kind", value_name = "KIND")]
    kinds: Vec<String>,
}

impl Kinds {
    fn take(&self, event: &Value) -> bool {
        let kind = event["kind"].as_str().unwrap_or_default();
        let fits = |wanted: &String| {
            kind.strip_prefix(wanted.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.kinds.is_empty() || self.kinds.iter().any(fits)
    }
}

/// Reads a moment: of RFC 3339, a date in UTC, or so long ago.
fn time(text: &str) -> Result<UnixTime, String> {
    let ago = || {
        let (count, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let unit = match unit {
            "m" => 60,
            "h" => 3600,
            "d" => DAY,
            _ => return None,
        };
        let seconds = count.parse::<u32>().ok().map(i64::from)?.checked_mul(unit)?;
        Some(SystemClock.now().plus(-seconds))
    };
    let whole = format!("{text}T00:00:00Z");
    let stamp = text.parse::<jiff::Timestamp>().or_else(|_| whole.parse()).ok();
    let stamp = stamp.map(|stamp| UnixTime::from_seconds(stamp.as_second()));
    stamp.or_else(ago).ok_or_else(|| "needs a time such as 2026-11-25T05:00:00Z or 24h".to_owned())
}

/// Carries it out.
pub(super) async fn run(place: &ServeOptions, audit: Audit, output: Output) -> Result<(), Error> {
    match audit {
        Audit::Export { since, until, format, kinds } => {
            let since = since.unwrap_or(UnixTime::from_seconds(0));
            let until = until.unwrap_or_else(|| SystemClock.now().plus(1));
            export(place, (since, until), format, &kinds).await
        }
        Audit::Tail { lines, follow, kinds } => tail(place, lines, follow, &kinds, output).await,
    }
}

async fn export(
    place: &ServeOptions,
    (since, until): (UnixTime, UnixTime),
    format: Format,
    kinds: &Kinds,
) -> Result<(), Error> {
    if matches!(format, Format::Csv) {
        say(CSV_HEAD);
    }
    each(place, (since, until), |event| {
        if kinds.take(event) {
            match format {
                Format::Jsonl => say(as_json(event)),
                Format::Csv => say(as_csv(event)),
            }
        }
    })
    .await
}

/// Reads a span page by page.
async fn each(
    place: &ServeOptions,
    (since, until): (UnixTime, UnixTime),
    mut take: impl FnMut(&Value),
) -> Result<(), Error> {
    let mut after: Option<AuditPlace> = None;
    loop {
        let page = Command::Audit(AuditCommand::Page { since, until, after });
        let answer = channel::send(place, page).await?;
        answer["events"].as_array().into_iter().flatten().for_each(&mut take);
        after = serde_json::from_value(answer["after"].clone()).map_err(Error::unavailable)?;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn tail(
    place: &ServeOptions,
    lines: usize,
    follow: bool,
    kinds: &Kinds,
    output: Output,
) -> Result<(), Error> {
    let show = |event: &Value| match output {
        Output::Json => say(as_json(event)),
        Output::Text => say(as_text(event)),
    };
    let mut seen = Seen::default();
    let mut last = Vec::new();
    let end = || SystemClock.now().plus(OVERLAP);
    each(place, (SystemClock.now().plus(-DAY), end()), |event| {
        if seen.is_new(event) && kinds.take(event) {
            last.push(event.clone());
        }
    })
    .await?;
    last.iter().skip(last.len().saturating_sub(lines)).for_each(show);
    if !follow {
        return Ok(());
    }
    loop {
        tokio::time::sleep(PAUSE).await;
        let since = SystemClock.now().plus(-OVERLAP);
        each(place, (since, end()), |event| {
            if seen.is_new(event) && kinds.take(event) {
                show(event);
            }
        })
        .await?;
    }
}

/// What was shown, by its id, as of its time and count: what happens again is shown again.
#[derive(Default)]
struct Seen(HashMap<String, (String, i64)>);

impl Seen {
    fn is_new(&mut self, event: &Value) -> bool {
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let state = (text("at"), event["times"].as_i64().unwrap_or_default());
        self.0.insert(text("id"), state.clone()) != Some(state)
    }
}
