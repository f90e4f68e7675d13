use std::{fmt::Display, process::ExitCode};

use keymoor_client::{
    Error, Kind, environment::EnvironmentError, profile::ProfileError, vault::VaultError,
};
use serde_json::{Value, json};

use super::output;

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
    /// The API's own answer, which JSON errors hold.
    pub(crate) answer: Option<Box<Value>>,
}

impl Failure {
    pub(crate) fn new(reason: Reason, message: impl Display) -> Self {
        Self { reason, message: message.to_string(), hint: None, answer: None }
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

    /// What stderr gets: JSON on one line, or text.
    pub(crate) fn text(&self, as_json: bool) -> String {
        if as_json {
            return self.json().to_string();
        }
        match &self.hint {
            Some(hint) => format!("keymoor: {}\n  {hint}", self.message),
            None => format!("keymoor: {}", self.message),
        }
    }

    fn json(&self) -> Value {
        let mut json = json!({
            "error": self.reason.name(),
            "message": self.message,
            "hint": self.hint,
            "exit_code": self.reason as u8,
        });
        if let Some(answer) = &self.answer {
            json["answer"] = Value::clone(answer);
        }
        json
    }

    pub(crate) fn tell(&self, as_json: bool) -> ExitCode {
        // A server's words cannot steer a terminal.
        let text = self.text(as_json);
        tell!("{}", if as_json { text } else { output::cleaned(&text) });
        ExitCode::from(self.reason as u8)
    }
}

/// Ends with what the command line's reader says: JSON if that is asked for, help as it is.
pub(crate) fn misused(error: &clap::Error, as_json: bool) -> ExitCode {
    if error.use_stderr() && as_json {
        return Failure::usage(words_of(&error.to_string())).tell(true);
    }
    let _ = error.print();
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Reason::Usage as u8))
}

/// What is wrong, without the usage that follows it.
fn words_of(text: &str) -> String {
    let what = text.split("\n\n").next().unwrap_or_default();
    let what = what.trim_start_matches("error: ");
    what.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let reason = match error.kind() {
            Kind::Usage => Reason::Usage,
            Kind::Credentials => Reason::Credentials,
            Kind::Forbidden => Reason::Forbidden,
            Kind::OrganizationScope => Reason::OrganizationScope,
            Kind::Unreachable => Reason::Unreachable,
            Kind::Unavailable => Reason::Unavailable,
            Kind::Status => Reason::Status,
            _ => Reason::Other,
        };
        let answer = error.answer().and_then(|answer| answer.json().ok()).map(Box::new);
        Self { answer, ..Self::new(reason, &error).hint(error.hint()) }
    }
}

impl From<ProfileError> for Failure {
    fn from(error: ProfileError) -> Self {
        Self::other(error)
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        Self::new(Reason::Credentials, error)
            .hint("Mend the file or unlock the store, or log in again: keymoor login")
    }
}

impl From<EnvironmentError> for Failure {
    fn from(error: EnvironmentError) -> Self {
        Self::usage(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Reason, words_of};

    #[test]
    fn a_wrong_command_line_is_told_in_a_line() {
        let text = "error: unexpected argument '--x' found\n\nUsage: keymoor api\n";
        assert_eq!(words_of(text), "unexpected argument '--x' found");
    }

    #[test]
    fn a_failure_is_a_line_with_a_hint_or_json() {
        let failure = Failure::new(Reason::Credentials, "no key").hint("keymoor login");
        assert_eq!(failure.text(false), "keymoor: no key\n  keymoor login");
        assert_eq!(
            failure.text(true),
            r#"{"error":"credentials","message":"no key","hint":"keymoor login","exit_code":4}"#
        );
    }
}
