//! The one table of pages: path, method, who sees it, handler.

use std::sync::Arc;

use axum::{
    Router,
    middleware::from_fn_with_state,
    response::{IntoResponse, Redirect, Response},
    routing::{MethodRouter, get, post},
};

use super::{
    activity, api_tokens, applications, assets, consent, gate, links, operator, organizations,
    passkeys, profile, recovery, refused_calls, second_factor, sessions, setup, sign_in, sign_on,
    signed_in::Entered, single_sign_on, totp,
};
use crate::App;

/// Who sees a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Anybody.
    Anyone,
    /// Whoever is signed in, be it through an organization's provider alone.
    Entered,
    /// Whoever is signed in by means of their own.
    SignedIn,
    /// Whoever has proved lately to be who is signed in.
    Recent,
    /// An operator who is signed in; the page does not exist for others.
    Operator,
}

/// One row of the table.
pub struct PortalPage {
    /// The path, in axum's spelling.
    pub path: &'static str,
    /// The method, upper case. Whatever changes something is POST.
    pub method: &'static str,
    /// Who sees it.
    pub viewer: Viewer,
    handler: fn() -> MethodRouter<Arc<App>>,
}

macro_rules! pages {
    ($($method:ident $path:literal $viewer:ident $handler:path;)+) => {
        /// Every page.
        pub const PAGES: &[PortalPage] = &[$(PortalPage {
            path: $path,
            method: method_name!($method),
            viewer: Viewer::$viewer,
            handler: || $method($handler),
        }),+];
    };
}

macro_rules! method_name {
    (get) => {
        "GET"
    };
    (post) => {
        "POST"
    };
}

pages! {
    get "/" Anyone home;
    get "/assets/{name}" Anyone assets::show;
    get "/setup" Anyone setup::show;
    post "/setup" Anyone setup::create;
    get "/sign-in" Anyone sign_in::show;
    post "/sign-in" Anyone sign_in::sign_in;
    get "/sign-in/second-factor" Anyone second_factor::show;
    post "/sign-in/second-factor" Anyone second_factor::code;
    post "/sign-in/passkey" Anyone second_factor::passkey;
    get "/sign-in/again" SignedIn sign_in::show_again;
    post "/sign-in/again" SignedIn sign_in::again;
    post "/sign-out" Anyone sign_in::sign_out;
    post "/sign-in/organization" Anyone sign_on::route::find;
    get "/sign-in/organization/{uuid}" Anyone sign_on::depart::show;
    post "/sign-in/organization/{uuid}" Anyone sign_on::depart::depart;
    get "/sign-in/arrived" Anyone sign_on::arrive::show;
    get "/sign-in/link" Anyone sign_on::link::show;
    post "/sign-in/link" Recent sign_on::link::link;
    get "/forgotten-password" Anyone links::show_forgotten;
    post "/forgotten-password" Anyone links::forgotten;
    get "/password" Anyone links::show_password;
    post "/password" Anyone links::set_password;
    get "/account" SignedIn profile::show;
    get "/account/tokens" SignedIn api_tokens::own::list;
    get "/account/tokens/new" Recent api_tokens::own::show_new;
    post "/account/tokens/new" Recent api_tokens::own::create;
    get "/account/tokens/{key}" SignedIn api_tokens::own::show;
    post "/account/tokens/{key}" SignedIn api_tokens::own::rename;
    get "/account/tokens/{key}/remove" SignedIn api_tokens::own::show_remove;
    post "/account/tokens/{key}/remove" SignedIn api_tokens::own::remove;
    post "/account/tokens/{key}/secrets" SignedIn api_tokens::own::add_secret;
    post "/account/tokens/{key}/secrets/close" SignedIn api_tokens::own::close_secret;
    get "/account/applications" SignedIn applications::list::show;
    get "/account/applications/new" Recent applications::create::show;
    post "/account/applications/new" Recent applications::create::create;
    get "/account/applications/{application}" SignedIn applications::one::show;
    post "/account/applications/{application}" Recent applications::one::change;
    post "/account/applications/{application}/secret" Recent applications::secret::replace;
    get "/account/applications/{application}/remove" SignedIn applications::one::show_remove;
    post "/account/applications/{application}/remove" SignedIn applications::one::remove;
    get "/account/authorized" Entered applications::authorized::show;
    post "/account/authorized/remove" Entered applications::authorized::remove;
    get "/authorize" Entered consent::authorize::show;
    post "/authorize" Entered consent::authorize::answer;
    get "/device" Entered consent::device::show;
    post "/device" Entered consent::device::enter;
    post "/device/answer" Entered consent::device::answer;
    get "/account/activity" SignedIn activity::show;
    get "/account/refused-calls" SignedIn refused_calls::own;
    get "/account/security" SignedIn profile::security;
    post "/account/security/password" SignedIn profile::change_password;
    get "/account/security/app" Recent totp::show;
    post "/account/security/app" Recent totp::add;
    post "/account/security/app/remove" Recent totp::remove;
    get "/account/security/passkey" Recent passkeys::show;
    post "/account/security/passkey" Recent passkeys::add;
    post "/account/security/passkey/remove" Recent passkeys::remove;
    post "/account/security/recovery-codes" Recent recovery::make;
    get "/account/sessions" SignedIn sessions::show;
    post "/account/sessions/end" SignedIn sessions::end;
    post "/account/sessions/end-others" SignedIn sessions::end_others;
    post "/account/sessions/end-all" SignedIn sessions::end_all;
    get "/organizations/{uuid}/sign-on" Recent single_sign_on::show;
    post "/organizations/{uuid}/sign-on" Recent single_sign_on::provider::save;
    post "/organizations/{uuid}/sign-on/enable" Recent single_sign_on::provider::enable;
    post "/organizations/{uuid}/sign-on/disable" Recent single_sign_on::provider::disable;
    post "/organizations/{uuid}/sign-on/remove" Recent single_sign_on::provider::remove;
    post "/organizations/{uuid}/sign-on/test" Recent single_sign_on::test::begin;
    post "/organizations/{uuid}/sign-on/unlink" Recent single_sign_on::links::unlink;
    post "/organizations/{uuid}/sign-on/policy" Recent single_sign_on::policy::save;
    post "/organizations/{uuid}/sign-on/require" Recent single_sign_on::policy::require;
    post "/organizations/{uuid}/sign-on/release" Recent single_sign_on::policy::release;
    get "/organizations/{uuid}/domains" Recent single_sign_on::domains::show;
    post "/organizations/{uuid}/domains" Recent single_sign_on::domains::add;
    post "/organizations/{uuid}/domains/check" Recent single_sign_on::domains::check;
    post "/organizations/{uuid}/domains/remove" Recent single_sign_on::domains::remove;
    post "/organizations/{uuid}/domains/accounts" Recent single_sign_on::domains::accounts;
    get "/organizations/{uuid}/provisioning" Recent single_sign_on::provisioning::show;
    post "/organizations/{uuid}/provisioning" Recent single_sign_on::provisioning::add;
    post "/organizations/{uuid}/provisioning/remove" Recent single_sign_on::provisioning::remove;
    get "/organizations" Entered organizations::list::show;
    post "/invitations/{uuid}/accept" SignedIn organizations::list::accept;
    post "/invitations/{uuid}/decline" SignedIn organizations::list::decline;
    get "/organizations/{uuid}" Entered organizations::one::show;
    post "/organizations/{uuid}/rename" SignedIn organizations::one::rename;
    post "/organizations/{uuid}/members/remove" SignedIn organizations::members::remove;
    post "/organizations/{uuid}/members/appoint" SignedIn organizations::members::appoint;
    post "/organizations/{uuid}/members/dismiss" SignedIn organizations::members::dismiss;
    post "/organizations/{uuid}/invitations" SignedIn organizations::invitations::invite;
    post "/organizations/{uuid}/invitations/withdraw" SignedIn organizations::invitations::withdraw;
    post "/organizations/{uuid}/invitations/resend" SignedIn organizations::invitations::resend;
    get "/organizations/{uuid}/teams" SignedIn organizations::teams::show;
    post "/organizations/{uuid}/teams" SignedIn organizations::teams::create;
    get "/organizations/{uuid}/teams/{team}" SignedIn organizations::team::show;
    post "/organizations/{uuid}/teams/{team}" SignedIn organizations::team::rename;
    post "/organizations/{uuid}/teams/{team}/delete" SignedIn organizations::team::delete;
    post "/organizations/{uuid}/teams/{team}/add" SignedIn organizations::team::add;
    post "/organizations/{uuid}/teams/{team}/roles" SignedIn organizations::team::set_roles;
    post "/organizations/{uuid}/teams/{team}/take-out" SignedIn organizations::team::take_out;
    post "/organizations/{uuid}/roles" SignedIn organizations::teams::create_role;
    get "/organizations/{uuid}/roles/{role}" SignedIn organizations::roles::show;
    post "/organizations/{uuid}/roles/{role}" SignedIn organizations::roles::change;
    post "/organizations/{uuid}/roles/{role}/delete" SignedIn organizations::roles::delete;
    get "/organizations/{uuid}/tokens" Entered organizations::tokens::list;
    get "/organizations/{uuid}/tokens/new" Entered organizations::tokens::show_new;
    post "/organizations/{uuid}/tokens/new" Entered organizations::tokens::create;
    get "/organizations/{uuid}/tokens/{key}" Entered organizations::tokens::show;
    get "/organizations/{uuid}/tokens/{key}/remove" Entered organizations::tokens::show_remove;
    post "/organizations/{uuid}/tokens/{key}/remove" Entered organizations::tokens::remove;
    get "/organizations/{uuid}/service-accounts" SignedIn organizations::service_accounts::show;
    post "/organizations/{uuid}/service-accounts" SignedIn organizations::service_accounts::create;
    get "/organizations/{uuid}/service-accounts/{account}" SignedIn organizations::service_account::show;
    post "/organizations/{uuid}/service-accounts/{account}" SignedIn organizations::service_account::rename;
    post "/organizations/{uuid}/service-accounts/{account}/renew" SignedIn organizations::service_account::renew;
    post "/organizations/{uuid}/service-accounts/{account}/disable" SignedIn organizations::service_account::disable;
    post "/organizations/{uuid}/service-accounts/{account}/enable" SignedIn organizations::service_account::enable;
    post "/organizations/{uuid}/service-accounts/{account}/delete" SignedIn organizations::service_account::delete;
    post "/organizations/{uuid}/service-accounts/{account}/team" SignedIn organizations::service_account::join;
    get "/organizations/{uuid}/service-accounts/{account}/refused-calls" SignedIn refused_calls::of_service_account;
    get "/organizations/{uuid}/service-accounts/{account}/tokens" SignedIn organizations::service_tokens::list;
    get "/organizations/{uuid}/service-accounts/{account}/tokens/new" SignedIn organizations::service_tokens::show_new;
    post "/organizations/{uuid}/service-accounts/{account}/tokens/new" SignedIn organizations::service_tokens::create;
    get "/organizations/{uuid}/service-accounts/{account}/tokens/{key}" SignedIn organizations::service_tokens::show;
    post "/organizations/{uuid}/service-accounts/{account}/tokens/{key}" SignedIn organizations::service_tokens::rename;
    get "/organizations/{uuid}/service-accounts/{account}/tokens/{key}/remove" SignedIn organizations::service_tokens::show_remove;
    post "/organizations/{uuid}/service-accounts/{account}/tokens/{key}/remove" SignedIn organizations::service_tokens::remove;
    post "/organizations/{uuid}/service-accounts/{account}/tokens/{key}/secrets" SignedIn organizations::service_tokens::add_secret;
    post "/organizations/{uuid}/service-accounts/{account}/tokens/{key}/secrets/close" SignedIn organizations::service_tokens::close_secret;
    get "/organizations/{uuid}/end" SignedIn organizations::end::show;
    post "/organizations/{uuid}/leave" SignedIn organizations::end::leave;
    post "/organizations/{uuid}/owner" SignedIn organizations::end::hand_over;
    post "/organizations/{uuid}/delete" SignedIn organizations::end::delete;
    get "/operator" Operator operator::status::show;
    get "/operator/accounts" Operator operator::accounts::list;
    post "/operator/accounts" Operator operator::accounts::invite;
    get "/operator/accounts/{uuid}" Operator operator::accounts::show;
    post "/operator/accounts/{uuid}/disable" Operator operator::accounts::disable;
    post "/operator/accounts/{uuid}/enable" Operator operator::accounts::enable;
    post "/operator/accounts/{uuid}/reset-second-factor" Operator operator::accounts::reset;
    post "/operator/accounts/{uuid}/link" Operator operator::accounts::link;
    get "/operator/signing-keys" Operator operator::signing_keys::show;
}

/// The pages, behind what every request for one passes.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let empty = Router::new();
    let router = PAGES.iter().fold(empty, |router, page| router.route(page.path, (page.handler)()));
    router.route_layer(from_fn_with_state(app.clone(), gate::pass))
}

async fn home(entered: Result<Entered, crate::failure::Failure>) -> Response {
    let to = match entered.map(|Entered(signed_in)| signed_in.session.organization) {
        Ok(None) => "/account/tokens".to_owned(),
        Ok(Some(organization)) => format!("/organizations/{organization}"),
        Err(_) => "/sign-in".to_owned(),
    };
    Redirect::to(&to).into_response()
}
