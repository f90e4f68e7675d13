//! The one table of what the server serves: path, method, who may call it, handler.

use std::sync::Arc;

use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::{MethodRouter, any, delete, get, patch, post, put},
};
use keymoor_core::wire::discovery::paths;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    App, edge,
    explain::report,
    failure::{self, Failure},
    federation::inward,
    feed, forward_auth,
    oauth::{authorization, device_authorization, introspection, metadata, revocation, token},
    openapi, portal,
    resources::{
        account, api_tokens, domains, identity_providers, invitations, members, organizations,
        roles, scim_secrets, service_accounts, service_tokens, team_members, teams,
    },
    scim::{about, users},
};

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Anybody; a token request authenticates by itself.
    Anyone,
    /// The bearer of an access token.
    Bearer,
    /// A resource server, by Basic authentication.
    ResourceServer,
    /// An identity provider, or a browser that it sends.
    Provider,
    /// A browser that an application sends.
    Browser,
    /// A proxy that the operator lists.
    Proxy,
    /// An organization's provisioning client, by its secret.
    Provisioner,
}

/// One row of the table.
pub struct Route {
    /// The path, in axum's and OpenAPI's spelling.
    pub path: &'static str,
    /// The method, upper case.
    pub method: &'static str,
    /// Who may call it.
    pub caller: Caller,
    handler: fn() -> MethodRouter<Arc<App>>,
}

const fn anyone(
    method: &'static str,
    path: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, method, caller: Caller::Anyone, handler }
}

const fn bearer(
    method: &'static str,
    path: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, method, caller: Caller::Bearer, handler }
}

const fn resource_server(
    method: &'static str,
    path: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, method, caller: Caller::ResourceServer, handler }
}

const fn provider(
    method: &'static str,
    path: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, method, caller: Caller::Provider, handler }
}

const fn browser(
    method: &'static str,
    path: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, method, caller: Caller::Browser, handler }
}

const fn provisioner(
    method: &'static str,
    path: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, method, caller: Caller::Provisioner, handler }
}

const fn proxy(
    method: &'static str,
    path: &'static str,
    handler: fn() -> MethodRouter<Arc<App>>,
) -> Route {
    Route { path, method, caller: Caller::Proxy, handler }
}

/// Every route. The OAuth endpoints take any method, so that they answer a wrong one by their
/// own error table.
pub const TABLE: [Route; 109] = [
    anyone("POST", "/api/auth/oauth/token", || any(token::token)),
    anyone("POST", "/api/token", || any(token::token)),
    browser("GET", paths::AUTHORIZATION, || get(authorization::authorize)),
    anyone("POST", paths::DEVICE_AUTHORIZATION, || any(device_authorization::device_authorization)),
    anyone("POST", paths::INTROSPECTION, || any(introspection::introspect)),
    anyone("POST", paths::REVOCATION, || any(revocation::revoke)),
    resource_server("GET", paths::REMOVALS, || get(feed::removals)),
    resource_server("POST", paths::REFUSALS, || post(report::report)),
    proxy("GET", paths::VERIFY, || any(forward_auth::verify)),
    anyone("GET", "/.well-known/oauth-authorization-server", || {
        get(metadata::authorization_server)
    }),
    anyone("GET", "/.well-known/openid-configuration", || get(metadata::authorization_server)),
    anyone("GET", "/.well-known/oauth-protected-resource", || get(metadata::protected_resource)),
    anyone("GET", "/.well-known/jwks.json", || get(metadata::jwks)),
    provider("GET", "/api/auth/saml/metadata/{uuid}", || get(inward::saml_metadata)),
    provider("POST", "/api/auth/saml/acs/{uuid}", || post(inward::saml_acs)),
    provider("GET", "/api/auth/oidc/callback/{uuid}", || get(inward::oidc_callback)),
    provider("POST", "/api/auth/oidc/logout/{uuid}", || post(inward::oidc_logout)),
    anyone("GET", "/api/openapi.json", || get(openapi::show)),
    bearer("GET", account::PATH, || get(account::show)),
    bearer("GET", api_tokens::PATH, || get(api_tokens::list)),
    bearer("POST", api_tokens::PATH, || post(api_tokens::create)),
    bearer("GET", "/api/account/tokens/{uuid}", || get(api_tokens::show)),
    bearer("DELETE", "/api/account/tokens/{uuid}", || delete(api_tokens::remove)),
    bearer("GET", organizations::PATH, || get(organizations::list)),
    bearer("GET", "/api/organizations/{uuid}", || get(organizations::show)),
    bearer("GET", "/api/organizations/{uuid}/identity-provider", || {
        get(identity_providers::of_organization)
    }),
    bearer("POST", "/api/organizations/{uuid}/identity-provider", || {
        post(identity_providers::create)
    }),
    bearer("GET", identity_providers::PATH, || get(identity_providers::list)),
    bearer("GET", "/api/identity-providers/{uuid}", || get(identity_providers::show)),
    bearer("PUT", "/api/identity-providers/{uuid}", || put(identity_providers::change)),
    bearer("DELETE", "/api/identity-providers/{uuid}", || delete(identity_providers::remove)),
    bearer("POST", "/api/identity-providers/{uuid}/actions/enable", || {
        post(identity_providers::enable)
    }),
    bearer("POST", "/api/identity-providers/{uuid}/actions/disable", || {
        post(identity_providers::disable)
    }),
    bearer("PUT", "/api/organizations/{uuid}", || put(organizations::rename)),
    bearer("DELETE", "/api/organizations/{uuid}", || delete(organizations::delete)),
    bearer("POST", "/api/organizations/{uuid}/actions/change-owner", || {
        post(organizations::change_owner)
    }),
    bearer("POST", "/api/organizations/{uuid}/actions/leave", || post(organizations::leave)),
    bearer("GET", "/api/organizations/{uuid}/members", || get(members::list)),
    bearer("GET", "/api/organizations/{uuid}/members/{user}", || get(members::show)),
    bearer("DELETE", "/api/organizations/{uuid}/members/{user}", || delete(members::remove)),
    bearer("GET", "/api/organizations/{uuid}/admins", || get(members::admins)),
    bearer("GET", "/api/organizations/{uuid}/admins/{user}", || get(members::show_admin)),
    bearer("PUT", "/api/organizations/{uuid}/admins/{user}", || put(members::appoint)),
    bearer("DELETE", "/api/organizations/{uuid}/admins/{user}", || delete(members::dismiss)),
    bearer("POST", "/api/organizations/{uuid}/admin-invites", || post(invitations::invite_admin)),
    bearer("GET", "/api/organizations/{uuid}/invites", || get(invitations::list)),
    bearer("POST", "/api/organizations/{uuid}/invites", || post(invitations::invite)),
    bearer("GET", "/api/organizations/{uuid}/roles", || get(roles::list)),
    bearer("POST", "/api/organizations/{uuid}/roles", || post(roles::create)),
    bearer("GET", "/api/organizations/{uuid}/teams", || get(teams::list)),
    bearer("POST", "/api/organizations/{uuid}/teams", || post(teams::create)),
    bearer("GET", "/api/permissions", || get(roles::permissions)),
    bearer("GET", "/api/roles/{uuid}", || get(roles::show)),
    bearer("PUT", "/api/roles/{uuid}", || put(roles::change)),
    bearer("DELETE", "/api/roles/{uuid}", || delete(roles::delete)),
    bearer("GET", "/api/teams/{uuid}", || get(teams::show)),
    bearer("PUT", "/api/teams/{uuid}", || put(teams::rename)),
    bearer("DELETE", "/api/teams/{uuid}", || delete(teams::delete)),
    bearer("GET", "/api/teams/{uuid}/members", || get(team_members::list)),
    bearer("POST", "/api/teams/{uuid}/members", || post(team_members::add)),
    bearer("PUT", "/api/teams/{uuid}/members/{user}", || put(team_members::change)),
    bearer("DELETE", "/api/teams/{uuid}/members/{user}", || delete(team_members::remove)),
    bearer("GET", "/api/teams/{uuid}/invites", || get(invitations::list_of_team)),
    bearer("POST", "/api/teams/{uuid}/invites", || post(invitations::invite_to_team)),
    bearer("GET", invitations::OWN, || get(invitations::own)),
    bearer("GET", "/api/invites/{token}", || get(invitations::show)),
    bearer("DELETE", "/api/invites/{token}", || delete(invitations::withdraw)),
    bearer("POST", "/api/invites/{token}/actions/accept", || post(invitations::accept)),
    bearer("POST", "/api/invites/{token}/actions/decline", || post(invitations::decline)),
    bearer("POST", "/api/invites/{token}/actions/resend", || post(invitations::resend)),
    bearer("GET", "/api/organizations/{uuid}/service-accounts", || get(service_accounts::list)),
    bearer("POST", "/api/organizations/{uuid}/service-accounts", || post(service_accounts::create)),
    bearer("GET", "/api/organizations/{uuid}/service-accounts/{user}", || {
        get(service_accounts::show)
    }),
    bearer("PUT", "/api/organizations/{uuid}/service-accounts/{user}", || {
        put(service_accounts::rename)
    }),
    bearer("DELETE", "/api/organizations/{uuid}/service-accounts/{user}", || {
        delete(service_accounts::delete)
    }),
    bearer("POST", "/api/organizations/{uuid}/service-accounts/{user}/actions/enable", || {
        post(service_accounts::enable)
    }),
    bearer("POST", "/api/organizations/{uuid}/service-accounts/{user}/actions/disable", || {
        post(service_accounts::disable)
    }),
    bearer("POST", "/api/organizations/{uuid}/service-accounts/{user}/actions/renew", || {
        post(service_accounts::renew)
    }),
    bearer("GET", "/api/organizations/{uuid}/service-accounts/{user}/tokens", || {
        get(service_tokens::list)
    }),
    bearer("POST", "/api/organizations/{uuid}/service-accounts/{user}/tokens", || {
        post(service_tokens::create)
    }),
    bearer("GET", "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}", || {
        get(service_tokens::show)
    }),
    bearer("PUT", "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}", || {
        put(service_tokens::rename)
    }),
    bearer("DELETE", "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}", || {
        delete(service_tokens::remove)
    }),
    bearer(
        "GET",
        "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}/secrets",
        || get(service_tokens::secrets),
    ),
    bearer(
        "POST",
        "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}/secrets",
        || post(service_tokens::add_secret),
    ),
    bearer(
        "DELETE",
        "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}/secrets/{secret}",
        || delete(service_tokens::close_secret),
    ),
    bearer("GET", "/api/organizations/{uuid}/domains", || get(domains::list)),
    bearer("POST", "/api/organizations/{uuid}/domains", || post(domains::add)),
    bearer("GET", "/api/organizations/{uuid}/domains/{domain}", || get(domains::show)),
    bearer("DELETE", "/api/organizations/{uuid}/domains/{domain}", || delete(domains::remove)),
    bearer("POST", "/api/organizations/{uuid}/domains/{domain}/actions/verify", || {
        post(domains::verify)
    }),
    bearer("GET", "/api/organizations/{uuid}/scim-secrets", || get(scim_secrets::list)),
    bearer("POST", "/api/organizations/{uuid}/scim-secrets", || post(scim_secrets::add)),
    bearer("DELETE", "/api/organizations/{uuid}/scim-secrets/{secret}", || {
        delete(scim_secrets::remove)
    }),
    provisioner("GET", "/api/scim/v2/{uuid}/ServiceProviderConfig", || get(about::config)),
    provisioner("GET", "/api/scim/v2/{uuid}/ResourceTypes", || get(about::resource_types)),
    provisioner("GET", "/api/scim/v2/{uuid}/ResourceTypes/{id}", || get(about::one_resource_type)),
    provisioner("GET", "/api/scim/v2/{uuid}/Schemas", || get(about::schemas)),
    provisioner("GET", "/api/scim/v2/{uuid}/Schemas/{id}", || get(about::one_schema)),
    provisioner("GET", "/api/scim/v2/{uuid}/Users", || get(users::list)),
    provisioner("POST", "/api/scim/v2/{uuid}/Users", || post(users::create)),
    provisioner("POST", "/api/scim/v2/{uuid}/.search", || post(users::search)),
    provisioner("POST", "/api/scim/v2/{uuid}/Users/.search", || post(users::search)),
    provisioner("GET", "/api/scim/v2/{uuid}/Users/{id}", || get(users::show)),
    provisioner("PUT", "/api/scim/v2/{uuid}/Users/{id}", || put(users::replace)),
    provisioner("PATCH", "/api/scim/v2/{uuid}/Users/{id}", || patch(users::patch)),
    provisioner("DELETE", "/api/scim/v2/{uuid}/Users/{id}", || delete(users::delete)),
    bearer("GET", "/api/account/organizations/{uuid}/is-admin", || get(organizations::is_admin)),
    bearer("GET", "/api/account/organizations/{uuid}/is-owner", || get(organizations::is_owner)),
];

/// The server's router: the table, and what happens to every request.
pub fn router(app: Arc<App>) -> Router {
    wrap(table().merge(portal::pages::router(&app)), app)
}

/// The table alone, so that a test can add a route that misbehaves.
pub fn table() -> Router<Arc<App>> {
    let empty = Router::new();
    // Envoy appends the path that it asks about: the same resource, which OpenAPI cannot spell.
    let asked = ["/api/auth/verify/", "/api/auth/verify/{*path}"];
    let router =
        asked.into_iter().fold(empty, |router, path| router.route(path, any(forward_auth::verify)));
    TABLE.iter().fold(router, |router, route| router.route(route.path, (route.handler)()))
}

/// Puts `router` behind what happens to every request. Layers run from the last to the first.
pub fn wrap(router: Router<Arc<App>>, app: Arc<App>) -> Router {
    router
        .fallback(|| async { Failure::NotFound })
        .method_not_allowed_fallback(|| async { Failure::Method })
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(from_fn(edge::limit_time))
        .layer(from_fn_with_state(app.clone(), edge::check_host))
        .layer(from_fn_with_state(app.clone(), edge::refuse_hmac))
        .layer(from_fn_with_state(app.clone(), failure::render))
        .layer(from_fn_with_state(app.clone(), edge::identify))
        .with_state(app)
}
