use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    sync::Arc,
};

use keymoor_core::{AccountId, OrganizationId, facts::Limits};
use keymoor_server::{
    App, Running, Settings, listen,
    operations::{
        AccountOrder, ApiTokenOrder, AttestationOrder, CreatedApiToken, INVITATION_LIFE,
        OrganizationOrder,
    },
    routes,
};
use keymoor_store::{AccountKind, Actor, Opening};
use tempfile::TempDir;

use super::sample_api;
use crate::{
    data_dir::{DataDir, Hold, Lock},
    error::Error,
    options::ServeOptions,
    serve,
};

/// Whom the demo is about.
pub(super) const EMAIL: &str = "ada@example.com";

/// Everything that the story needs, up and running.
pub(super) struct Stage {
    pub(super) app: Arc<App>,
    /// The server's URL.
    pub(super) url: String,
    /// The sample API's URL.
    pub(super) api_url: String,
    pub(super) account: AccountId,
    /// An organization without, and one with Federated Authentication.
    pub(super) open: OrganizationId,
    pub(super) federated: OrganizationId,
    pub(super) token: CreatedApiToken,
    /// Where the account's owner chooses a password and sees the portal.
    pub(super) portal: String,
    server: Running,
    api: Running,
    lock: Lock,
    folder: TempDir,
}

impl Stage {
    /// Starts the real server on a temporary database, and the sample API beside it.
    pub(super) async fn set(address: SocketAddr) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("keymoor-demo-").tempdir();
        let folder = folder.map_err(Error::unavailable)?;
        let (listener, url) = bind(address)?;
        let (app, lock) = open(folder.path(), &url).await?;
        let server = run(listener, routes::router(app.clone())).await?;
        let (listener, api_url) = bind(SocketAddr::new(address.ip(), 0))?;
        let api = run(listener, sample_api::router(app.guard())).await?;
        let account = make_account(&app).await?;
        let open = make_organization(&app, account, "Open Gardens", false).await?;
        let federated = make_organization(&app, account, "Federated Works", true).await?;
        let token = make_token(&app, account, "demo", Limits::default()).await?;
        let portal = app.make_password_link(account, INVITATION_LIFE).await;
        let portal = portal.map_err(Error::refused)?;
        Ok(Self {
            app,
            url,
            api_url,
            account,
            open,
            federated,
            token,
            portal,
            server,
            api,
            lock,
            folder,
        })
    }

    /// An API token whose access tokens live one second.
    pub(super) async fn short_lived_token(&self) -> Result<CreatedApiToken, Error> {
        let limits = Limits { token_life: Some(1), ..Limits::default() };
        make_token(&self.app, self.account, "short-lived", limits).await
    }

    /// Lets the operator vouch for a sign-in through the federated organization.
    pub(super) async fn attest_sign_in(&self) -> Result<(), Error> {
        let order = AttestationOrder {
            organization: self.federated,
            account: self.account,
            reason: "demo".to_owned(),
            hours: 1,
        };
        self.app.attest_sign_in(order, Actor::Operator).await.map_err(Error::refused).map(drop)
    }

    /// Stops both and deletes the database.
    pub(super) async fn strike(self) {
        self.app.close();
        let _ = tokio::join!(self.server.stop(), self.api.stop());
        drop(self.app);
        drop(self.lock);
        drop(self.folder);
    }
}

fn bind(address: SocketAddr) -> Result<(TcpListener, String), Error> {
    let listener = serve::bind_to(address)?;
    let bound = listener.local_addr().map_err(Error::unavailable)?;
    Ok((listener, format!("http://{bound}")))
}

async fn open(folder: &Path, url: &str) -> Result<(Arc<App>, Lock), Error> {
    let data = DataDir::open(folder)?;
    let Hold::Lock(lock) = data.hold()? else {
        return Err(Error::unavailable("the temporary folder is in use"));
    };
    let options = ServeOptions::default();
    let app = serve::open_app_quietly(&data, &options, Settings::new(url), Opening::Upgrade, &lock)
        .await?;
    Ok((app, lock))
}

async fn run(listener: TcpListener, router: axum::Router) -> Result<Running, Error> {
    listen(listener, router, None).await.map_err(Error::unavailable)
}

async fn make_account(app: &Arc<App>) -> Result<AccountId, Error> {
    let order = AccountOrder { email: EMAIL.to_owned(), kind: AccountKind::Person, password: None };
    app.create_account(order, Actor::Operator).await.map_err(Error::refused)
}

async fn make_organization(
    app: &Arc<App>,
    owner: AccountId,
    name: &str,
    federated: bool,
) -> Result<OrganizationId, Error> {
    let order = OrganizationOrder { name: name.to_owned(), owner, federated };
    app.create_organization(order, Actor::Operator).await.map_err(Error::refused)
}

async fn make_token(
    app: &Arc<App>,
    account: AccountId,
    label: &str,
    limits: Limits,
) -> Result<CreatedApiToken, Error> {
    let order = ApiTokenOrder {
        account,
        label: label.to_owned(),
        limits,
        parent: None,
        asked_by: None,
        api_key: None,
    };
    app.create_api_token(order, Actor::Operator).await.map_err(Error::refused)
}
