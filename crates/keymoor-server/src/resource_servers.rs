use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use keymoor_core::{
    PresentedSecret, ResourceServerId,
    audience::{Audience, Audiences},
    authenticate::matching,
    digest::Pepper,
    facts::StoredSecret,
    token::Issuer,
};
use keymoor_store::ResourceServer;
use tokio::sync::watch;

use crate::Settings;

/// The resource servers, in memory: who may ask about tokens, and which APIs tokens can be for.
pub(crate) struct ResourceServers {
    known: ArcSwap<Known>,
    changes: watch::Sender<()>,
}

struct Known {
    by_id: HashMap<ResourceServerId, Arc<KnownServer>>,
    issuer: Arc<Issuer>,
}

/// A resource server, with its secret as [`matching`] wants it.
pub(crate) struct KnownServer {
    pub(crate) server: ResourceServer,
    secrets: Vec<StoredSecret>,
}

impl ResourceServers {
    /// The server's audiences are its own default one and those of `all`.
    pub(crate) fn new(settings: &Settings, all: Vec<ResourceServer>) -> Self {
        let (changes, _) = watch::channel(());
        Self { known: ArcSwap::from_pointee(known(settings, all)), changes }
    }

    /// From now on `all` are the resource servers.
    pub(crate) fn replace(&self, settings: &Settings, all: Vec<ResourceServer>) {
        self.known.store(Arc::new(known(settings, all)));
        self.changes.send_replace(());
    }

    /// Tells of every change from now on.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    /// What goes into every access token, and which APIs they can be for.
    pub(crate) fn issuer(&self) -> Arc<Issuer> {
        self.known.load().issuer.clone()
    }

    /// The resource server with these credentials, at the same cost whether or not it exists.
    pub(crate) fn authenticate(
        &self,
        id: Option<ResourceServerId>,
        secret: &PresentedSecret,
        pepper: &Pepper,
    ) -> Option<Arc<KnownServer>> {
        let known = id.and_then(|id| self.known.load().by_id.get(&id).cloned());
        matching(secret, known.as_ref().map(|server| &server.secrets), pepper)?;
        known
    }

    /// Whether there is still a resource server of that id.
    pub(crate) fn contains(&self, id: ResourceServerId) -> bool {
        self.known.load().by_id.contains_key(&id)
    }
}

fn known(settings: &Settings, all: Vec<ResourceServer>) -> Known {
    let mut audiences = Audiences::new(settings.audience.as_str().into());
    for server in &all {
        audiences.insert(&server.audience, Audience { scopes: server.scopes.clone() });
    }
    let issuer = Issuer { url: settings.public_url.as_str().into(), audiences };
    let by_id = all.into_iter().map(|server| {
        let secrets = vec![server.secret.clone()];
        (server.id, Arc::new(KnownServer { server, secrets }))
    });
    Known { by_id: by_id.collect(), issuer: Arc::new(issuer) }
}
