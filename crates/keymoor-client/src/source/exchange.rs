use std::{fmt, sync::Arc, time::Duration};

use keymoor_core::{Scopes, UnixTime};
use url::Url;

use super::sending::post;
use crate::{
    cache::{DiskCache, decision::Standing, disk::Lock, key::CacheKey, notice::Notice},
    credentials::{CredentialSource, Credentials, Mark},
    endpoints::Endpoints,
    error::Error,
    exchange::{Granted, Incoming, Outgoing, Style, TokenRequest, read},
    retry::{Retries, is_passing},
    timing::{Moment, Timer},
    token::{AccessToken, Held},
    transport::{Cause, Received, TimeOuts, Transport, Unreachable, host},
};

/// The first wait for another process's lock, and the longest.
const GLANCE: Duration = Duration::from_millis(5);
const LONG_GLANCE: Duration = Duration::from_millis(50);

/// Gets tokens: from the disk if another process got one, else from the token endpoint.
pub(crate) struct Exchange {
    pub(crate) endpoints: Endpoints,
    pub(crate) credentials: Arc<dyn CredentialSource>,
    pub(crate) style: Style,
    pub(crate) disk: Option<DiskCache>,
    pub(crate) transport: Arc<Transport>,
    pub(crate) time_outs: TimeOuts,
    pub(crate) retries: Retries,
    pub(crate) timer: Arc<dyn Timer>,
}

/// What a caller wants.
#[derive(Clone)]
pub(super) struct Want {
    pub(super) scopes: Scopes,
    pub(super) at_least: Duration,
    /// A token that an API refused: it does not do, whatever its age.
    pub(super) refused: Option<AccessToken>,
    /// Whether somebody waits. Otherwise it is left to another process that is at it.
    pub(super) urgent: bool,
}

enum Turn {
    /// Nobody else is at it; with the lock, if there is a disk that gives one.
    Ours(Option<Lock>),
    /// Another process is at it.
    Theirs,
}

impl Exchange {
    pub(super) fn timer(&self) -> &dyn Timer {
        self.timer.as_ref()
    }

    pub(super) fn cached(
        &self,
        mark: &Mark,
        scopes: &Scopes,
        at_least: Duration,
    ) -> Option<AccessToken> {
        let want = Want { scopes: scopes.clone(), at_least, refused: None, urgent: true };
        self.on_disk(&self.key(mark, scopes), &want)
    }

    fn key(&self, mark: &Mark, scopes: &Scopes) -> CacheKey {
        CacheKey::new(self.endpoints.token_url(), mark, scopes, self.style)
    }

    /// Whose lock is taken: of a login, that of all its scopes, since each exchange spends the one
    /// refresh token.
    fn lane(&self, mark: &Mark, key: &CacheKey) -> CacheKey {
        if mark.refreshes { self.key(mark, &Scopes::default()) } else { key.clone() }
    }

    pub(super) async fn forget(&self, scopes: &Scopes) -> Result<(), Error> {
        let Some(disk) = &self.disk else { return Ok(()) };
        let key = self.key(&self.looked_for().await?.0, scopes);
        disk.remove(&key).map_err(|error| Error::Setup(format!("a cached token stays: {error}")))
    }

    /// A token; `None` if nobody waits and another process is getting one.
    pub(super) async fn obtain(&self, want: &Want) -> Result<Option<AccessToken>, Error> {
        let (mark, loaded) = self.looked_for().await?;
        let key = self.key(&mark, &want.scopes);
        if let Some(token) = self.on_disk(&key, want) {
            return Ok(Some(token));
        }
        let began = self.timer.now();
        let lane = self.lane(&mark, &key);
        let Turn::Ours(lock) = self.turn(&lane, want.urgent).await else { return Ok(None) };
        // Whoever had the lock may have got one, or may know that there is none to be had.
        if lock.is_some() {
            if let Some(token) = self.on_disk(&key, want) {
                return Ok(Some(token));
            }
            self.heed(&lane, began)?;
        }
        let credentials = match loaded {
            // A refresh token that was read before the lock was had may be used up by now.
            Some(credentials) if credentials.login.is_none() => credentials,
            _ => self.credentials.load().await?,
        };
        let token = self.request(&credentials, &want.scopes, lock.as_ref()).await?;
        // Of the secret that was sent: it may have been replaced since it was looked at.
        self.keep(&self.key(&Mark::of(&credentials), &want.scopes), &token);
        Ok(Some(token))
    }

    /// Which credentials, and these themselves where they had to be loaded to tell.
    async fn looked_for(&self) -> Result<(Mark, Option<Credentials>), Error> {
        if let Some(mark) = self.credentials.mark().await? {
            return Ok((mark, None));
        }
        let loaded = self.credentials.load().await?;
        Ok((Mark::of(&loaded), Some(loaded)))
    }

    /// Fails as the process did that had the lock meanwhile, and as long as the server asked for it.
    fn heed(&self, key: &CacheKey, began: UnixTime) -> Result<(), Error> {
        let notice = self.disk.as_ref().and_then(|disk| disk.announced(key));
        let Some(told) = notice.and_then(|notice| notice.told(began, self.timer.now())) else {
            return Ok(());
        };
        let host = host(self.endpoints.token_url());
        let Some(status) = told.status else {
            let cause = Cause::Connect("another process did not reach it either".to_owned());
            return Err(Unreachable { host, cause }.into());
        };
        let description = Some("another process was told so".to_owned());
        let retry_after = told.wait;
        Err(Error::Unavailable { host, status, retry_after, description, answer: None })
    }

    fn on_disk(&self, key: &CacheKey, want: &Want) -> Option<AccessToken> {
        let token = self.disk.as_ref()?.read(key, &self.timer)?;
        let refused = want.refused.as_ref().is_some_and(|refused| refused.is_same(&token));
        let usable = match token.age(&Moment::now(self.timer())).standing(want.at_least) {
            Standing::Fresh => true,
            Standing::Renew => want.urgent,
            Standing::Expired => false,
        };
        (usable && !refused).then_some(token)
    }

    /// A cache that cannot be written is not the caller's trouble: the token is good.
    fn keep(&self, key: &CacheKey, token: &AccessToken) {
        let Some(disk) = &self.disk else { return };
        if let Err(error) = disk.write(key, token) {
            tracing::warn!(%error, "an access token is not cached");
        }
    }

    /// Waits for whoever has the lock, for as long as a request may take; then goes on without: a
    /// process that hangs with it must not stop the others.
    async fn turn(&self, key: &CacheKey, urgent: bool) -> Turn {
        let Some(disk) = &self.disk else { return Turn::Ours(None) };
        let (mut glance, mut waited) = (GLANCE, Duration::ZERO);
        while waited < self.time_outs.token.saturating_mul(2) {
            match disk.try_lock(key) {
                Ok(Some(lock)) => return Turn::Ours(Some(lock)),
                Ok(None) if !urgent => return Turn::Theirs,
                // The time that a server asked for does not count: the other one is not hanging.
                Ok(None) if self.is_put_off(disk, key) => waited = Duration::ZERO,
                Ok(None) => {}
                Err(error) => {
                    tracing::warn!(%error, "the token cache cannot be locked");
                    return Turn::Ours(None);
                }
            }
            self.timer.pause(glance).await;
            waited += glance;
            glance = (glance * 2).min(LONG_GLANCE);
        }
        Turn::Ours(None)
    }

    fn is_put_off(&self, disk: &DiskCache, key: &CacheKey) -> bool {
        disk.announced(key).is_some_and(|notice| notice.is_waiting(self.timer.now()))
    }

    async fn request(
        &self,
        credentials: &Credentials,
        scopes: &Scopes,
        lock: Option<&Lock>,
    ) -> Result<AccessToken, Error> {
        let mut tried = 0;
        loop {
            tried += 1;
            let error = match self.request_once(credentials, scopes).await {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            let wait = match Trouble::of(&error) {
                Trouble::Passing(after) => self.retries.wait(tried, after, self.timer.chance()),
                Trouble::Lasting => None,
            };
            let notice = self.notice(&error, wait);
            if let (Some(lock), Some(notice)) = (lock, notice) {
                // Who cannot read it waits for less, or asks the server itself.
                let _ = lock.announce(notice);
            }
            let Some(wait) = wait else { return Err(error) };
            tracing::debug!(%error, "the token endpoint is asked again");
            self.timer.pause(wait).await;
        }
    }

    /// What others are told: how long this process waits, or that it gave up.
    fn notice(&self, error: &Error, wait: Option<Duration>) -> Option<Notice> {
        let now = self.timer.now();
        match (wait, error) {
            (Some(wait), _) => Some(Notice::waiting(now, wait)),
            (None, Error::Unavailable { status, retry_after, .. }) => {
                Some(Notice::given_up(now, Some(*status), *retry_after))
            }
            (None, Error::Unreachable(_)) => Some(Notice::given_up(now, None, None)),
            // What is wrong with this process's request need not be wrong with the others'.
            _ => None,
        }
    }

    async fn request_once(
        &self,
        credentials: &Credentials,
        scopes: &Scopes,
    ) -> Result<AccessToken, Error> {
        let outgoing = TokenRequest { credentials, scopes, style: self.style }.render();
        // From before it was sent, so that a token is never thought younger than it is.
        let obtained = Moment::now(self.timer());
        let received = self.post(self.endpoints.token_url(), outgoing).await?;
        let granted = self.read(&received, credentials, scopes)?;
        let Granted { text, life, scopes, skew, refresh_token } = granted;
        if credentials.login.is_some()
            && let Some(next) = refresh_token
        {
            self.credentials.follow(credentials, next).await?;
        }
        let timer = self.timer.clone();
        Ok(AccessToken::new(Held { text, scopes, life, obtained, skew, timer }))
    }

    fn read(
        &self,
        received: &Received,
        credentials: &Credentials,
        scopes: &Scopes,
    ) -> Result<Granted, Error> {
        let incoming = Incoming {
            host: &host(&received.url),
            status: received.status.as_u16(),
            headers: &received.headers,
            body: &received.body,
            now: self.timer.now(),
        };
        read(&incoming, credentials, scopes)
    }

    async fn post(&self, url: &Url, outgoing: Outgoing) -> Result<Received, Error> {
        post(&self.transport, url, outgoing, self.time_outs.token).await
    }

    pub(super) async fn revoke(&self, token: &AccessToken) -> Result<(), Error> {
        let credentials = self.credentials.load().await?;
        self.end(&credentials, token.expose()).await
    }

    /// Ends a login, by its refresh token; nothing with an API Secret.
    pub(super) async fn end_login(&self) -> Result<(), Error> {
        let credentials = self.credentials.load().await?;
        match credentials.login {
            Some(_) => self.end(&credentials, credentials.secret.expose()).await,
            None => Ok(()),
        }
    }

    async fn end(&self, credentials: &Credentials, token: &str) -> Result<(), Error> {
        let url = self.endpoints.revoke_url();
        let url = url.ok_or_else(|| Error::Setup("no URL for revocation is known".to_owned()))?;
        let scopes = Scopes::default();
        let request = TokenRequest { credentials, scopes: &scopes, style: Style::Form };
        let outgoing = request.render_revocation(token);
        let received = self.post(url, outgoing).await?;
        if received.status.is_success() {
            return Ok(());
        }
        self.read(&received, credentials, &scopes).map(|_| ())
    }
}

/// What is to be done about a failure.
enum Trouble {
    /// It may have passed the next time. The server may say how long to wait.
    Passing(Option<Duration>),
    Lasting,
}

impl Trouble {
    fn of(error: &Error) -> Self {
        match error {
            Error::Unreachable(error) if error.may_pass() => Self::Passing(None),
            Error::Unavailable { status, retry_after, .. } if is_passing(*status) => {
                Self::Passing(*retry_after)
            }
            _ => Self::Lasting,
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}
