//! The style sheet and the script, under names that change with what is in them.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::header::{CACHE_CONTROL, CONTENT_TYPE};

use crate::failure::{Answer, Failure};

const CSS: &str = include_str!("../../assets/style.css");
const JS: &str = include_str!("../../assets/portal.js");

static CSS_PATH: LazyLock<String> = LazyLock::new(|| path(CSS, "css"));
static JS_PATH: LazyLock<String> = LazyLock::new(|| path(JS, "js"));

fn path(text: &str, kind: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    let name = URL_SAFE_NO_PAD.encode(&digest.as_ref()[..9]);
    format!("/assets/{name}.{kind}")
}

pub(super) fn css_path() -> &'static str {
    &CSS_PATH
}

pub(super) fn js_path() -> &'static str {
    &JS_PATH
}

/// `GET /assets/{name}`
pub(super) async fn show(Path(name): Path<String>) -> Answer {
    let is = |path: &str| path.strip_prefix("/assets/") == Some(&*name);
    if is(css_path()) {
        Ok(asset(CSS, "text/css; charset=utf-8"))
    } else if is(js_path()) {
        Ok(asset(JS, "text/javascript; charset=utf-8"))
    } else {
        Err(Failure::NotFound)
    }
}

fn asset(text: &'static str, kind: &'static str) -> Response {
    let for_ever = "public, max-age=31536000, immutable";
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, for_ever)], text).into_response()
}
