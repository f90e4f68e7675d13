//! Organizations that sign their members in through identity providers: real ones of other people
//! (oidc-provider, pysaml2), Chromium with and without JavaScript, and curl.

mod browsers;
mod changes;
mod keyboard;
mod logout;
mod looks;
mod pages;
mod provider;
mod story;
mod tokens;
mod world;
