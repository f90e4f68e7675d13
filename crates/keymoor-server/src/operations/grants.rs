use std::{net::IpAddr, sync::Arc};

use keymoor_core::{
    AccountId, ApplicationId, GrantId,
    refresh::{GrantDigest, RefreshToken},
};
use keymoor_store::{
    Actor, DeviceAnswer, FirstTokens, GrantEnding, LastUse, OldGrant, Presented, Redemption,
    Rotation, StoreError,
};

use super::{Author, OperationError, known_in_time};
use crate::App;

/// What works once and makes a grant.
pub(crate) enum Held {
    /// An authorization code.
    Code(GrantDigest),
    /// A device code.
    DeviceCode(GrantDigest),
}

fn by(application: ApplicationId, address: IpAddr) -> Author {
    Author { by: Actor::Application(application), from: Some(address) }
}

impl App {
    /// Makes the grant that a code stands for, or ends it if the code comes again.
    pub(crate) async fn redeem(
        self: &Arc<Self>,
        application: ApplicationId,
        once: Held,
        first: FirstTokens,
    ) -> Result<Redemption, OperationError> {
        self.carry_out(by(application, first.address), move |app, stamp| async move {
            match once {
                Held::Code(digest) => {
                    app.store.redeem_code(application, &digest, &first, stamp).await
                }
                Held::DeviceCode(digest) => {
                    app.store.redeem_device(application, &digest, &first, stamp).await
                }
            }
        })
        .await
    }

    /// What a refresh token is worth; one that was used long ago ends its grant.
    pub(crate) async fn present_refresh_token(
        self: &Arc<Self>,
        application: ApplicationId,
        token: &GrantDigest,
        address: IpAddr,
    ) -> Result<Presented, OperationError> {
        let token = token.clone();
        self.carry_out(by(application, address), move |app, stamp| async move {
            app.store.present_refresh_token(application, &token, stamp).await
        })
        .await
    }

    /// Puts a refresh token's successor in its place.
    pub(crate) async fn rotate_refresh_token(
        self: &Arc<Self>,
        application: ApplicationId,
        token: GrantDigest,
        successor: GrantDigest,
        used: LastUse,
    ) -> Result<Rotation, OperationError> {
        let (app, stamp) = (self.clone(), self.stamp(by(application, used.address)));
        // It changes nothing that caches or guards hear of, so there is nothing to wait for: its answer
        // is not lost with a database that goes away just then. It runs to its end without its client.
        let rotation = tokio::spawn(async move {
            let store = &app.store;
            store.rotate_refresh_token(application, &token, &successor, &used, stamp).await
        });
        let rotation = known_in_time(rotation).await??;
        // Ending a grant is a change.
        if rotation == Rotation::Reused {
            self.catch_up().await?;
        }
        Ok(rotation)
    }

    /// Ends the grant of a refresh token that its application gives back (RFC 7009).
    pub(crate) async fn revoke_refresh_token(
        self: &Arc<Self>,
        application: ApplicationId,
        token: GrantDigest,
        address: IpAddr,
    ) -> Result<bool, OperationError> {
        self.carry_out(by(application, address), move |app, stamp| async move {
            app.store.revoke_refresh_token(application, &token, stamp).await
        })
        .await
    }

    /// Ends the grant of a refresh token that is not known any more, if there was one; who had given
    /// that.
    pub(crate) async fn end_grant_of_old(
        self: &Arc<Self>,
        application: ApplicationId,
        token: &RefreshToken,
        ending: GrantEnding,
        address: IpAddr,
    ) -> Result<Option<AccountId>, OperationError> {
        let later = self.grant_keys.later(token);
        let found = self.store.grant_of_later(application, &later).await?;
        let Some(OldGrant { id, account, ended }) = found else { return Ok(None) };
        if ended {
            return Ok(Some(account));
        }
        match self.end_grant(id, ending, by(application, address)).await {
            Ok(())
            | Err(OperationError::Store(StoreError::Conflict(_) | StoreError::NotFound(_))) => {
                Ok(Some(account))
            }
            Err(error) => Err(error),
        }
    }

    /// Answers a device. Whether it still waited.
    pub(crate) async fn answer_device(
        self: &Arc<Self>,
        user_code: GrantDigest,
        answer: DeviceAnswer,
        by: Author,
    ) -> Result<bool, OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.answer_device(&user_code, &answer, stamp).await
        })
        .await
    }

    /// Takes back what was allowed and not fetched yet, of the account and of the application that are
    /// named. How much it was.
    pub(crate) async fn withdraw(
        self: &Arc<Self>,
        account: Option<AccountId>,
        application: Option<ApplicationId>,
        by: impl Into<Author>,
    ) -> Result<usize, OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.withdraw(account, application, stamp).await
        })
        .await
    }

    /// Ends what somebody allowed an application, with all its tokens.
    pub async fn end_grant(
        self: &Arc<Self>,
        grant: GrantId,
        ending: GrantEnding,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.end_grant(grant, ending, stamp).await
        })
        .await
    }
}
