use std::collections::{BTreeSet, HashSet};

use super::{Event, Federated, Snapshot, Subject, Tombstone, remembered::Remembered};
use crate::{claims::Claims, id::OrganizationId, time::UnixTime};

/// What guards go by. Applying an event twice changes nothing more, so what was missed can be told
/// again.
#[derive(Clone, Debug, Default)]
pub struct Removals {
    number: i64,
    federated: HashSet<OrganizationId>,
    disabled: HashSet<OrganizationId>,
    keys: BTreeSet<String>,
    withdrawn: Remembered<String, ()>,
    /// Only tokens issued up to then are dead; all, if `None`.
    dead: Remembered<Subject, Option<UnixTime>>,
}

impl Removals {
    /// What `snapshot` holds, learned at `now`.
    pub fn new(snapshot: Snapshot, now: UnixTime) -> Self {
        let mut removals = Self {
            number: snapshot.number,
            federated: snapshot.federated.into_iter().collect(),
            disabled: snapshot.disabled.into_iter().collect(),
            keys: snapshot.keys.into_iter().collect(),
            ..Self::default()
        };
        for kid in snapshot.withdrawn {
            removals.withdraw(&kid, now);
        }
        for tombstone in snapshot.removed {
            removals.bury(tombstone, now);
        }
        removals
    }

    /// The number of the last change that is in.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Every change up to `number` is in, whether or not it mattered.
    pub fn reached(&mut self, number: i64) {
        self.number = self.number.max(number);
    }

    /// Takes `event` in, learned at `now`, and forgets what cannot matter any more.
    pub fn apply(&mut self, event: &Event, now: UnixTime) {
        match event {
            Event::Removed(tombstone) => self.bury(*tombstone, now),
            Event::Federated(Federated { organization, issued_until }) => {
                self.federated.insert(*organization);
                if issued_until.is_some() {
                    self.bury_scope(*organization, *issued_until, now);
                }
            }
            Event::Unfederated(organization) => drop(self.federated.remove(organization)),
            Event::Disabled { organization, issued_until } => {
                self.disabled.insert(*organization);
                self.bury_scope(*organization, Some(*issued_until), now);
            }
            Event::Enabled(organization) => drop(self.disabled.remove(organization)),
            Event::KeyAdded(kid) if self.is_withdrawn(kid) => {}
            Event::KeyAdded(kid) => drop(self.keys.insert(kid.clone())),
            Event::KeyWithdrawn(kid) => self.withdraw(kid, now),
        }
        self.dead.forget(now);
        self.withdrawn.forget(now);
    }

    fn bury(&mut self, tombstone: Tombstone, now: UnixTime) {
        let later = |known: &Option<UnixTime>, new: Option<UnixTime>| {
            known.zip(new).map(|(known, new)| known.max(new))
        };
        self.dead.learn(tombstone.subject, tombstone.issued_until, now, later);
    }

    fn bury_scope(
        &mut self,
        organization: OrganizationId,
        issued_until: Option<UnixTime>,
        now: UnixTime,
    ) {
        let subject = Subject::Organization(organization);
        self.bury(Tombstone { subject, issued_until }, now);
    }

    fn withdraw(&mut self, kid: &str, now: UnixTime) {
        self.keys.remove(kid);
        self.withdrawn.learn(kid.to_owned(), (), now, |(), ()| ());
    }

    /// Everything, to be told to somebody who knows nothing.
    pub fn snapshot(&self) -> Snapshot {
        let stone = |(&subject, &issued_until)| Tombstone { subject, issued_until };
        Snapshot {
            number: self.number,
            federated: self.federated.iter().copied().collect(),
            disabled: self.disabled.iter().copied().collect(),
            keys: self.keys.iter().cloned().collect(),
            withdrawn: self.withdrawn.iter().map(|(kid, ())| kid.clone()).collect(),
            removed: self.dead.iter().map(stone).collect(),
        }
    }

    /// Whether the token is dead, with whatever it hangs on.
    pub fn is_removed(&self, claims: &Claims) -> bool {
        !self.dead.is_empty() && subjects(claims).any(|subject| self.is_dead(&subject, claims.iat))
    }

    /// What of all that the token hangs on is dead.
    pub fn what_removed(&self, claims: &Claims) -> Option<Subject> {
        subjects(claims).find(|subject| self.is_dead(subject, claims.iat))
    }

    fn is_dead(&self, subject: &Subject, issued: UnixTime) -> bool {
        let until = self.dead.get(subject);
        until.is_some_and(|until| until.is_none_or(|until| issued <= until))
    }

    /// Whether the organization enforces single sign-on.
    pub fn is_federated(&self, organization: OrganizationId) -> bool {
        self.federated.contains(&organization)
    }

    /// Whether the organization is disabled.
    pub fn is_disabled(&self, organization: OrganizationId) -> bool {
        self.disabled.contains(&organization)
    }

    /// Whether a signing key of that `kid` counts.
    pub fn has_key(&self, kid: &str) -> bool {
        self.keys.contains(kid)
    }

    /// Whether the signing key of that `kid` was withdrawn, whoever still publishes it.
    pub fn is_withdrawn(&self, kid: &str) -> bool {
        !self.withdrawn.is_empty() && self.withdrawn.get(&kid.to_owned()).is_some()
    }

    /// The `kid` of each signing key that counts.
    pub fn kids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }
}

/// Everything that a token hangs on.
fn subjects(claims: &Claims) -> impl Iterator<Item = Subject> + '_ {
    let account = claims.sub;
    let fixed =
        [Subject::ApiKey(claims.client_id), Subject::Token(claims.jti), Subject::Account(account)];
    let organizations = claims.scope.organizations().flat_map(move |organization| {
        [Subject::Organization(organization), Subject::Member { organization, account }]
    });
    let whence = claims.secret_id.map(Subject::Secret).into_iter();
    let whence = whence.chain(claims.grant_id.map(Subject::Grant));
    fixed.into_iter().chain(whence).chain(organizations)
}
