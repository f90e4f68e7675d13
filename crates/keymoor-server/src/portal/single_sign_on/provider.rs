use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use keymoor_core::{IdentityProviderId, OrganizationId};
use keymoor_sso::{Method, Request, saml::Described};
use keymoor_store::IdentityProvider;
use zeroize::Zeroizing;

use super::{
    super::{SignedIn, form::Form, frame::sentence},
    Settings, path,
};
use crate::{
    App, ProviderSettings,
    failure::{Answer, Failure},
    operations::{OperationError, ProviderOrder},
    resources::Segment,
};

/// What stands in the form.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) id: Option<IdentityProviderId>,
    pub(super) open_id: bool,
    pub(super) label: String,
    pub(super) metadata: String,
    pub(super) entity_id: String,
    pub(super) sso_url: String,
    pub(super) certificates: String,
    pub(super) subject_attribute: String,
    pub(super) issuer: String,
    pub(super) client_id: String,
    secret: Zeroizing<String>,
}

impl Draft {
    /// What is stored.
    pub(super) fn of(
        provider: Option<&IdentityProvider>,
        settings: Option<&ProviderSettings>,
    ) -> Self {
        let label = provider.map(|provider| provider.label.as_str().to_owned()).unwrap_or_default();
        let id = provider.map(|provider| provider.id);
        match settings {
            Some(ProviderSettings::Saml {
                entity_id,
                sso_url,
                certificates,
                subject_attribute,
            }) => Self {
                id,
                label,
                entity_id: entity_id.clone(),
                sso_url: sso_url.clone(),
                certificates: certificates.join("\n"),
                subject_attribute: subject_attribute.clone().unwrap_or_default(),
                ..Self::default()
            },
            Some(ProviderSettings::OpenId { issuer, client_id }) => Self {
                id,
                open_id: true,
                label,
                issuer: issuer.clone(),
                client_id: client_id.clone(),
                ..Self::default()
            },
            None => Self::default(),
        }
    }

    fn read(form: &Form) -> Self {
        let text = |name| form.text(name).trim().to_owned();
        Self {
            id: IdentityProviderId::parse(form.text("provider")).ok(),
            open_id: form.text("protocol") == "openid",
            label: text("label"),
            metadata: text("metadata"),
            entity_id: text("entity_id"),
            sso_url: text("sso_url"),
            certificates: text("certificates"),
            subject_attribute: text("subject_attribute"),
            issuer: text("issuer"),
            client_id: text("client_id"),
            secret: form.secret("client_secret"),
        }
    }

    /// What is to be stored: metadata, where some were given, before the single fields.
    async fn order(&mut self, app: &App) -> Result<ProviderOrder, OperationError> {
        if !self.open_id && !self.metadata.is_empty() {
            let described = read_metadata(app, &self.metadata).await?;
            self.entity_id = described.entity_id;
            self.sso_url = described.sso_url;
            let pems: Vec<String> =
                described.certificates.iter().map(keymoor_sso::saml::Certificate::pem).collect();
            self.certificates = pems.join("\n");
            self.metadata.clear();
        }
        let attribute = Some(self.subject_attribute.clone()).filter(|name| !name.is_empty());
        let settings = if self.open_id {
            ProviderSettings::OpenId {
                issuer: self.issuer.clone(),
                client_id: self.client_id.clone(),
            }
        } else {
            ProviderSettings::Saml {
                entity_id: self.entity_id.clone(),
                sso_url: self.sso_url.clone(),
                certificates: ProviderSettings::certificates(&self.certificates),
                subject_attribute: attribute,
            }
        };
        let secret = Some(self.secret.clone()).filter(|_| self.open_id);
        Ok(ProviderOrder { label: self.label.clone(), settings, secret })
    }
}

/// The metadata of a SAML provider: pasted, or at a URL.
async fn read_metadata(app: &App, text: &str) -> Result<Described, OperationError> {
    let bad = |problem: &dyn std::fmt::Display| OperationError::invalid("metadata", problem);
    let document = if text.starts_with("http:") || text.starts_with("https:") {
        let request = Request {
            method: Method::Get,
            url: text.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let fetched = app.settings.fetch.fetch(request).await.map_err(|error| bad(&error))?;
        if fetched.status != 200 {
            let problem = format!("could not be had: {text} answered with {}", fetched.status);
            return Err(bad(&problem));
        }
        String::from_utf8(fetched.body).map_err(|_| bad(&"is not UTF-8"))?
    } else {
        text.to_owned()
    };
    Described::parse(&document).map_err(|error| bad(&error))
}

/// `POST /organizations/{uuid}/sign-on`: makes the provider or changes it.
pub(in super::super) async fn save(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let settings = Settings::of(&app, &signed_in, id).await?;
    let mut draft = Draft::read(&form);
    match store(&app, &signed_in, &settings, &mut draft, &form).await {
        Ok(()) => Ok(Redirect::to(&path(id)).into_response()),
        Err(OperationError::Invalid { field, problem }) => {
            let problem = Some(sentence(field, &problem));
            settings.page(&app, &signed_in, Some(draft), problem).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn store(
    app: &Arc<App>,
    signed_in: &SignedIn,
    settings: &Settings,
    draft: &mut Draft,
    form: &Form,
) -> Result<(), OperationError> {
    let order = draft.order(app).await?;
    let by = signed_in.author();
    if let Some(before) = &settings.provider {
        return app.change_identity_provider(before.clone(), order, by).await;
    }
    // The id that the page showed, and no other.
    let tied = signed_in.browser.is_tied(app, form.text("provider"), form.text("tie"));
    let id = draft.id.filter(|_| tied);
    app.create_identity_provider(settings.organization.id, id, order, by).await.map(drop)
}

/// `POST …/enable`
pub(in super::super) async fn enable(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    set_enabled(&app, &signed_in, id, true).await
}

/// `POST …/disable`
pub(in super::super) async fn disable(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    set_enabled(&app, &signed_in, id, false).await
}

async fn set_enabled(
    app: &Arc<App>,
    signed_in: &SignedIn,
    id: OrganizationId,
    enabled: bool,
) -> Answer {
    let settings = Settings::of(app, signed_in, id).await?;
    let provider = settings.provider()?;
    // It is so already: somebody else was faster.
    if provider.enabled_at.is_some() != enabled {
        app.set_identity_provider_enabled(provider.id, enabled, signed_in.author()).await?;
    }
    Ok(Redirect::to(&path(id)).into_response())
}

/// `POST …/remove`
pub(in super::super) async fn remove(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let settings = Settings::of(&app, &signed_in, id).await?;
    if settings.organization.federated {
        let why = "The organization requires the provider. Stop requiring it first.".to_owned();
        return Err(Failure::Conflict(why));
    }
    app.remove_identity_provider(settings.provider()?.id, signed_in.author()).await?;
    Ok(Redirect::to(&path(id)).into_response())
}
