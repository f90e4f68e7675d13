//! Sends letters over SMTP.

use std::{fmt, sync::Arc, time::Duration};

use keymoor_core::name::Email;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::Mailbox,
    message::header::ContentType,
};

use super::Letter;

/// How long the mail server may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a letter that somebody waits for is tried.
const TRIES: u32 = 3;
/// How long between two tries.
const PAUSE: Duration = Duration::from_secs(10);

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
}

/// Sends letters.
pub(crate) struct Mailer {
    settings: Arc<SmtpSettings>,
}

impl Mailer {
    pub(crate) fn new(settings: SmtpSettings) -> Self {
        Self { settings: Arc::new(settings) }
    }

    /// Sends a letter and waits until the mail server has taken it.
    pub(crate) async fn send(&self, to: &Email, letter: &Letter) -> Result<(), MailError> {
        send(&self.settings, to, letter).await
    }

    /// Sends a letter that somebody waits for, without letting the page wait.
    pub(crate) fn send_soon(&self, to: &Email, letter: Letter) {
        let (settings, to) = (self.settings.clone(), to.clone());
        tokio::spawn(async move {
            for _ in 0..TRIES {
                match send(&settings, &to, &letter).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!(%error, "a mail could not be sent"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
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
