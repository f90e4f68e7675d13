use crate::StoreError;

/// What opening a database may do to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opening {
    /// Makes the schema, or brings it up to date: a server's start.
    #[default]
    Upgrade,
    /// Makes the schema in an empty database, and leaves an older one as it is: refused.
    Current,
    /// Changes nothing. A newer schema is taken as it is: it only added (docs/upgrade.md).
    Reading,
}

impl Opening {
    /// Whether migrations are to be applied to a database of the schema `found`, by a Keymoor whose
    /// schema is `known`.
    pub(crate) fn migrates(self, found: Option<i64>, known: i64) -> Result<bool, StoreError> {
        let older = found.is_some_and(|found| found < known);
        match (self, found) {
            (Self::Current | Self::Reading, Some(found)) if older => Err(outdated(found, known)),
            (Self::Reading, None) => {
                Err(StoreError::Unavailable("there is no installation in it".to_owned()))
            }
            (Self::Reading, Some(_)) => Ok(false),
            (Self::Upgrade | Self::Current, _) => Ok(true),
        }
    }
}

fn outdated(found: i64, known: i64) -> StoreError {
    StoreError::Unavailable(format!(
        "it has the schema {found} of an earlier Keymoor, and this one knows {known}. `keymoor \
         serve` of this version brings it up to date; back up before that, with the program that \
         served it last"
    ))
}
