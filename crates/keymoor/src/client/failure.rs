use std::{fmt::Display, process::ExitCode};

use serde_json::json;

/// Why a command ended, as its exit code says it. The codes are documented in docs/client.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Anything that has no code of its own.
    Other = 1,
    /// The command line is wrong.
    Usage = 2,
    /// There are no credentials, or they are refused.
    Credentials = 4,
    /// The caller may not do this.
    Forbidden = 5,
    /// The organization demands a token with its scope.
    OrganizationScope = 6,
    /// The server is not reached in time, or does not prove who it is.
    Unreachable = 7,
    /// The server asks to come later.
    Unavailable = 8,
    /// Any other HTTP status of 400 or more; curl's code for the same.
    Status = 22,
    /// Ctrl-C, as a shell reports it.
    Interrupted = 130,
}

impl Reason {
    /// What an HTTP status of the API means.
    pub(crate) fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Credentials,
            403 => Self::Forbidden,
            429 | 502..=504 => Self::Unavailable,
            _ => Self::Status,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Other => "failed",
            Self::Usage => "usage",
            Self::Credentials => "credentials",
            Self::Forbidden => "forbidden",
            Self::OrganizationScope => "organization_scope_needed",
            Self::Unreachable => "unreachable",
            Self::Unavailable => "unavailable",
            Self::Status => "http_status",
            Self::Interrupted => "interrupted",
        }
    }
}

/// A failure with what to do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) reason: Reason,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// Nothing more is said: what there is to say was printed, as the API's own answer.
    pub(crate) told: bool,
}

impl Failure {
    pub(crate) fn new(reason: Reason, message: impl Display) -> Self {
        Self { reason, message: message.to_string(), hint: None, told: false }
    }

    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(Reason::Usage, message)
    }

    pub(crate) fn other(message: impl Display) -> Self {
        Self::new(Reason::Other, message)
    }

    pub(crate) fn hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// Ends with the code of `reason` and says nothing more.
    pub(crate) fn silent(reason: Reason) -> Self {
        Self { told: true, ..Self::new(reason, "") }
    }

    /// What stderr gets: JSON on one line, or text.
    pub(crate) fn text(&self, as_json: bool) -> String {
        let code = self.reason as u8;
        match (&self.hint, as_json) {
            (hint, true) => json!({
                "error": self.reason.name(), "message": self.message, "hint": hint,
                "exit_code": code,
            })
            .to_string(),
            (Some(hint), false) => format!("keymoor: {}\n  {hint}", self.message),
            (None, false) => format!("keymoor: {}", self.message),
        }
    }

    pub(crate) fn tell(&self, as_json: bool) -> ExitCode {
        if !self.told {
            eprintln!("{}", self.text(as_json));
        }
        ExitCode::from(self.reason as u8)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Reason};

    #[test]
    fn a_failure_is_a_line_with_a_hint_or_json() {
        let failure = Failure::new(Reason::Credentials, "no key").hint("keymoor login");
        assert_eq!(failure.text(false), "keymoor: no key\n  keymoor login");
        assert_eq!(
            failure.text(true),
            r#"{"error":"credentials","message":"no key","hint":"keymoor login","exit_code":4}"#
        );
    }

    #[test]
    fn statuses_have_the_documented_codes() {
        let codes = [401, 403, 404, 429, 500, 503].map(|status| Reason::of_status(status) as u8);
        assert_eq!(codes, [4, 5, 22, 8, 22, 8]);
    }
}
