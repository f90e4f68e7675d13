//! Signing in through the identity provider of an organization: out, back, and what comes of it.

pub(super) mod arrive;
pub(super) mod depart;
pub(super) mod link;
mod newcomer;
pub(super) mod route;

use keymoor_core::{IdentityProviderId, ticket::Ticket};
use keymoor_sso::Identity;
use serde::Deserialize;

use super::gate::Browser;
use crate::{
    App,
    failure::Failure,
    federation::journey::{Errand, Journey, Stage},
    random,
};

/// The ticket under which a sign-in waits.
#[derive(Deserialize)]
pub(super) struct TicketQuery {
    #[serde(default)]
    ticket: String,
}

/// A sign-in that came back in the browser that set out.
struct Back {
    provider: IdentityProviderId,
    errand: Errand,
    outcome: Result<Box<Identity>, String>,
}

/// Takes out what came back under `ticket`, if this browser set out for it.
async fn take_back(app: &App, browser: &Browser, ticket: &str) -> Result<Option<Back>, Failure> {
    let taken = app.take_journey(Ticket::parse(ticket).as_ref()).await?;
    Ok(taken.and_then(|(provider, journey)| {
        let ours = journey.is_of(browser.sign_on.as_ref());
        match journey.stage {
            Stage::Back(outcome) if ours => {
                Some(Back { provider, errand: journey.errand, outcome })
            }
            _ => None,
        }
    }))
}

/// Puts it back under a new ticket, for the next page of the same browser.
async fn put_back(app: &App, browser: &Browser, back: Back) -> Result<Ticket, Failure> {
    let ticket = Ticket::generate(random());
    put_back_under(app, browser, &ticket, back).await?;
    Ok(ticket)
}

/// Puts it back under that ticket: the same one, so that a page that is loaded again finds it.
async fn put_back_under(
    app: &App,
    browser: &Browser,
    ticket: &Ticket,
    back: Back,
) -> Result<(), Failure> {
    let known_by = browser.sign_on.as_ref().ok_or(Failure::LostSignOn)?;
    let journey = Journey {
        browser: known_by.digest().as_str().to_owned(),
        errand: back.errand,
        stage: Stage::Back(back.outcome),
    };
    Ok(app.keep_journey(&ticket.digest(), back.provider, &journey).await?)
}
