//! Mail: what is sent at once because somebody asked for it, and what is told of what happened.

mod letters;
mod mailer;
mod teller;

pub(crate) use letters::Letter;
pub(crate) use mailer::Mailer;
pub use mailer::{InvalidSmtp, SmtpSettings};
