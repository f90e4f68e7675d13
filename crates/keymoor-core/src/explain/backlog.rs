use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{RefusedCall, Who};
use crate::{id::ApiKey, time::UnixTime};

/// The most calls of one API Key, of all of them, and of strangers, that wait to be stored. Strangers
/// have a place of their own, so that they take nobody else's, and so has the first call of each API
/// Key: many calls of some take no place of others.
const EACH: u32 = 20;
const PROVED: usize = 500;
const FIRSTS: usize = 2000;
const STRANGERS: usize = 100;

/// The most calls that one report tells of.
pub const MAX_REPORTED: usize = 100;

/// Refused calls that wait to be stored, or to be told to a server. Where no place is left, what came
/// first stays.
#[derive(Debug, Default)]
pub struct Backlog {
    proved: Vec<RefusedCall>,
    strangers: Vec<RefusedCall>,
    each: HashMap<ApiKey, u32>,
    dropped: u64,
}

impl Backlog {
    /// Takes `call`, or drops it where there is no place.
    pub fn push(&mut self, call: RefusedCall) {
        if !self.place(call) {
            self.dropped += 1;
        }
    }

    fn place(&mut self, call: RefusedCall) -> bool {
        let Who::Proved { api_key, .. } = call.who else {
            let fits = self.strangers.len() < STRANGERS;
            if fits {
                self.strangers.push(call);
            }
            return fits;
        };
        let count = self.each.get(&api_key).copied().unwrap_or_default();
        let fits = if count == 0 {
            self.proved.len() < PROVED + FIRSTS
        } else {
            self.proved.len() < PROVED && count < EACH
        };
        if fits {
            self.each.insert(api_key, count + 1);
            self.proved.push(call);
        }
        fits
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.proved.is_empty() && self.strangers.is_empty()
    }

    /// Everything, and how many were dropped since the last time.
    pub fn take(&mut self) -> (Vec<RefusedCall>, u64) {
        let mut calls = std::mem::take(&mut self.proved);
        calls.append(&mut self.strangers);
        self.each.clear();
        (calls, std::mem::take(&mut self.dropped))
    }
}

/// What a guard in another process tells its server of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalReport {
    /// The time by the guard's clock.
    pub sent_at: UnixTime,
    /// Calls that are not told, for want of a place.
    #[serde(default)]
    pub dropped: u64,
    /// At most [`MAX_REPORTED`].
    pub calls: Vec<RefusedCall>,
}
