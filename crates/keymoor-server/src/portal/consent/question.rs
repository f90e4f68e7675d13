use keymoor_core::{
    OrganizationId,
    delegation::{Consent, OFFLINE_ACCESS, check_consent, narrowed},
    facts::Limits,
    scope::{Scope, Scopes},
    token::TOKEN_LIFE,
    wire::{OAuthError, ScopeRefusal},
};
use keymoor_store::{Application, Organization};

use super::super::{SignedIn, choice::Choice, times::When};
use crate::{App, failure::Failure};

/// What an application asks for.
pub(super) struct Wish<'w> {
    pub(super) application: &'w Application,
    pub(super) scopes: &'w Scopes,
    /// The identifier of the API.
    pub(super) audience: &'w str,
    /// When it asked, and from where, if a device did.
    pub(super) device: Option<(keymoor_core::UnixTime, std::net::IpAddr)>,
}

/// The wish as it is put to whoever is signed in.
pub(super) struct Question {
    pub(super) application: String,
    pub(super) owner: String,
    pub(super) account: String,
    pub(super) api: String,
    pub(super) default_api: bool,
    /// The only organizations that it would reach.
    pub(super) only: Option<String>,
    /// The organizations that it asks to open.
    pub(super) organizations: Vec<String>,
    pub(super) scopes: Vec<String>,
    pub(super) offline: bool,
    /// How long it lasts otherwise.
    pub(super) minutes: u32,
    pub(super) choices: Vec<Choice>,
    /// Why it cannot be allowed, and where that can be helped.
    pub(super) refusal: Option<String>,
    pub(super) help: Option<String>,
    pub(super) at: When,
    pub(super) address: Option<String>,
}

/// A yes, as far as it can be given.
pub(super) struct Draft {
    pub(super) consent: Consent,
    /// What stands against it.
    pub(super) refused: Option<OAuthError>,
    own: Vec<Organization>,
}

impl Wish<'_> {
    /// What a yes would come to. `chosen` are the organizations that were ticked.
    pub(super) async fn draft(
        &self,
        app: &App,
        signed_in: &SignedIn,
        chosen: &[OrganizationId],
    ) -> Result<Draft, Failure> {
        let account = signed_in.account.id;
        let own = app.store.organizations_of(account).await?;
        let consent = Consent {
            application: self.application.facts.id,
            account,
            scopes: self.scopes.clone(),
            audience: self.audience.to_owned(),
            // What the application is limited to now is what is shown, and all that is ever allowed.
            limits: narrowed(
                &limits(signed_in, chosen),
                self.application.facts.organizations.as_deref(),
            ),
        };
        let facts = app.store.delegation_facts(consent.application, account).await?;
        let facts = facts.ok_or(Failure::NotFound)?;
        let refused = check_consent(&consent, &facts, &app.issuer(), app.now()).err();
        Ok(Draft { consent, refused, own })
    }

    /// The question about it; `here` is where it is asked.
    pub(super) fn question(
        &self,
        app: &App,
        signed_in: &SignedIn,
        draft: &Draft,
        here: &str,
    ) -> Question {
        let name = |id: OrganizationId| name(&draft.own, id);
        let limits = &draft.consent.limits;
        let only = limits.organizations.clone();
        let chosen = limits.organizations.as_deref().unwrap_or_default();
        let choices = if signed_in.session.organization.is_some() {
            Vec::new()
        } else {
            let reached = self.application.facts.organizations.as_deref();
            let reachable = |one: &&Organization| reached.is_none_or(|all| all.contains(&one.id));
            let offered: Vec<_> = draft.own.iter().filter(reachable).cloned().collect();
            Choice::among(&offered, |id| chosen.contains(&id))
        };
        let (refusal, help) = match &draft.refused {
            None => (None, None),
            Some(error) => explain(error, &draft.own, here),
        };
        Question {
            application: self.application.name.as_str().to_owned(),
            owner: self.application.owner_email.as_str().to_owned(),
            account: signed_in.account.email.as_str().to_owned(),
            api: self.audience.to_owned(),
            default_api: self.audience == &**app.issuer().audiences.default_identifier(),
            only: only.map(|only| only.into_iter().map(name).collect::<Vec<_>>().join(", ")),
            organizations: self.scopes.organizations().map(name).collect(),
            scopes: named(self.scopes),
            offline: draft.consent.is_offline(),
            minutes: TOKEN_LIFE / 60,
            choices,
            refusal,
            help,
            at: When::new(self.device.map_or(app.now(), |(at, _)| at), app.now()),
            address: self.device.map(|(_, address)| address.to_string()),
        }
    }
}

/// A session that an organization's provider alone started gives no more than it has.
fn limits(signed_in: &SignedIn, chosen: &[OrganizationId]) -> Limits {
    let organizations = match signed_in.session.organization {
        Some(only) => Some(vec![only]),
        None => Some(chosen.to_vec()).filter(|chosen| !chosen.is_empty()),
    };
    let through_provider_alone = signed_in.session.organization.is_some();
    Limits { organizations, through_provider_alone, ..Limits::default() }
}

fn name(own: &[Organization], id: OrganizationId) -> String {
    let known = own.iter().find(|one| one.id == id);
    known.map_or_else(|| id.to_string(), |one| one.name.as_str().to_owned())
}

fn named(scopes: &Scopes) -> Vec<String> {
    let of_api = scopes.iter().filter_map(|scope| match scope {
        Scope::Named(name) if name.as_str() != OFFLINE_ACCESS => Some(name.to_string()),
        _ => None,
    });
    of_api.collect()
}

/// What stands against it in words, and where that can be helped.
fn explain(
    error: &OAuthError,
    own: &[Organization],
    here: &str,
) -> (Option<String>, Option<String>) {
    match error {
        OAuthError::InvalidScope(ScopeRefusal::SignInNeeded(id)) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            let query = query.append_pair("next", here).finish();
            let text = format!(
                "{} requires a recent sign-in through its single sign-on before an application \
                 may open it.",
                name(own, *id)
            );
            (Some(text), Some(format!("/sign-in/organization/{id}?{query}")))
        }
        OAuthError::InvalidScope(ScopeRefusal::Unknown) => {
            let text = "It asks to open an organization that you are not a member of, or that is \
                        not among those it may reach.";
            (Some(text.to_owned()), None)
        }
        other => (Some(other.description()), None),
    }
}
