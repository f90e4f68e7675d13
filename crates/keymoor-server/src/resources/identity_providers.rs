use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    IdentityProviderId, OrganizationId,
    permission::Action,
    wire::listing::{Fields, Kind},
};
use keymoor_store::{IdentityProvider, Organization, Protocol};
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::{Bearer, Segment, body, organizations, private};
use crate::{
    App, ProviderSettings,
    failure::{Answer, Failure},
    federation::{callback_path, service_provider},
    hal::{self, done, link},
    operations::ProviderOrder,
    time::rfc3339,
};

/// The path of the list.
pub(crate) const PATH: &str = "/api/identity-providers";

const FIELDS: Fields = &[
    ("uuid", Kind::Text),
    ("label", Kind::Text),
    ("protocol", Kind::Text),
    ("status", Kind::Text),
    ("created_at", Kind::Time),
    ("updated_at", Kind::Time),
];

/// The organization, for whoever may say how its members sign in.
async fn administered(
    app: &App,
    bearer: &Bearer,
    id: OrganizationId,
) -> Result<Organization, Failure> {
    let seat = bearer.inside(app, id).await?;
    seat.standing.may(Action::SetUpSignIn)?;
    Ok(seat.organization)
}

async fn provider(
    app: &App,
    bearer: &Bearer,
    id: IdentityProviderId,
) -> Result<IdentityProvider, Failure> {
    let found = app.store.identity_provider(id).await?.ok_or(Failure::NotFound)?;
    administered(app, bearer, found.organization).await?;
    Ok(found)
}

/// `GET /api/identity-providers`: those that the bearer looks after and the token opens.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    RawQuery(query): RawQuery,
) -> Answer {
    let wanted = hal::listing(query.as_deref(), FIELDS)?;
    let mut items = Vec::new();
    for organization in app.store.organizations_of(bearer.account()).await? {
        if administered(&app, &bearer, organization.id).await.is_ok() {
            let found = app.store.identity_provider_of(organization.id).await?;
            items.extend(found.map(|found| resource(&app, &found)).transpose()?);
        }
    }
    Ok(private(StatusCode::OK, hal::list(&app, PATH, "/api", items, &wanted)))
}

/// `GET /api/identity-providers/{uuid}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<IdentityProviderId>,
) -> Answer {
    let found = provider(&app, &bearer, id).await?;
    Ok(private(StatusCode::OK, resource(&app, &found)?))
}

/// `GET /api/organizations/{uuid}/identity-provider`
pub(crate) async fn of_organization(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    administered(&app, &bearer, id).await?;
    let found = app.store.identity_provider_of(id).await?.ok_or(Failure::NotFound)?;
    Ok(private(StatusCode::OK, resource(&app, &found)?))
}

/// `POST /api/organizations/{uuid}/identity-provider`: makes it; it vouches for nobody until it is
/// enabled.
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    administered(&app, &bearer, id).await?;
    let order = order(&body::of(request).await?)?;
    let made = app.create_identity_provider(id, None, order, bearer.author()).await?;
    let found = app.store.identity_provider(made).await?.ok_or(Failure::NotFound)?;
    Ok(private(StatusCode::CREATED, resource(&app, &found)?))
}

/// `PUT /api/identity-providers/{uuid}`
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<IdentityProviderId>,
    request: Request,
) -> Answer {
    let found = provider(&app, &bearer, id).await?;
    let order = order(&body::of(request).await?)?;
    app.change_identity_provider(found, order, bearer.author()).await?;
    let message = "The identity provider has been updated.";
    Ok(private(StatusCode::ACCEPTED, done(&app, message, &path(id), PATH)))
}

/// `DELETE /api/identity-providers/{uuid}`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<IdentityProviderId>,
) -> Answer {
    let found = provider(&app, &bearer, id).await?;
    let organization = administered(&app, &bearer, found.organization).await?;
    if organization.federated {
        let why = "The organization requires the identity provider. Stop requiring it first.";
        return Err(Failure::Conflict(why.to_owned()));
    }
    app.remove_identity_provider(id, bearer.author()).await?;
    Ok(private(
        StatusCode::OK,
        done(&app, "The identity provider has been deleted.", &path(id), PATH),
    ))
}

/// `POST /api/identity-providers/{uuid}/actions/enable`
pub(crate) async fn enable(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<IdentityProviderId>,
) -> Answer {
    provider(&app, &bearer, id).await?;
    app.set_identity_provider_enabled(id, true, bearer.author()).await?;
    Ok(private(
        StatusCode::OK,
        done(&app, "The identity provider has been enabled.", &path(id), PATH),
    ))
}

/// `POST /api/identity-providers/{uuid}/actions/disable`
pub(crate) async fn disable(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<IdentityProviderId>,
) -> Answer {
    provider(&app, &bearer, id).await?;
    app.set_identity_provider_enabled(id, false, bearer.author()).await?;
    Ok(private(
        StatusCode::OK,
        done(&app, "The identity provider has been disabled.", &path(id), PATH),
    ))
}

/// What is to be stored: SAML by the page's fields, OpenID Connect where an `issuer` is given.
fn order(fields: &Map<String, Value>) -> Result<ProviderOrder, Failure> {
    let optional = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
    let label = body::text(fields, "label")?.to_owned();
    let settings = match optional("issuer") {
        Some(issuer) => ProviderSettings::OpenId {
            issuer,
            client_id: body::text(fields, "client_id")?.to_owned(),
        },
        None => ProviderSettings::Saml {
            entity_id: body::text(fields, "entity_id")?.to_owned(),
            sso_url: body::text(fields, "sso_url")?.to_owned(),
            certificates: ProviderSettings::certificates(body::text(fields, "certificate")?),
            subject_attribute: optional("subject_attribute"),
        },
    };
    let secret = optional("client_secret").map(Zeroizing::new);
    Ok(ProviderOrder { label, settings, secret })
}

fn path(id: IdentityProviderId) -> String {
    format!("{PATH}/{id}")
}

fn links(app: &App, id: IdentityProviderId) -> Value {
    json!({ "self": link(app, &path(id)), "parent": link(app, PATH) })
}

fn resource(app: &App, found: &IdentityProvider) -> Result<Value, Failure> {
    let mut fields = json!({
        "uuid": found.id,
        "label": found.label,
        "protocol": if found.protocol == Protocol::Saml { "saml" } else { "openid" },
        "status": if found.enabled_at.is_some() { "enabled" } else { "disabled" },
        "created_at": rfc3339(found.created_at),
        "updated_at": rfc3339(found.updated_at),
        "_links": links(app, found.id),
    });
    let organization = format!("{}/{}", organizations::PATH, found.organization);
    fields["_links"]["organization"] = link(app, &organization);
    match ProviderSettings::of(found)? {
        ProviderSettings::Saml { entity_id, sso_url, certificates, subject_attribute } => {
            let us = service_provider(app, found.id);
            fields["idp_entity_id"] = Value::from(entity_id);
            fields["sp_entity_id"] = Value::from(us.entity_id);
            fields["sso_url"] = Value::from(sso_url);
            fields["certificate"] = Value::from(certificates.join(""));
            fields["subject_attribute"] = Value::from(subject_attribute);
            fields["_links"]["acs"] = json!({ "href": us.acs_url });
        }
        ProviderSettings::OpenId { issuer, client_id } => {
            fields["issuer"] = Value::from(issuer);
            fields["client_id"] = Value::from(client_id);
            fields["_links"]["callback"] = link(app, &callback_path(found.id));
        }
    }
    Ok(fields)
}
