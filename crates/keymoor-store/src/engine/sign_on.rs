use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApiKey, IdentityProviderId, OrganizationId, SessionId, UnixTime,
    ticket::TicketDigest,
};
use serde_json::json;
use sqlx::Row;

use super::{
    activity::{self, Happened},
    driver::{DbRow, Handle},
    members, providers, rows,
    writing::Told,
};
use crate::{
    ActivityKind, ChangeKind, FederationPolicy, IdentityProvider, ProviderLink, ProviderSignIn,
    SessionSignIn, SignOn, SignOnRequest, Stamp, StoreError, Unready, UnreadyToken, WatchedRefusal,
    sql,
    text::{encode, parse},
};

#[async_trait]
impl SignOn for Handle {
    async fn identity_provider(
        &self,
        id: IdentityProviderId,
    ) -> Result<Option<IdentityProvider>, StoreError> {
        let query = sqlx::query(sql::IDENTITY_PROVIDER).bind(id.to_string());
        one!(self, query, providers::provider)
    }

    async fn identity_provider_of(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<IdentityProvider>, StoreError> {
        let query = sqlx::query(sql::IDENTITY_PROVIDER_OF).bind(organization.to_string());
        one!(self, query, providers::provider)
    }

    async fn create_identity_provider(
        &self,
        new: &IdentityProvider,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("create identity provider", self.insert_provider(new, stamp))
    }

    async fn change_identity_provider(
        &self,
        changed: &IdentityProvider,
        another: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("change identity provider", self.update_provider(changed, another, stamp))
    }

    async fn set_identity_provider_enabled(
        &self,
        id: IdentityProviderId,
        enabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("enable identity provider", self.turn_provider(id, enabled, stamp))
    }

    async fn remove_identity_provider(
        &self,
        id: IdentityProviderId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("remove identity provider", self.delete_provider(id, stamp))
    }

    async fn federation_policy(
        &self,
        organization: OrganizationId,
    ) -> Result<Option<FederationPolicy>, StoreError> {
        let query = sqlx::query(sql::FEDERATION_POLICY).bind(organization.to_string());
        one!(self, query, policy)
    }

    async fn set_federation_policy(
        &self,
        organization: OrganizationId,
        policy: FederationPolicy,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("set federation policy", self.write_policy(organization, policy, stamp))
    }

    async fn watched_organizations(&self) -> Result<Vec<OrganizationId>, StoreError> {
        all!(self, sqlx::query(sql::WATCHED_ORGANIZATIONS), |row| rows::id(row, "id"))
    }

    async fn note_watched(
        &self,
        organization: OrganizationId,
        key: ApiKey,
        times: i64,
        last_at: UnixTime,
    ) -> Result<(), StoreError> {
        let query = sqlx::query(sql::NOTE_WATCHED)
            .bind(organization.to_string())
            .bind(key.to_string())
            .bind(times)
            .bind(last_at.seconds());
        alone!(self, query);
        Ok(())
    }

    async fn watched_refusals(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<WatchedRefusal>, StoreError> {
        let query = sqlx::query(sql::WATCHED_REFUSALS).bind(organization.to_string());
        all!(self, query, watched_refusal)
    }

    async fn begin_sign_on(
        &self,
        digest: &TicketDigest,
        request: &SignOnRequest,
        now: UnixTime,
    ) -> Result<(), StoreError> {
        alone!(self, sqlx::query(sql::FORGET_SIGN_ONS).bind(now.seconds()));
        let query = sqlx::query(sql::INSERT_SIGN_ON)
            .bind(digest.as_str())
            .bind(request.provider.to_string())
            .bind(encode(&request.sealed.0))
            .bind(request.expires_at.seconds());
        alone!(self, query);
        Ok(())
    }

    async fn take_sign_on(
        &self,
        digest: &TicketDigest,
        now: UnixTime,
    ) -> Result<Option<SignOnRequest>, StoreError> {
        let mut transaction = self.begin_writing().await?;
        let query = sqlx::query(sql::TAKE_SIGN_ON).bind(digest.as_str()).bind(now.seconds());
        let taken = query.fetch_optional(&mut *transaction).await?;
        transaction.commit().await?;
        taken.as_ref().map(sign_on).transpose()
    }

    async fn spend_assertion(
        &self,
        name: &str,
        expires_at: UnixTime,
        now: UnixTime,
    ) -> Result<bool, StoreError> {
        alone!(self, sqlx::query(sql::FORGET_ASSERTIONS).bind(now.seconds()));
        let query = sqlx::query(sql::SPEND_ASSERTION).bind(name).bind(expires_at.seconds());
        Ok(alone!(self, query) == 1)
    }

    async fn linked_account(
        &self,
        provider: IdentityProviderId,
        subject: &str,
    ) -> Result<Option<AccountId>, StoreError> {
        let query = sqlx::query(sql::LINKED_ACCOUNT).bind(provider.to_string()).bind(subject);
        one!(self, query, |row| rows::id(row, "account"))
    }

    async fn linked_subject(
        &self,
        provider: IdentityProviderId,
        account: AccountId,
    ) -> Result<Option<String>, StoreError> {
        let query = sqlx::query(sql::LINKED_SUBJECT).bind(provider.to_string());
        one!(self, query.bind(account.to_string()), |row| rows::text(row, "subject"))
    }

    async fn provider_links(
        &self,
        provider: IdentityProviderId,
    ) -> Result<Vec<ProviderLink>, StoreError> {
        let query = sqlx::query(sql::LINKS_TO_PROVIDER).bind(provider.to_string());
        all!(self, query, |row| Ok(ProviderLink {
            subject: rows::text(row, "subject")?,
            account: rows::id(row, "account")?,
            email: rows::email(row, "email")?,
            since: rows::time(row, "created_at")?,
        }))
    }

    async fn link_account(
        &self,
        provider: IdentityProviderId,
        subject: &str,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("link account", self.insert_account_link(provider, subject, account, stamp))
    }

    async fn unlink_account(
        &self,
        provider: IdentityProviderId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("unlink account", self.delete_account_link(provider, account, stamp))
    }

    async fn sign_in_through(&self, new: &ProviderSignIn, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("sign in through provider", self.write_sign_in_through(new, stamp))
    }

    async fn session_sign_ins(&self, session: SessionId) -> Result<Vec<SessionSignIn>, StoreError> {
        let query = sqlx::query(sql::SESSION_SIGN_INS).bind(session.to_string());
        all!(self, query, |row| Ok(SessionSignIn {
            organization: rows::id(row, "organization")?,
            signed_in_at: rows::time(row, "signed_in_at")?,
            proved_at: rows::optional_time(row, "proved_at")?,
        }))
    }

    async fn end_provider_sessions(
        &self,
        provider: IdentityProviderId,
        subject: Option<&str>,
        provider_session: Option<&str>,
    ) -> Result<u64, StoreError> {
        let (subject, session) = (subject.unwrap_or(""), provider_session.unwrap_or(""));
        if subject.is_empty() && session.is_empty() {
            return Ok(0);
        }
        let mut transaction = self.begin_writing().await?;
        let ended = providers::end_sessions(&mut transaction, provider, subject, session).await?;
        transaction.commit().await?;
        Ok(ended)
    }

    async fn unready_members(
        &self,
        organization: OrganizationId,
        now: UnixTime,
    ) -> Result<Vec<Unready>, StoreError> {
        let query = sqlx::query(sql::UNREADY_MEMBERS).bind(organization.to_string());
        let members: Vec<Unready> = all!(self, query, unready)?;
        let counts = |member: &Unready| member.signed_in_until.is_some_and(|until| now < until);
        Ok(members.into_iter().filter(|member| !counts(member)).collect())
    }

    async fn unready_tokens(
        &self,
        organization: OrganizationId,
        now: UnixTime,
    ) -> Result<Vec<UnreadyToken>, StoreError> {
        let unready = self.unready_members(organization, now).await?;
        let query = sqlx::query(sql::TOKENS_OF_MEMBERS).bind(organization.to_string());
        let rows = query.bind(now.seconds()).fetch_all(&self.readers).await?;
        let concerned = rows.iter().map(|row| {
            let owner: AccountId = rows::id(row, "account")?;
            let reaches = rows::limits(row)?.allow_organization(organization);
            let is_unready = unready.iter().any(|member| member.account == owner);
            Ok((reaches && is_unready).then_some(row))
        });
        let concerned: Vec<&DbRow> =
            concerned.filter_map(Result::transpose).collect::<Result<_, StoreError>>()?;
        concerned.into_iter().map(unready_token).collect()
    }
}

impl Handle {
    async fn write_sign_in_through(
        &self,
        new: &ProviderSignIn,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let provider = providers::read(writing.connection(), new.provider).await?;
        if provider.enabled_at.is_none() {
            return Err(StoreError::NotFound("enabled identity provider"));
        }
        let organization = provider.organization;
        members::check_membership(writing.connection(), organization, new.account).await?;
        let query = sqlx::query_scalar(sql::LINKED_ACCOUNT).bind(new.provider.to_string());
        let linked: Option<String> =
            query.bind(&new.subject).fetch_optional(writing.connection()).await?;
        if linked != Some(new.account.to_string()) {
            return Err(StoreError::NotFound("link"));
        }
        sqlx::query(sql::SET_SIGN_IN_THROUGH)
            .bind(organization.to_string())
            .bind(new.account.to_string())
            .bind(new.provider.to_string())
            .bind(stamp.at.seconds())
            .execute(writing.connection())
            .await?;
        sqlx::query(sql::SET_SESSION_SIGN_IN)
            .bind(new.session.to_string())
            .bind(organization.to_string())
            .bind(new.provider.to_string())
            .bind(&new.subject)
            .bind(&new.provider_session)
            .bind(stamp.at.seconds())
            .bind(new.proved_at.map(UnixTime::seconds))
            .execute(writing.connection())
            .await?;
        let happened = Happened {
            account: new.account,
            kind: ActivityKind::SignedInThroughProvider,
            subject: organization.to_string(),
            label: provider.label.as_str(),
        };
        activity::note(writing.connection(), &happened, stamp).await?;
        let told = Told {
            kind: ChangeKind::SignedInThroughProvider,
            subject: format!("{organization}/{}", new.account),
            detail: json!({ "provider": new.provider, "subject": new.subject }),
        };
        writing.finish(told, stamp).await
    }
}

fn policy(row: &DbRow) -> Result<FederationPolicy, StoreError> {
    let age: i64 = row.try_get("max_sign_in_age")?;
    Ok(FederationPolicy {
        max_sign_in_age: u32::try_from(age).map_err(|_| StoreError::Corrupt("age of sign-ins"))?,
        watched: row.try_get("watched")?,
        break_glass: row.try_get("break_glass")?,
    })
}

fn watched_refusal(row: &DbRow) -> Result<WatchedRefusal, StoreError> {
    Ok(WatchedRefusal {
        api_key: rows::id(row, "api_key")?,
        label: rows::label(row, "label")?,
        email: rows::email(row, "email")?,
        service_name: rows::service_name(row)?,
        times: row.try_get("times")?,
        last_at: rows::time(row, "last_at")?,
    })
}

fn sign_on(row: &DbRow) -> Result<SignOnRequest, StoreError> {
    Ok(SignOnRequest {
        provider: parse(row.try_get("provider")?, "identity provider")?,
        sealed: rows::sealed(row)?,
        expires_at: rows::time(row, "expires_at")?,
    })
}

fn unready(row: &DbRow) -> Result<Unready, StoreError> {
    Ok(Unready {
        account: rows::id(row, "account")?,
        email: rows::email(row, "email")?,
        service_name: rows::service_name(row)?,
        signed_in_until: rows::latest(row)?,
    })
}

fn unready_token(row: &DbRow) -> Result<UnreadyToken, StoreError> {
    Ok(UnreadyToken {
        api_key: rows::id(row, "api_key")?,
        label: rows::label(row, "label")?,
        email: rows::email(row, "email")?,
        service_name: rows::service_name(row)?,
        last_use: rows::last_use(row)?,
    })
}
