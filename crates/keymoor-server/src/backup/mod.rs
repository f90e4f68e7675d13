//! Everything that is in the database, as a file that only the master key opens.
//!
//! The file is a line of JSON, the [`Header`], then frames: the length of each in 4 bytes, most
//! significant first, and so many bytes, AES-256-GCM under a key of its own purpose. A frame is
//! sealed to the header and to its place, and the last one says that it is: what is changed, left
//! out, put elsewhere or cut off does not open.

mod format;
mod make;
mod origin;
mod putting;
mod removed;
mod restore;
mod rights;
mod sums;
#[cfg(test)]
mod tests;

pub use format::{BackupError, Frames, Header};
use make::frames;
pub use origin::Origin;
pub use removed::StaysRemoved;
pub use restore::{Lost, Restored, restore};
pub use sums::Sums;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::Stream;
use keymoor_core::seal::MasterKey;
use keymoor_store::StoreError;

use crate::App;

/// The master key of an app, which is not copied.
struct MasterOf(Arc<App>);

impl AsRef<MasterKey> for MasterOf {
    fn as_ref(&self) -> &MasterKey {
        &self.0.master
    }
}

impl App {
    /// A backup of everything as it is now, while changes go on.
    ///
    /// # Errors
    /// [`StoreError`] if the database does not answer; an error in the stream ends it, and what came
    /// before is of no use.
    pub async fn backup(
        self: &Arc<Self>,
    ) -> Result<impl Stream<Item = Result<Bytes, StoreError>> + use<>, StoreError> {
        let header = Header::new(self.now(), self.store.schema().await?);
        Ok(frames(self.store.clone(), &header, MasterOf(self.clone())))
    }
}
