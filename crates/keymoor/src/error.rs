use std::{fmt::Display, process::ExitCode};

/// Why a command did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// What was asked for cannot be done; asking differently may help.
    #[error("{0}")]
    Refused(String),
    /// Something that the command needs is missing or broken.
    #[error("{0}")]
    Unavailable(String),
}

impl Error {
    pub(crate) fn refused(message: impl Display) -> Self {
        Self::Refused(message.to_string())
    }

    pub(crate) fn unavailable(message: impl Display) -> Self {
        Self::Unavailable(message.to_string())
    }

    /// 1 for what was refused, 3 for what is unavailable; clap itself ends with 2 on wrong usage.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Refused(_) => ExitCode::from(1),
            Self::Unavailable(_) => ExitCode::from(3),
        }
    }
}
