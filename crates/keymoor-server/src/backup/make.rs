use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, stream::unfold};
use keymoor_core::seal::MasterKey;
use keymoor_store::{Part, Store, StoreError};
use tokio::{
    sync::mpsc::{Receiver, channel},
    task::JoinHandle,
};

use super::format::{Header, frame};

/// How many parts wait to be taken.
const WAITING: usize = 4;

struct Making<M> {
    line: Vec<u8>,
    place: u64,
    parts: Receiver<Part>,
    /// `None` when it has told of its end.
    reading: Option<JoinHandle<Result<(), StoreError>>>,
    master: M,
}

/// A backup as it goes into a file, read from `store` as it was at one moment. An error ends it,
/// and the bytes before are then of no use.
pub(super) fn frames<M>(
    store: Arc<dyn Store>,
    header: &Header,
    master: M,
) -> impl Stream<Item = Result<Bytes, StoreError>> + use<M>
where
    M: AsRef<MasterKey>,
{
    let (to, parts) = channel(WAITING);
    let reading = Some(tokio::spawn(async move { store.copy_out(to).await }));
    let making = Making { line: header.line(), place: 0, parts, reading, master };
    let first = Bytes::from(making.line.clone());
    unfold((Some(first), making), |(first, mut making)| async move {
        let bytes = match first {
            Some(line) => Ok(line),
            None => making.next().await?,
        };
        Some((bytes, (None, making)))
    })
}

impl<M: AsRef<MasterKey>> Making<M> {
    async fn next(&mut self) -> Option<Result<Bytes, StoreError>> {
        if let Some(part) = self.parts.recv().await {
            let frame = frame(self.master.as_ref(), &self.line, self.place, &part);
            self.place += 1;
            return Some(Ok(Bytes::from(frame)));
        }
        let outcome = self.reading.take()?.await;
        match outcome {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Err(error)),
            Err(error) => Some(Err(StoreError::Unavailable(error.to_string()))),
        }
    }
}
