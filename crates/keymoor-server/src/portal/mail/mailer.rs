//! Sends letters over SMTP.

use std::{fmt, sync::Arc, time::Duration};

use keymoor_core::name::Email;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::Mailbox,
    message::header::ContentType,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::Letter;

/// How long the mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a letter that somebody waits for is tried.
const TRIES: u32 = 3;
/// How long between two tries.
const PAUSE: Duration = Duration::from_secs(10);

/// How many requests for a link are looked at at once; more are dropped.
const MAX_REQUESTS: usize = 16;

/// How mail is sent. `Debug` shows nothing: the URL may hold a password.
#[derive(Clone)]
pub struct SmtpSettings {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

/// What the operator gave cannot be used. The URL is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSmtp {
    /// No URL of a mail server.
    #[error(
        "not a URL such as smtps://user@mail.example.com or \
         smtp://mail.example.com:587?tls=required"
    )]
    Url,
    /// No sender.
    #[error("not an address such as Keymoor <keymoor@example.com>")]
    From,
}

impl SmtpSettings {
    /// Reads `smtps://user:password@host:port`, `smtp://host:port?tls=required` or, to a mail server
    /// on this machine, `smtp://localhost:25`; and whom letters come from.
    pub fn parse(url: &str, from: &str) -> Result<Self, InvalidSmtp> {
        // The transport takes the process's provider of cryptography.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| InvalidSmtp::Url)?
            .timeout(Some(PATIENCE))
            .build();
        let from = from.parse().map_err(|_| InvalidSmtp::From)?;
        Ok(Self { transport, from })
    }
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpSettings").finish_non_exhaustive()
    }
}

/// A letter could not be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailError {
    #[error("the letter cannot be written: {0}")]
    Letter(String),
    #[error("the mail server did not take it: {0}")]
    Smtp(#[from] lettre::transport::smtp::Error),
    #[error("the server closes")]
    Closing,
}

/// Sends letters, until the server closes: a mail server that hangs does not hold that up.
pub(crate) struct Mailer {
    settings: Arc<SmtpSettings>,
    closing: CancellationToken,
    requests: Arc<Semaphore>,
}

impl Mailer {
    pub(crate) fn new(settings: SmtpSettings, closing: CancellationToken) -> Self {
        let requests = Arc::new(Semaphore::new(MAX_REQUESTS));
        Self { settings: Arc::new(settings), closing, requests }
    }

    /// A place for a request for a link, if few others are looked at.
    pub(crate) fn reserve(&self) -> Option<OwnedSemaphorePermit> {
        self.requests.clone().try_acquire_owned().ok()
    }

    /// Sends a letter and waits until the mail server has taken it.
    pub(crate) async fn send(&self, to: &Email, letter: &Letter) -> Result<(), MailError> {
        let sent = self.closing.run_until_cancelled(send(&self.settings, to, letter)).await;
        sent.unwrap_or(Err(MailError::Closing))
    }

    /// Sends a letter that somebody waits for, without letting the page wait.
    pub(crate) fn send_soon(&self, to: &Email, letter: Letter) {
        let (settings, to, closing) = (self.settings.clone(), to.clone(), self.closing.clone());
        tokio::spawn(closing.run_until_cancelled_owned(async move {
            for _ in 0..TRIES {
                match send(&settings, &to, &letter).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, "a mail could not be sent"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        }));
    }
}

async fn send(settings: &SmtpSettings, to: &Email, letter: &Letter) -> Result<(), MailError> {
    let to: lettre::Address =
        to.as_str().parse().map_err(|_| MailError::Letter("the address is none".to_owned()))?;
    let message = Message::builder()
        .from(settings.from.clone())
        .to(Mailbox::new(None, to))
        .subject(&letter.subject)
        .message_id(None)
        .header(ContentType::TEXT_PLAIN)
        .body(letter.text.clone())
        .map_err(|error| MailError::Letter(error.to_string()))?;
    settings.transport.send(message).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn of_many_requests_for_a_link_only_some_are_looked_at_at_once() {
        let settings = SmtpSettings::parse("smtp://127.0.0.1:25", "keymoor@example.com").unwrap();
        let mailer = Mailer::new(settings, CancellationToken::new());
        let places: Vec<_> = (0..MAX_REQUESTS).map(|_| mailer.reserve()).collect();
        assert!(places.iter().all(Option::is_some) && mailer.reserve().is_none());
        drop(places);
        assert!(mailer.reserve().is_some());
    }
}
