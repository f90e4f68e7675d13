use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use http::StatusCode;
use keymoor_core::{OrganizationId, wire::UserCode};
use keymoor_store::{DeviceAnswer, PendingDevice};
use serde::Deserialize;

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{Frame, page, page_after, page_with},
        sign_in::{Refused, blocked},
        signed_in::Entered,
    },
    ConsentPage, check_recent,
    question::{Draft, Wish},
};
use crate::{
    App,
    failure::{Answer, Failure},
};

/// The code, where the link that a device shows has it.
#[derive(Default, Deserialize)]
pub(in super::super) struct CodeQuery {
    #[serde(default)]
    user_code: String,
}

#[derive(Template)]
#[template(path = "device.html")]
struct DevicePage<'p> {
    frame: Frame,
    code: &'p str,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "device_done.html")]
struct DonePage {
    frame: Frame,
    application: String,
    allowed: bool,
}

/// A device that waits, and its code.
struct Waiting {
    code: UserCode,
    device: PendingDevice,
}

/// `GET /device[?user_code=…]`
pub(in super::super) async fn show(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    Query(query): Query<CodeQuery>,
) -> Answer {
    if query.user_code.is_empty() {
        let frame = signed_in.frame(&app, "");
        return page(&DevicePage { frame, code: "", problem: None });
    }
    look(&app, &signed_in, &query.user_code).await
}

/// `POST /device`: the code that somebody typed.
pub(in super::super) async fn enter(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    form: Form,
) -> Answer {
    look(&app, &signed_in, form.text("user_code")).await
}

/// `POST /device/answer`
pub(in super::super) async fn answer(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    form: Form,
) -> Answer {
    let typed = form.text("request");
    let waiting = match find(&app, &signed_in, typed).await? {
        Ok(waiting) => waiting,
        Err(refused) => return form_again(&app, &signed_in, typed, refused),
    };
    let chosen: Vec<OrganizationId> =
        form.all("organization").filter_map(|id| id.parse().ok()).collect();
    let draft = waiting.wish().draft(&app, &signed_in, &chosen).await?;
    let allowed = form.text("answer") == "allow";
    if allowed && draft.refused.is_some() {
        return ask(&app, &signed_in, &waiting, &draft, StatusCode::UNPROCESSABLE_ENTITY);
    }
    if allowed {
        check_recent(&app, &signed_in, &here(&waiting.code)).await?;
    }
    let told = if allowed {
        DeviceAnswer::Allow(draft.consent)
    } else {
        DeviceAnswer::Deny(signed_in.account.id)
    };
    let digest = app.grant_keys.user_code(waiting.code.as_str());
    let application = waiting.device.application.name.as_str().to_owned();
    if !app.answer_device(digest, told, signed_in.author()).await? {
        return form_again(&app, &signed_in, typed, unknown());
    }
    app.store.forget_attempts(&attempts(&signed_in)).await?;
    page(&DonePage { frame: signed_in.frame(&app, ""), application, allowed })
}

/// The question about the device of that code, or the form again.
async fn look(app: &App, signed_in: &SignedIn, typed: &str) -> Answer {
    match find(app, signed_in, typed).await? {
        Ok(waiting) => {
            check_recent(app, signed_in, &here(&waiting.code)).await?;
            let draft = waiting.wish().draft(app, signed_in, &[]).await?;
            ask(app, signed_in, &waiting, &draft, StatusCode::OK)
        }
        Err(refused) => form_again(app, signed_in, typed, refused),
    }
}

/// The device of that code. Attempts count, so that nobody tries codes until one fits.
async fn find(
    app: &App,
    signed_in: &SignedIn,
    typed: &str,
) -> Result<Result<Waiting, Refused>, Failure> {
    app.limits.may_try(signed_in.address, app.clock.monotonic())?;
    let name = attempts(signed_in);
    if let Err(until) = app.store.attempt(&name, app.now()).await? {
        return Ok(Err(blocked(app, until)));
    }
    if let Some(code) = UserCode::parse(typed) {
        let digest = app.grant_keys.user_code(code.as_str());
        if let Some(device) = app.store.pending_device(&digest, app.now()).await? {
            return Ok(Ok(Waiting { code, device }));
        }
    }
    app.limits.tried(signed_in.address, app.clock.monotonic());
    Ok(Err(unknown()))
}

/// Under which attempts are counted. They are forgotten with an answer, not by looking.
fn attempts(signed_in: &SignedIn) -> String {
    format!("device code by {}", signed_in.account.id)
}

fn here(code: &UserCode) -> String {
    format!("/device?user_code={code}")
}

fn unknown() -> Refused {
    let text = "No device waits with this code. Look at the code again; it works for ten minutes \
                and once.";
    (StatusCode::UNPROCESSABLE_ENTITY, text.to_owned(), None)
}

fn form_again(app: &App, signed_in: &SignedIn, typed: &str, refused: Refused) -> Answer {
    let (status, problem, wait) = refused;
    let code: String = typed.chars().filter(|c| !c.is_control()).take(40).collect();
    let frame = signed_in.frame(app, "");
    page_after(wait, status, &DevicePage { frame, code: &code, problem: Some(problem) })
}

impl Waiting {
    fn wish(&self) -> Wish<'_> {
        Wish {
            application: &self.device.application,
            scopes: &self.device.scopes,
            audience: &self.device.audience,
            device: Some((self.device.asked_at, self.device.address)),
        }
    }
}

fn ask(
    app: &App,
    signed_in: &SignedIn,
    waiting: &Waiting,
    draft: &Draft,
    status: StatusCode,
) -> Answer {
    let shown = waiting.code.to_string();
    let here = here(&waiting.code);
    page_with(
        status,
        &ConsentPage {
            frame: signed_in.frame(app, ""),
            asked: waiting.wish().question(app, signed_in, draft, &here),
            action: "/device/answer",
            request: &shown,
            user_code: Some(shown.clone()),
            place: None,
            problem: None,
        },
    )
}
