mod answer;
mod begun;
mod callback;
mod claims;
mod corpora;
mod discovery;
mod flow;
mod forgery;
#[cfg(feature = "remote")]
mod http_fetch;
mod idp;
mod keys;
mod logout;
mod random;
mod signing;
mod times;
#[cfg(feature = "remote")]
mod tls;
mod userinfo;
