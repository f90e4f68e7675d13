use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use keymoor_client::{
    Builder, Client, Credentials, DiskCache, Endpoints, OrganizationId, Scope, Scopes, TokenSource,
    Tokens,
};
use tempfile::TempDir;

use super::{Say, Seen, Server, SteppedTimer};

pub(crate) const KEY: &str = "3f2c1e9a-7d4b-4c55-9a3e-0b1d2c3e4f50";
pub(crate) const SECRET: &str = "a+b/c=d&e%20f-secret";

pub(crate) fn credentials() -> Credentials {
    Credentials::new(KEY, SECRET).unwrap()
}

/// The answer with a token of that text.
pub(crate) fn granted(token: &str, life: u64) -> Say {
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{life}}}"#);
    Say::json(200, body)
}

pub(crate) fn scoped(organization: &str) -> Scopes {
    [Scope::Organization(OrganizationId::parse(organization).unwrap())].into_iter().collect()
}

/// A server that issues `t1`, `t2` and so on, and answers calls by script; and a folder for a cache.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) timer: Arc<SteppedTimer>,
    pub(crate) folder: TempDir,
}

impl World {
    /// Tokens live 300 seconds.
    pub(crate) async fn new(api: impl Fn(&Seen) -> Say + Send + Sync + 'static) -> Self {
        let issued = AtomicUsize::new(0);
        Self::scripted(move |seen| {
            if seen.is_for_a_token() {
                granted(&format!("t{}", issued.fetch_add(1, Ordering::SeqCst) + 1), 300)
            } else {
                api(seen)
            }
        })
        .await
    }

    pub(crate) async fn scripted(script: impl Fn(&Seen) -> Say + Send + Sync + 'static) -> Self {
        let server = Server::start(script).await;
        let timer = Arc::new(SteppedTimer::new());
        Self { server, timer, folder: TempDir::new().unwrap() }
    }

    pub(crate) fn endpoints(&self) -> Endpoints {
        Endpoints::at(&self.server.origin).unwrap()
    }

    pub(crate) fn builder(&self) -> Builder {
        Builder::new(self.endpoints(), credentials()).timer(self.timer.clone())
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn disk(&self) -> DiskCache {
        DiskCache::open(self.folder.path().join("tokens")).unwrap()
    }

    /// A token source of its own, as another process has, with the cache of all.
    pub(crate) fn process(&self) -> TokenSource {
        self.builder().cache(self.disk()).build_tokens().unwrap()
    }

    /// The text of the token that it gives.
    pub(crate) async fn token(&self, source: &TokenSource) -> String {
        let token = source.token(&Scopes::default(), std::time::Duration::ZERO).await;
        token.unwrap().expose().to_owned()
    }

    /// The only file of a cached token.
    pub(crate) fn entry(&self) -> std::path::PathBuf {
        let files = std::fs::read_dir(self.folder.path().join("tokens")).unwrap();
        let mut paths = files.map(|file| file.unwrap().path());
        paths.find(|path| path.extension().is_some_and(|extension| extension == "json")).unwrap()
    }
}
