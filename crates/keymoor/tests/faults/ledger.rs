//! What the servers acknowledged, and whether they keep to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    time::{Duration, SystemTime},
};

use crate::http::{Answer, ApiToken, Caller, Outcome};

/// What is known of an API token.
#[derive(Clone, Debug)]
enum State {
    /// Nobody knows whether it was made, and nobody has its secret.
    Asked,
    /// It was refused: it may not be there.
    Refused,
    Alive(ApiToken),
    /// Nobody knows whether it was removed.
    Removing(ApiToken, Option<String>),
    /// With an access token of before.
    Removed(ApiToken, Option<String>),
}

/// What is wrong, and how much was acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Acknowledged creations and removals.
    pub(crate) changes: usize,
    /// Acknowledged creations that are gone.
    pub(crate) lost: usize,
    /// Acknowledged removals that are undone.
    pub(crate) revived: usize,
    /// Refused creations that happened.
    pub(crate) ghosts: usize,
    /// Each of them, and whatever else is wrong.
    pub(crate) faults: Vec<String>,
}

impl Tally {
    /// Puts another one to it.
    pub(crate) fn add(&mut self, other: Self) {
        self.changes += other.changes;
        self.lost += other.lost;
        self.revived += other.revived;
        self.ghosts += other.ghosts;
        self.faults.extend(other.faults);
    }

    /// Nothing is wrong.
    pub(crate) fn check(&self) {
        assert!(self.faults.is_empty(), "{:#?}", self.faults);
        assert!(self.changes > 0, "nothing was acknowledged, so nothing was shown");
    }
}

/// Every change that was asked for, by the label of its API token.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Pages>);

#[derive(Default)]
struct Pages {
    states: BTreeMap<String, State>,
    /// What happened to these since they were looked at last.
    touched: BTreeSet<String>,
    /// Each state and when it was known.
    history: Vec<(SystemTime, String, State)>,
    /// How many were refused by a server that could not serve them.
    unserved: usize,
    tally: Tally,
}

impl Pages {
    #[expect(clippy::disallowed_methods, reason = "strace tells the time of the same clock")]
    fn set(&mut self, label: &str, state: State) {
        self.history.push((SystemTime::now(), label.to_owned(), state.clone()));
        self.touched.insert(label.to_owned());
        self.states.insert(label.to_owned(), state);
    }
}

impl Ledger {
    fn pages<T>(&self, look: impl FnOnce(&mut Pages) -> T) -> T {
        look(&mut self.0.lock().unwrap())
    }

    /// Makes an API token, and remembers how that went.
    pub(crate) async fn create(&self, caller: &Caller, bearer: &str) -> Option<String> {
        let label = self.pages(|pages| {
            let label = format!("n{:06}", pages.states.len());
            pages.set(&label, State::Asked);
            label
        });
        let outcome = caller.create(bearer, &label).await;
        self.pages(|pages| match outcome {
            Outcome::Done(token) => {
                pages.tally.changes += 1;
                pages.set(&label, State::Alive(token));
                Some(label)
            }
            Outcome::Refused(answer) => {
                pages.note_refusal(&answer);
                pages.set(&label, State::Refused);
                None
            }
            Outcome::Unknown => None,
        })
    }

    /// Gets an access token of it, removes it, and remembers how that went.
    pub(crate) async fn remove(&self, caller: &Caller, bearer: &str, label: &str) -> bool {
        let Some(token) = self.alive(label) else { return false };
        let before = caller.bearer(&token).await;
        self.pages(|pages| pages.set(label, State::Removing(token.clone(), before.clone())));
        let outcome = caller.remove(bearer, &token.key).await;
        self.pages(|pages| match outcome {
            Outcome::Done(_) => {
                pages.tally.changes += 1;
                pages.set(label, State::Removed(token, before));
                true
            }
            Outcome::Refused(answer) => {
                pages.note_refusal(&answer);
                pages.set(label, State::Alive(token));
                false
            }
            Outcome::Unknown => false,
        })
    }

    /// What was known at that time.
    pub(crate) fn as_of(&self, time: SystemTime) -> Self {
        let mut then = Pages::default();
        self.pages(|pages| {
            for (_, label, state) in pages.history.iter().filter(|(at, ..)| *at <= time) {
                then.set(label, state.clone());
            }
        });
        Self(Mutex::new(then))
    }

    /// How many acknowledged changes it has.
    pub(crate) fn changes(&self) -> usize {
        self.pages(|pages| {
            let states = pages.history.iter().map(|(_, _, state)| state);
            states.filter(|state| matches!(state, State::Alive(_) | State::Removed(..))).count()
        })
    }

    /// The API token, if it was made and not removed.
    pub(crate) fn alive(&self, label: &str) -> Option<ApiToken> {
        self.pages(|pages| match pages.states.get(label) {
            Some(State::Alive(token)) => Some(token.clone()),
            _ => None,
        })
    }

    /// The labels of those that were refused since this was asked last: none of them may be there.
    pub(crate) fn refused(&self) -> Vec<String> {
        self.pages(|pages| {
            let refused = pages
                .touched
                .iter()
                .filter(|label| matches!(pages.states.get(*label), Some(State::Refused)));
            refused.cloned().collect()
        })
    }

    /// How many changes there are of which nobody knows what became of them.
    pub(crate) fn unknown(&self) -> usize {
        let unknown = |state: &&State| matches!(state, State::Asked | State::Removing(..));
        self.pages(|pages| pages.states.values().filter(unknown).count())
    }

    /// How many changes a server could not serve that was there.
    pub(crate) fn unserved(&self) -> usize {
        self.pages(|pages| pages.unserved)
    }

    /// Waits until so many more changes are acknowledged.
    pub(crate) async fn until_more(&self, changes: usize) {
        let wanted = self.changes() + changes;
        while self.changes() < wanted {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// One of [`Ledger::refused`] is there.
    pub(crate) fn found_ghost(&self, label: &str) {
        self.pages(|pages| pages.tally.ghosts += 1);
        self.fault(format!("{label} was refused, and is there"));
    }

    /// Something else is wrong.
    pub(crate) fn fault(&self, what: String) {
        self.pages(|pages| pages.tally.faults.push(what));
    }

    /// Looks at everything that something happened to since it was looked at last, and settles what
    /// nobody knew.
    pub(crate) async fn verify(&self, caller: &Caller) {
        let touched = self.pages(|pages| std::mem::take(&mut pages.touched));
        for label in touched {
            self.verify_one(caller, &label).await;
        }
    }

    /// Looks at everything, and says what it came to.
    pub(crate) async fn close(&self, caller: &Caller) -> Tally {
        let all: Vec<String> = self.pages(|pages| pages.states.keys().cloned().collect());
        for label in all {
            self.verify_one(caller, &label).await;
        }
        self.tally()
    }

    /// What it came to until now.
    pub(crate) fn tally(&self) -> Tally {
        self.pages(|pages| std::mem::take(&mut pages.tally))
    }

    async fn verify_one(&self, caller: &Caller, label: &str) {
        let state = self.pages(|pages| pages.states.get(label).cloned());
        match state {
            None | Some(State::Asked | State::Refused) => {}
            Some(State::Alive(token)) => {
                let answer = caller.ask(&token).await;
                if status(answer.as_ref()) != 200 {
                    self.pages(|pages| pages.tally.lost += 1);
                    self.fault(format!("{label} was made, and is answered {answer:?}"));
                }
            }
            Some(State::Removing(token, before)) => match caller.ask(&token).await {
                Some(answer) if answer.status == 200 => self.settle(label, State::Alive(token)),
                answer if is_refused(answer.as_ref()) => {
                    self.verify_removed(caller, label, before.as_deref()).await;
                    self.settle(label, State::Removed(token, before));
                }
                answer => self.fault(format!("{label} is half removed: {answer:?}")),
            },
            Some(State::Removed(token, before)) => {
                let answer = caller.ask(&token).await;
                if !is_refused(answer.as_ref()) {
                    self.pages(|pages| pages.tally.revived += 1);
                    self.fault(format!("{label} was removed, and is answered {answer:?}"));
                }
                self.verify_removed(caller, label, before.as_deref()).await;
            }
        }
    }

    fn settle(&self, label: &str, state: State) {
        self.pages(|pages| pages.states.insert(label.to_owned(), state));
    }

    /// An access token of a removed API token is refused, too.
    async fn verify_removed(&self, caller: &Caller, label: &str, before: Option<&str>) {
        let Some(before) = before else { return };
        let used = caller.call(before).await;
        if used != Some(401) {
            self.pages(|pages| pages.tally.revived += 1);
            self.fault(format!("{label} was removed, and its access token is answered {used:?}"));
        }
    }
}

impl Pages {
    /// A fault of the server's is told as one: nobody who is in the right is told otherwise.
    fn note_refusal(&mut self, answer: &Answer) {
        self.unserved += usize::from(answer.status == 503);
        if ![0, 503].contains(&answer.status) {
            self.tally.faults.push(format!("a change was refused so: {answer:?}"));
        }
    }
}

fn status(answer: Option<&Answer>) -> u16 {
    answer.map_or(0, |answer| answer.status)
}

fn is_refused(answer: Option<&Answer>) -> bool {
    answer.is_some_and(|answer| answer.status == 401 && answer.body["error"] == "invalid_client")
}
