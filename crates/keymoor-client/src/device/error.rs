use crate::error::Kind;

/// A device was not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// The server's metadata (RFC 8414) name no endpoint for devices, or cannot be read.
    #[error("the server lets no devices in: {0}")]
    Unsupported(&'static str),
    /// `access_denied` (RFC 8628 §3.5).
    #[error("it was denied on the server's page")]
    Denied,
    /// `expired_token`, or nobody answered for as long as the code lives.
    #[error("nobody allowed it in time: the code has expired")]
    Expired,
    /// `invalid_client`: no application has that client ID, or it has a secret.
    #[error("the server knows no public application of that client ID")]
    UnknownApplication,
    /// `unauthorized_client`: the application may not ask on a device.
    #[error("this application may not ask on a device")]
    NotAllowed,
    /// `invalid_scope`: refresh tokens are off, or a scope is none of this server's.
    #[error("the server does not grant {0}")]
    ScopeRefused(String),
    /// It was allowed, and there is no refresh token to keep.
    #[error("the server gives this application no refresh token")]
    NoRefreshToken,
    /// `invalid_grant`: what the code was for is over.
    #[error("the server does not take the code any more")]
    Ended,
}

impl DeviceError {
    /// What kind of trouble this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Unsupported(_) => Kind::Other,
            Self::NotAllowed | Self::ScopeRefused(_) | Self::NoRefreshToken => Kind::Forbidden,
            _ => Kind::Credentials,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unsupported(_) => "Check the server's URL, or log in with an API Key.",
            Self::Denied => "Run it again, and press Allow if you want this.",
            Self::Expired | Self::Ended => "Run it again: it shows a new code.",
            Self::UnknownApplication => {
                "Copy the client ID from the application's page under Account Settings, \
                 Applications. It has to be one that keeps no secret."
            }
            Self::NotAllowed => {
                "Its owner has to allow it under Account Settings, Applications: how it may ask, on \
                 a device."
            }
            Self::ScopeRefused(_) | Self::NoRefreshToken => {
                "Its owner has to tick Refresh tokens under Account Settings, Applications. Other \
                 scopes have to exist, and organizations to be within its limits."
            }
        }
    }
}
