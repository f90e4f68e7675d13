//! What nobody may do too often. Each server counts for itself, in memory.
//!
//! Nobody uses up what is somebody else's: refusals count against the address that they went to,
//! and a right secret is never refused for them; access tokens count against the API token, or against
//! an application in the name of whoever let it in, only after that was proved.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ipnet::IpNet;
use keymoor_core::{
    AccountId, ApiKey, ApplicationId,
    rate::{Meter, Rate},
    wire::{InvalidGrant, OAuthError},
};

use crate::{Settings, failure::Failure};

/// The most that is counted at once of a kind: who floods may come from anywhere.
const MOST: usize = 100_000;

/// How many wrong passwords, codes and requests for mail are taken from one address at once. An
/// office may share one.
const FORMS: u32 = 200;
/// How long it takes until one more is taken.
const FORM_EVERY: Duration = Duration::from_secs(5);

/// How many devices may ask for a code from one address at once: each takes a row for ten minutes.
const DEVICES: u32 = 100;
/// How long it takes until one more may.
const DEVICE_EVERY: Duration = Duration::from_secs(2);

/// How many times as many access tokens as an API token, or an application in one person's name, an application gets, for all who let
/// it in together: no few of them use that up, and no application all of the server.
const OF_APPLICATION: u32 = 50;

/// What was done lately.
pub(crate) struct Limits {
    issued: Option<Meters<ApiKey>>,
    granted: Option<Meters<(ApplicationId, AccountId)>>,
    applications: Option<Meters<ApplicationId>>,
    refused: Option<Meters<IpNet>>,
    forms: Meters<IpNet>,
    devices: Meters<IpNet>,
}

impl Limits {
    pub(crate) fn new(settings: &Settings) -> Self {
        let second = Duration::from_secs(1);
        let minute = Duration::from_mins(1);
        let issued = settings.tokens_per_second.map(|count| Rate::within(count, second));
        let of_all = |one: Rate| Rate::within(one.burst.saturating_mul(OF_APPLICATION), second);
        Self {
            issued: issued.map(Meters::new),
            granted: issued.map(Meters::new),
            applications: issued.map(of_all).map(Meters::new),
            refused: settings
                .refusals_per_minute
                .map(|count| Meters::new(Rate::within(count, minute))),
            forms: Meters::new(Rate { burst: FORMS, every: FORM_EVERY }),
            devices: Meters::new(Rate { burst: DEVICES, every: DEVICE_EVERY }),
        }
    }

    /// One more access token for the API token, whose secret was proved.
    pub(crate) fn issue(&self, key: ApiKey, now: Duration) -> Result<(), OAuthError> {
        let Some(issued) = &self.issued else {
            return Ok(());
        };
        issued.take(key, now).map_err(|wait| OAuthError::TooManyIssued(seconds(wait)))
    }

    /// One more access token in the name of whoever let the application in, however often they did.
    /// Whoever has used up what is theirs uses up nothing of what others have who let the same
    /// application in.
    pub(crate) fn issue_delegated(
        &self,
        (application, account): (ApplicationId, AccountId),
        now: Duration,
    ) -> Result<(), OAuthError> {
        let wait = |wait| OAuthError::TooManyDelegated(seconds(wait));
        if let Some(granted) = &self.granted {
            granted.take((application, account), now).map_err(wait)?;
        }
        let Some(applications) = &self.applications else {
            return Ok(());
        };
        applications.take(application, now).map_err(wait)
    }

    /// What the address is told that `error` was found for: the same, as long as it is not too much.
    pub(crate) fn refuse(&self, address: IpAddr, error: OAuthError, now: Duration) -> OAuthError {
        match (&self.refused, &error) {
            (Some(refused), guess) if is_guess(guess) => {
                let place = place_of(address);
                let outcome = refused.take(place, now);
                outcome.map_or_else(|wait| OAuthError::TooManyRefused(seconds(wait)), |()| error)
            }
            _ => error,
        }
    }

    /// Whether a guess from there is looked into that costs more than others.
    pub(crate) fn may_guess(&self, address: IpAddr, now: Duration) -> Result<(), OAuthError> {
        let Some(refused) = &self.refused else {
            return Ok(());
        };
        let outcome = refused.look(&place_of(address), now);
        outcome.map_err(|wait| OAuthError::TooManyRefused(seconds(wait)))
    }

    /// A guess was in vain, which nobody was told.
    pub(crate) fn guessed(&self, address: IpAddr, now: Duration) {
        if let Some(refused) = &self.refused {
            refused.count(place_of(address), now);
        }
    }

    /// Whether a form of somebody unknown is read.
    pub(crate) fn may_try(&self, address: IpAddr, now: Duration) -> Result<(), Failure> {
        let outcome = self.forms.look(&place_of(address), now);
        outcome.map_err(|wait| Failure::TooMany(seconds(wait)))
    }

    /// One more device that asks for a code.
    pub(crate) fn ask_for_device(&self, address: IpAddr, now: Duration) -> Result<(), OAuthError> {
        let outcome = self.devices.take(place_of(address), now);
        outcome.map_err(|wait| OAuthError::TooManyDevices(seconds(wait)))
    }

    /// A form was in vain, or made work for others.
    pub(crate) fn tried(&self, address: IpAddr, now: Duration) {
        self.forms.count(place_of(address), now);
    }
}

/// Whether that is what somebody is told who tries credentials until some fit. What only whoever holds
/// the right ones gets to read is none.
const fn is_guess(error: &OAuthError) -> bool {
    matches!(error, OAuthError::InvalidClient(_) | OAuthError::InvalidGrant(InvalidGrant::Unknown))
}

/// What one host has, or one line of IPv6.
fn place_of(address: IpAddr) -> IpNet {
    let length = if address.is_ipv4() { 32 } else { 64 };
    IpNet::new(address, length).expect("the length is one that the family has").trunc()
}

/// Whole seconds, one at least.
fn seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

/// A meter for each that did anything lately.
struct Meters<K> {
    rate: Rate,
    counted: Mutex<Counted<K>>,
}

struct Counted<K> {
    meters: HashMap<K, Meter>,
    /// When what is free again was last forgotten.
    swept_at: Duration,
}

impl<K: Eq + Hash> Meters<K> {
    fn new(rate: Rate) -> Self {
        let counted = Counted { meters: HashMap::new(), swept_at: Duration::ZERO };
        Self { rate, counted: Mutex::new(counted) }
    }

    fn take(&self, key: K, now: Duration) -> Result<(), Duration> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.meter(key, now).map_or(Ok(()), |meter| meter.take(self.rate, now))
    }

    fn count(&self, key: K, now: Duration) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(meter) = counted.meter(key, now) {
            meter.count(self.rate, now);
        }
    }

    fn look(&self, key: &K, now: Duration) -> Result<(), Duration> {
        let counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.meters.get(key).map_or(Ok(()), |meter| meter.look(self.rate, now))
    }
}

impl<K: Eq + Hash> Counted<K> {
    /// The meter of `key`; none where there is no more room for one.
    fn meter(&mut self, key: K, now: Duration) -> Option<&mut Meter> {
        if self.meters.len() >= MOST && !self.meters.contains_key(&key) {
            // Not for every request: that would be work for whoever floods to give.
            if now.saturating_sub(self.swept_at) >= Duration::from_secs(1) {
                self.meters.retain(|_, meter| !meter.is_free(now));
                self.swept_at = now;
            }
            if self.meters.len() >= MOST {
                return None;
            }
        }
        Some(self.meters.entry(key).or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s11_an_application_is_held_back_as_a_whole_and_no_other_with_it() {
        let settings = Settings { tokens_per_second: Some(2), ..Settings::new("http://localhost") };
        let (limits, now) = (Limits::new(&settings), Duration::ZERO);
        let application = ApplicationId::from_random([1; 16]);
        let person = |number: u8| AccountId::new(1, [number; 10]);
        let ask = |application, number| limits.issue_delegated((application, person(number)), now);
        let issued = (0..200).filter(|number| ask(application, *number).is_ok()).count();
        assert_eq!(issued, 2 * OF_APPLICATION as usize);
        assert_eq!(ask(application, 201), Err(OAuthError::TooManyDelegated(1)));
        let other = ApplicationId::from_random([2; 16]);
        assert_eq!([202, 202, 202].map(|one| ask(other, one).is_ok()), [true, true, false]);
    }
}
