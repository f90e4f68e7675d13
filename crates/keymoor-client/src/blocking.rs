//! The same for programs without an async runtime. A client has a thread of its own, on which tokens
//! are renewed in the background.

use std::sync::Arc;

use futures_util::{StreamExt, stream::BoxStream};
use serde_json::Value;
use tokio::runtime::{Builder as RuntimeBuilder, Runtime};

use crate::{
    builder::Builder,
    client::{Call, Response},
    error::Error,
    token::AccessToken,
};

/// Calls an API with access tokens that it gets by itself, waiting for each answer. Not for use
/// inside an async function: it would block its thread, and panics there.
#[derive(Clone, Debug)]
pub struct Client {
    inner: crate::Client,
    worker: Arc<Worker>,
}

#[derive(Debug)]
struct Worker(Option<Runtime>);

impl Client {
    /// The client that `builder` describes.
    pub fn new(builder: Builder) -> Result<Self, Error> {
        let mut runtime = RuntimeBuilder::new_multi_thread();
        let runtime = runtime.worker_threads(1).thread_name("keymoor-client").enable_all().build();
        let runtime = runtime
            .map_err(|error| Error::Setup(format!("a thread cannot be started: {error}")))?;
        Ok(Self { inner: builder.build()?, worker: Arc::new(Worker(Some(runtime))) })
    }

    /// The client that this one drives.
    pub fn inner(&self) -> &crate::Client {
        &self.inner
    }

    /// An access token for the client's scopes.
    pub fn token(&self) -> Result<AccessToken, Error> {
        self.worker.wait(self.inner.token())
    }

    /// Calls `GET target`.
    pub fn get(&self, target: impl Into<String>) -> Result<Response, Error> {
        self.call(Call::get(target))
    }

    /// Makes the call. A status of 400 or more is an error that holds the answer.
    pub fn call(&self, call: Call) -> Result<Response, Error> {
        self.worker.wait(self.inner.call(call))
    }

    /// The items of the list that `call` gets, of all its pages, each page got when it is needed.
    pub fn items(&self, call: Call) -> Items {
        Items { stream: self.inner.items(call), worker: self.worker.clone() }
    }
}

/// The items of a list.
pub struct Items {
    stream: BoxStream<'static, Result<Value, Error>>,
    worker: Arc<Worker>,
}

impl Iterator for Items {
    type Item = Result<Value, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.worker.wait_for(self.stream.next()).unwrap_or_else(|error| Some(Err(error)))
    }
}

impl Worker {
    fn wait<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.wait_for(work).and_then(|result| result)
    }

    fn wait_for<T>(&self, work: impl Future<Output = T>) -> Result<T, Error> {
        let runtime = self.0.as_ref();
        let runtime = runtime.ok_or_else(|| Error::Setup("the client has ended".to_owned()))?;
        Ok(runtime.block_on(work))
    }
}

impl Drop for Worker {
    /// Without waiting for what goes on in the background, and without a panic inside another
    /// runtime.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
