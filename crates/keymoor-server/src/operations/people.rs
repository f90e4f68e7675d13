use std::{net::IpAddr, sync::Arc};

use keymoor_core::{AccountId, name::Email, ticket::Ticket};
use keymoor_store::{
    AccountKind, Actor, Link, LinkKind, NewAccount, PasswordChange, Renewal, StoreError,
};
use zeroize::Zeroizing;

use super::{Author, OperationError};
use crate::{App, portal::passwords, random};

/// Seconds for which a link for a forgotten password works.
pub const RESET_LIFE: i64 = 3600;
/// Seconds for which an invitation works.
pub const INVITATION_LIFE: i64 = 7 * 86_400;
/// Seconds for which the link for the first account works; a restart makes another.
const SETUP_LIFE: i64 = 86_400;

impl App {
    /// The URL under which the first account is made, once; `None` if there is an account.
    pub async fn make_setup_link(&self) -> Result<Option<String>, OperationError> {
        if self.store.has_accounts().await? {
            return Ok(None);
        }
        let url = self.make_link(LinkKind::Setup, None, "/setup", SETUP_LIFE).await?;
        Ok(Some(url))
    }

    /// The URL under which the account's owner chooses a password, once, within `life` seconds.
    /// Links made before do nothing any more.
    pub async fn make_password_link(
        &self,
        account: AccountId,
        life: i64,
    ) -> Result<String, OperationError> {
        self.make_link(LinkKind::Password, Some(account), "/password", life).await
    }

    async fn make_link(
        &self,
        kind: LinkKind,
        account: Option<AccountId>,
        path: &str,
        life: i64,
    ) -> Result<String, OperationError> {
        let (ticket, now) = (Ticket::generate(random()), self.now());
        let link = Link { kind, account, expires_at: now.plus(life) };
        self.store.add_link(&link, &ticket.digest(), now).await?;
        Ok(format!("{}?link={}", self.url(path), ticket.expose()))
    }

    /// Makes the first account, an operator's, by its link.
    pub(crate) async fn create_first_account(
        self: &Arc<Self>,
        email: &str,
        password: Zeroizing<String>,
        link: &Ticket,
        from: IpAddr,
    ) -> Result<AccountId, OperationError> {
        let email = Email::parse(email).map_err(|e| OperationError::invalid("email", &e))?;
        let password_hash = Some(self.hash(password, &email).await?);
        let (id, kind) = (self.new_account_id(), AccountKind::Person);
        let new = NewAccount { id, kind, email, password_hash, operator: true };
        let author = Author { by: Actor::Account(id), from: Some(from) };
        let digest = link.digest();
        self.carry_out(author, move |app, stamp| async move {
            app.store.create_first_account(&new, &digest, stamp).await
        })
        .await?;
        Ok(id)
    }

    /// Makes an account whose owner chooses a password by the URL that is returned.
    pub async fn invite(
        self: &Arc<Self>,
        email: &str,
        by: impl Into<Author>,
    ) -> Result<(AccountId, String), OperationError> {
        let order = super::AccountOrder {
            email: email.to_owned(),
            kind: AccountKind::Person,
            password: None,
        };
        let id = self.create_account(order, by).await?;
        Ok((id, self.make_password_link(id, INVITATION_LIFE).await?))
    }

    /// Sets the password by a link that its owner got.
    pub(crate) async fn set_password_by_link(
        self: &Arc<Self>,
        account: AccountId,
        password: Zeroizing<String>,
        link: &Ticket,
        from: IpAddr,
    ) -> Result<(), OperationError> {
        let hash = String::new();
        let link = Some(link.digest());
        let change = PasswordChange { account, hash, link, keep: None, credentials: None };
        self.set_password(change, password, from).await
    }

    /// Sets the password of somebody who is signed in by `keep`, if `credentials` are as they were
    /// when that was decided: every other session ends.
    pub(crate) async fn change_password(
        self: &Arc<Self>,
        account: AccountId,
        credentials: i64,
        password: Zeroizing<String>,
        keep: Renewal,
        from: IpAddr,
    ) -> Result<(), OperationError> {
        let (hash, keep, credentials) = (String::new(), Some(keep), Some(credentials));
        let change = PasswordChange { account, hash, link: None, keep, credentials };
        self.set_password(change, password, from).await
    }

    async fn set_password(
        self: &Arc<Self>,
        mut change: PasswordChange,
        password: Zeroizing<String>,
        from: IpAddr,
    ) -> Result<(), OperationError> {
        let account = change.account;
        let found = self.store.account(account).await?;
        let email = found.ok_or(StoreError::NotFound("account"))?.email;
        change.hash = self.hash(password, &email).await?;
        let author = Author { by: Actor::Account(account), from: Some(from) };
        self.carry_out(author, move |app, stamp| async move {
            app.store.set_password(&change, stamp).await
        })
        .await?;
        self.store.forget_attempts(email.as_str()).await?;
        Ok(())
    }

    /// Lets an account use the portal's operator pages, or no more.
    pub async fn set_operator(
        self: &Arc<Self>,
        account: AccountId,
        operator: bool,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.set_operator(account, operator, stamp).await
        })
        .await
    }

    /// The hash of a password that the owner of `email` may choose.
    pub(super) async fn hash(
        &self,
        password: Zeroizing<String>,
        email: &Email,
    ) -> Result<String, OperationError> {
        let parts = email.as_str().split(['@', '.', '-', '_', '+']);
        let words: Vec<&str> = parts.chain([email.as_str(), "keymoor"]).collect();
        passwords::check(&password, &words)
            .map_err(|error| OperationError::invalid("password", &error))?;
        Ok(self.passwords.hash(password).await?)
    }

    pub(crate) fn new_account_id(&self) -> AccountId {
        let milliseconds = u64::try_from(self.now().seconds()).unwrap_or_default() * 1000;
        AccountId::new(milliseconds, random())
    }
}
