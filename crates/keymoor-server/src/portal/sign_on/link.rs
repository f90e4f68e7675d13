//! Linking a person of a provider to an account, with proof of both: the provider vouches for the
//! one, a recent sign-in for the other. An e-mail address proves nothing.

use std::sync::Arc;

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect},
};
use keymoor_core::{name::Email, ticket::Ticket};
use keymoor_sso::Identity;
use keymoor_store::{IdentityProvider, StoreError};

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{Frame, page},
    },
    TicketQuery,
    arrive::{Arrived, refuse},
    newcomer::vouched,
    put_back_under, take_back,
};
use crate::{
    App,
    failure::{Answer, Failure},
    federation::journey::Errand,
    operations::OperationError,
};

#[derive(Template)]
#[template(path = "sign_on_link.html")]
struct LinkPage {
    frame: Frame,
    ticket: String,
    provider: String,
    subject: String,
    name: Option<String>,
    email: Option<String>,
    account: String,
}

const NO_MEMBER: &str = "Your account is not a member of the organization. Ask its administrator to \
    add you, then sign in through its provider again.";

/// `GET /sign-in/link?ticket=…`: asks whether the person and the account are the same.
pub(in super::super) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Query(query): Query<TicketQuery>,
) -> Answer {
    let browser = &signed_in.browser;
    let back = take_back(&app, browser, &query.ticket).await?.ok_or(Failure::LostSignOn)?;
    let provider = app.store.identity_provider(back.provider).await?.ok_or(Failure::LostSignOn)?;
    let Ok(identity) = back.outcome.clone() else {
        return Err(Failure::LostSignOn);
    };
    let own = app.store.organizations_of(signed_in.account.id).await?;
    let known = provisioned(&app, &provider, &identity).await?;
    if !known && !own.iter().any(|own| own.id == provider.organization) {
        return refuse(&app, browser, None, NO_MEMBER);
    }
    let ticket = Ticket::parse(&query.ticket).ok_or(Failure::LostSignOn)?;
    put_back_under(&app, browser, &ticket, back).await?;
    page(&LinkPage {
        frame: signed_in.frame(&app, "organizations"),
        ticket: ticket.expose().to_owned(),
        provider: provider.label.as_str().to_owned(),
        subject: identity.subject,
        name: identity.name,
        email: identity.email,
        account: signed_in.account.email.as_str().to_owned(),
    })
}

/// Whether provisioning told of the person, who becomes a member by linking then.
async fn provisioned(
    app: &App,
    provider: &IdentityProvider,
    identity: &Identity,
) -> Result<bool, Failure> {
    let email = vouched(app, provider, identity).await?;
    let email = email.as_ref().map(Email::as_str);
    let known = app.store.provisioned(provider.id, &identity.subject, email).await?;
    Ok(known.is_some_and(|known| known.user.active && known.account.is_none()))
}

/// `POST /sign-in/link`
pub(in super::super) async fn link(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    form: Form,
) -> Answer {
    let ticket = form.text("ticket");
    signed_in.check_recent(&app, &format!("/sign-in/link?ticket={ticket}"))?;
    let browser = &signed_in.browser;
    let back = take_back(&app, browser, ticket).await?.ok_or(Failure::LostSignOn)?;
    let provider = app.store.identity_provider(back.provider).await?.ok_or(Failure::LostSignOn)?;
    let (Ok(identity), Errand::SignIn { next, .. }) = (&back.outcome, &back.errand) else {
        return Err(Failure::LostSignOn);
    };
    if provider.enabled_at.is_none() {
        return refuse(&app, browser, None, "The organization's identity provider is disabled.");
    }
    let account = signed_in.account.id;
    let linked =
        app.link_account(provider.id, identity.subject.clone(), account, signed_in.author()).await;
    match linked {
        Ok(()) => {
            let then = Redirect::to(next).into_response();
            let arrived = Arrived { provider, identity, account };
            arrived.note(&app, browser, signed_in.session.id, signed_in.address, then).await
        }
        Err(OperationError::Store(StoreError::Conflict(_))) => {
            let why = "Your account is linked to somebody else of this provider, or this person to \
                another account. An administrator of the organization can end that link.";
            refuse(&app, browser, None, why)
        }
        Err(other) => Err(other.into()),
    }
}
