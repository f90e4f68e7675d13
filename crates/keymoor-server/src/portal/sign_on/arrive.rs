use std::{net::IpAddr, sync::Arc};

use askama::Template;
use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use keymoor_core::{AccountId, OrganizationId, SessionId, ticket::Ticket};
use keymoor_sso::Identity;
use keymoor_store::{
    Account, Actor, Grounds, IdentityProvider, NewSession, ProviderSignIn, Stamp, StoreError,
};

use super::{
    super::{
        cookies::Jar,
        frame::{Frame, page_with},
        gate::Browser,
        sign_in::Arrival,
        signed_in::{Entered, RECENT, SignedIn, age},
        single_sign_on::test,
    },
    Back, TicketQuery,
    newcomer::{GONE, Newcomer, TOO_MANY, take_up, welcome},
    put_back, take_back,
};
use crate::{
    App,
    failure::{Answer, Failure},
    federation::journey::Errand,
    operations::{Author, OperationError},
    random,
};

const NOT_ANEW: &str = "This needs a recent sign-in, and the identity provider did not say that you \
    signed in there anew. Sign out at the provider, then begin again. If that does not help, ask its \
    administrator to heed requests for a new sign-in (prompt=login and auth_time, or ForceAuthn).";

#[derive(Template)]
#[template(path = "sign_on_refused.html")]
struct RefusedPage {
    frame: Frame,
    /// Where to begin again.
    again: Option<String>,
    why: String,
}

/// `GET /sign-in/arrived?ticket=…`: takes in what a provider said, in the browser that set out.
pub(in super::super) async fn show(
    State(app): State<Arc<App>>,
    browser: Browser,
    arrival: Arrival,
    Query(query): Query<TicketQuery>,
    entered: Result<Entered, Failure>,
) -> Answer {
    let back = take_back(&app, &browser, &query.ticket).await?.ok_or(Failure::LostSignOn)?;
    let entered = entered.ok().map(|Entered(signed_in)| signed_in);
    let provider = app.store.identity_provider(back.provider).await?.ok_or(Failure::LostSignOn)?;
    match (&back.errand, &back.outcome) {
        (Errand::Test { account }, outcome) => {
            let who = entered.filter(|who| who.account.id == *account);
            let who = who.ok_or(Failure::SignInNeeded(None))?;
            test::show(&app, &who, &provider, outcome)
        }
        (Errand::SignIn { renew: true, .. }, Err(why)) => {
            refuse(&app, &browser, Some(&provider), &format!("{why} {NOT_ANEW}"))
        }
        (Errand::SignIn { .. }, Err(why)) => refuse(&app, &browser, Some(&provider), why),
        (Errand::SignIn { .. }, Ok(_)) if provider.enabled_at.is_none() => {
            refuse(&app, &browser, None, "The organization's identity provider is disabled.")
        }
        (Errand::SignIn { renew: true, .. }, Ok(identity)) if !is_proved(&app, identity) => {
            refuse(&app, &browser, Some(&provider), NOT_ANEW)
        }
        (Errand::SignIn { next, .. }, Ok(identity)) => {
            let linked = app.store.linked_account(provider.id, &identity.subject).await?;
            match linked {
                Some(account) => {
                    let arrived = Arrived { provider, identity, account };
                    arrived.enter(&app, &browser, &arrival, entered, next).await
                }
                // Whoever is signed in to an account of theirs links that one.
                None if entered.as_ref().is_some_and(|who| who.session.organization.is_none()) => {
                    offer_link(&app, &browser, back, entered).await
                }
                None => match welcome(&app, &provider, identity, arrival.address).await? {
                    Newcomer::Welcome(account) => {
                        let arrived = Arrived { provider, identity, account };
                        arrived.enter(&app, &browser, &arrival, None, next).await
                    }
                    Newcomer::Ended => refuse(&app, &browser, None, GONE),
                    Newcomer::TooMany => refuse(&app, &browser, None, TOO_MANY),
                    Newcomer::Unknown => offer_link(&app, &browser, back, entered).await,
                },
            }
        }
    }
}

/// Whether the person proved lately at the provider who they are.
fn is_proved(app: &App, identity: &Identity) -> bool {
    identity.proved_at.is_some_and(|at| app.now().since(at) < RECENT)
}

/// Says why the sign-in does not count, and what to do.
pub(super) fn refuse(
    app: &App,
    browser: &Browser,
    provider: Option<&IdentityProvider>,
    why: &str,
) -> Answer {
    let again = provider.map(|provider| format!("/sign-in/organization/{}", provider.organization));
    let page = RefusedPage { frame: Frame::visitor(app, browser), again, why: why.to_owned() };
    page_with(StatusCode::FORBIDDEN, &page)
}

/// Nobody is linked to the person yet: whoever can prove to be both may do it.
async fn offer_link(app: &App, browser: &Browser, back: Back, entered: Option<SignedIn>) -> Answer {
    let ticket = put_back(app, browser, back).await?;
    let to = format!("/sign-in/link?ticket={}", ticket.expose());
    let is_whole = entered.is_some_and(|who| who.session.organization.is_none());
    if is_whole { Ok(see(&to)) } else { Err(Failure::SignInNeeded(Some(to))) }
}

fn see(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// A person whom the provider vouches for, and the account that is linked to them.
pub(super) struct Arrived<'a> {
    pub(super) provider: IdentityProvider,
    pub(super) identity: &'a Identity,
    pub(super) account: AccountId,
}

impl Arrived<'_> {
    async fn enter(
        self,
        app: &Arc<App>,
        browser: &Browser,
        arrival: &Arrival,
        entered: Option<SignedIn>,
        next: &str,
    ) -> Answer {
        let account = app.store.account(self.account).await?;
        let Some(account) = account.filter(|account| account.disabled_at.is_none()) else {
            return refuse(app, browser, None, "The account is disabled. Ask the operator.");
        };
        let organization = self.provider.organization;
        match entered {
            Some(who) if who.account.id != account.id => {
                let why = format!(
                    "This identity belongs to another account than {}, which this browser is signed \
                     in to. Sign out first, then begin again.",
                    who.account.email
                );
                refuse(app, browser, Some(&self.provider), &why)
            }
            Some(who) if who.session.organization.is_none_or(|only| only == organization) => {
                self.note(app, browser, who.session.id, arrival.address, see(next)).await
            }
            _ => {
                let (ticket, session) = start(app, &account, arrival, organization).await?;
                let mut response = see(next);
                Jar::Session.keep(response.headers_mut(), &ticket);
                Jar::Visit.forget(response.headers_mut());
                self.note(app, browser, session, arrival.address, response).await
            }
        }
    }

    /// Notes the sign-in; `then` is answered if it counts.
    pub(super) async fn note(
        &self,
        app: &Arc<App>,
        browser: &Browser,
        session: SessionId,
        from: IpAddr,
        then: Response,
    ) -> Answer {
        let taken_up = take_up(app, &self.provider, self.identity, self.account, from).await?;
        if let Err(why) = taken_up {
            return refuse(app, browser, None, why);
        }
        let by = Author { by: Actor::Account(self.account), from: Some(from) };
        let new = ProviderSignIn {
            provider: self.provider.id,
            subject: self.identity.subject.clone(),
            provider_session: self.identity.session.clone(),
            account: self.account,
            session,
            proved_at: self.identity.proved_at,
        };
        match app.sign_in_through(new, by).await {
            Ok(()) => Ok(then),
            Err(OperationError::Store(StoreError::NotFound(_))) => {
                let why = "Your account is not a member of the organization. Ask its administrator \
                    to add you.";
                refuse(app, browser, None, why)
            }
            Err(other) => Err(other.into()),
        }
    }
}

/// Starts a session that reaches the organization and nothing else.
async fn start(
    app: &App,
    account: &Account,
    arrival: &Arrival,
    organization: OrganizationId,
) -> Result<(Ticket, SessionId), Failure> {
    let ticket = Ticket::generate(random());
    let new = NewSession {
        digest: ticket.digest(),
        id: SessionId::from_random(random()),
        account: account.id,
        address: arrival.address,
        device: arrival.device.clone(),
        organization: Some(organization),
        grounds: Grounds { replaces: arrival.session.clone(), ..Grounds::default() },
    };
    let by = Actor::Account(account.id);
    let stamp = Stamp { at: app.now(), by, from: Some(arrival.address) };
    if app.store.start_session(&new, age(stamp.at), stamp).await? {
        Ok((ticket, new.id))
    } else {
        Err(Failure::LostSignOn)
    }
}
