use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{EnvironmentError, Named, Variable, named};
use crate::source::{Given, GivenToken};

/// An access token that somebody else got, as `keymoor exec` hands one on. A file is read anew at
/// each use, since whoever writes it renews it.
#[derive(Clone, Debug)]
pub struct HandedToken {
    token: Place,
    expiry: Place,
}

#[derive(Clone)]
enum Place {
    Value(Zeroizing<String>),
    File(PathBuf),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Value(_) => f.write_str("[redacted]"),
            Self::File(path) => path.fmt(f),
        }
    }
}

/// The variables of one program: the token's and its expiry's, each as a value or as a file.
pub(super) struct Names {
    token: [&'static str; 2],
    expiry: [&'static str; 2],
}

pub(super) const KEYMOOR: Names = Names {
    token: ["KEYMOOR_ACCESS_TOKEN", "KEYMOOR_ACCESS_TOKEN_FILE"],
    expiry: ["KEYMOOR_ACCESS_TOKEN_EXPIRY", "KEYMOOR_ACCESS_TOKEN_EXPIRY_FILE"],
};

pub(super) const ACQUIA: Names = Names {
    token: ["ACLI_ACCESS_TOKEN", "ACLI_ACCESS_TOKEN_FILE"],
    expiry: ["ACLI_ACCESS_TOKEN_EXPIRY", "ACLI_ACCESS_TOKEN_EXPIRY_FILE"],
};

impl HandedToken {
    pub(super) fn find(
        variable: Variable<'_>,
        names: &Names,
    ) -> Result<Option<Named<Self>>, EnvironmentError> {
        let Some(token) = place(variable, names.token) else { return Ok(None) };
        let expiry = place(variable, names.expiry);
        let expiry = expiry.ok_or(EnvironmentError::Alone(token.variable, names.expiry[0]))?;
        let value = Self { token: token.value, expiry: expiry.value };
        Ok(Some(Named { value, variable: token.variable }))
    }

    /// The file of the token, if that is where it is.
    pub(super) fn file(&self) -> Option<PathBuf> {
        match &self.token {
            Place::Value(_) => None,
            Place::File(path) => Some(path.clone()),
        }
    }

    /// The source of tokens that it is.
    pub fn tokens(&self) -> GivenToken {
        GivenToken::new(self.token.given(), self.expiry.given())
    }
}

impl Place {
    fn given(&self) -> Given {
        match self.clone() {
            Self::Value(text) => Given::Value(text),
            Self::File(path) => Given::File(path),
        }
    }
}

fn place(variable: Variable<'_>, [value, file]: [&'static str; 2]) -> Option<Named<Place>> {
    if let Some(Named { value, variable }) = named(variable, &[value]) {
        return Some(Named { value: Place::Value(Zeroizing::new(value)), variable });
    }
    let Named { value, variable } = named(variable, &[file])?;
    Some(Named { value: Place::File(value.into()), variable })
}
