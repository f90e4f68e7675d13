use std::sync::Arc;

use keymoor_core::{
    ApplicationId,
    audience::Audience,
    delegation::{OFFLINE_ACCESS, Rights},
    scope::{Scope, Scopes},
    wire::{
        AuthorizationError, AuthorizationQuery, AuthorizationRequest, RedirectUri, ScopeRefusal,
    },
};
use keymoor_store::{Application, StoreError};

use super::response;
use crate::App;

/// A request that a person may be asked about.
pub(crate) struct Asked {
    pub(crate) application: Application,
    /// Where the answer goes, as the request spells it: one that the application has registered.
    pub(crate) redirect_uri: RedirectUri,
    pub(crate) state: Option<String>,
    pub(crate) request: AuthorizationRequest,
    /// The identifier of the API that tokens will be for.
    pub(crate) audience: Arc<str>,
}

/// Why nobody is asked.
pub(crate) enum Refused {
    /// It is not known where else this may be told than to the browser, in these words.
    Unanswerable(String),
    /// The application is told, at this URL.
    Answered(String),
}

const UNKNOWN_CLIENT: &str = "No application is registered here under the client_id of this \
    request, or it was removed. Tell whoever runs the application.";
const UNKNOWN_REDIRECT: &str = "The redirect_uri of this request is not one that the application \
    has registered here, to the letter. Nothing is sent there. Tell whoever runs the application.";

impl App {
    /// Reads the query of an authorization request. Who is signed in does not matter yet.
    pub(crate) async fn examine(&self, query: &str) -> Result<Result<Asked, Refused>, StoreError> {
        let query = match AuthorizationQuery::read(query) {
            Ok(query) => query,
            Err(error) => return Ok(Err(Refused::Unanswerable(error.to_string()))),
        };
        let unanswerable = |why: &str| Ok(Err(Refused::Unanswerable(why.to_owned())));
        let Some(application) = self.asking(&query.client_id).await? else {
            return unanswerable(UNKNOWN_CLIENT);
        };
        if !is_registered(&application, &query.redirect_uri) {
            return unanswerable(UNKNOWN_REDIRECT);
        }
        Ok(match self.read_rest(&application, &query) {
            Ok((request, audience)) => {
                let AuthorizationQuery { redirect_uri, state, .. } = query;
                Ok(Asked { application, redirect_uri, state, request, audience })
            }
            Err(error) => {
                let AuthorizationQuery { redirect_uri, state, .. } = query;
                let url = self.refusal_url(&redirect_uri, state.as_deref(), &error);
                Err(Refused::Answered(url))
            }
        })
    }

    async fn asking(&self, client_id: &str) -> Result<Option<Application>, StoreError> {
        let Ok(id) = ApplicationId::parse(client_id) else {
            return Ok(None);
        };
        let found = self.store.application(id).await?;
        Ok(found.filter(|application| application.facts.removed_at.is_none()))
    }

    fn read_rest(
        &self,
        application: &Application,
        query: &AuthorizationQuery,
    ) -> Result<(AuthorizationRequest, Arc<str>), AuthorizationError> {
        let request = query.request()?;
        let facts = &application.facts;
        if !facts.rights.authorization_code || facts.owner_disabled_at.is_some() {
            return Err(AuthorizationError::NotEnabled);
        }
        let issuer = self.issuer();
        let found = issuer.audiences.find(request.resource.as_deref());
        let (audience, known) = found.ok_or(AuthorizationError::Target)?;
        check_scopes(&request.scope, known, facts.rights)?;
        Ok((request, audience.clone()))
    }

    /// The URL that tells the application so.
    pub(crate) fn refusal_url(
        &self,
        redirect_uri: &RedirectUri,
        state: Option<&str>,
        error: &AuthorizationError,
    ) -> String {
        let description = error.description();
        let told = [("error", error.code()), ("error_description", &description)];
        response::url(redirect_uri, &told, state, &self.settings.public_url)
    }
}

impl Asked {
    /// The URL that brings the application the code.
    pub(crate) fn code_url(&self, app: &App, code: &str) -> String {
        let told = [("code", code)];
        let state = self.state.as_deref();
        response::url(&self.redirect_uri, &told, state, &app.settings.public_url)
    }

    /// The URL that tells the application that there is none.
    pub(crate) fn refusal_url(&self, app: &App, error: &AuthorizationError) -> String {
        app.refusal_url(&self.redirect_uri, self.state.as_deref(), error)
    }
}

fn is_registered(application: &Application, asked: &RedirectUri) -> bool {
    let registered = application.redirect_uris.iter();
    let mut registered = registered.filter_map(|text| RedirectUri::parse(text).ok());
    registered.any(|one| one.allows(asked))
}

/// Whether an application may ask for these scopes, whoever is asked. Whether somebody can give those
/// of organizations depends on who that is.
pub(crate) fn check_scopes(
    scopes: &Scopes,
    audience: &Audience,
    rights: Rights,
) -> Result<(), AuthorizationError> {
    for scope in scopes.iter() {
        match scope {
            Scope::Named(name) if name.as_str() == OFFLINE_ACCESS && rights.refresh_tokens => {}
            Scope::Named(name) if name.as_str() == OFFLINE_ACCESS => {
                return Err(AuthorizationError::NoRefreshTokens);
            }
            Scope::Named(name) if !audience.scopes.contains(name) => {
                return Err(AuthorizationError::Scope(ScopeRefusal::Unknown));
            }
            _ => {}
        }
    }
    Ok(())
}
