use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use keymoor_core::{ApiSecret, ApplicationId, SecretId};

use super::{
    super::{
        SignedIn,
        form::Form,
        frame::{Frame, page},
    },
    own, path,
};
use crate::{
    App,
    failure::{Answer, Failure},
    resources::Segment,
};

/// The only page that ever shows the secret.
#[derive(Template)]
#[template(path = "application_secret.html")]
pub(super) struct SecretPage {
    frame: Frame,
    id: String,
    name: String,
    /// Whether it takes the place of another one.
    replaced: bool,
    /// `None` once it was shown.
    secret: Option<String>,
}

impl SecretPage {
    pub(super) fn new(
        app: &App,
        signed_in: &SignedIn,
        id: ApplicationId,
        name: String,
        replaced: bool,
        secret: Option<&ApiSecret>,
    ) -> Self {
        let secret = secret.map(|secret| secret.expose().to_owned());
        let frame = signed_in.frame(app, "applications");
        Self { frame, id: id.to_string(), name, replaced, secret }
    }
}

/// `POST /account/applications/{application}/secret`
pub(in super::super) async fn replace(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<ApplicationId>,
    form: Form,
) -> Answer {
    signed_in.check_recent(&app, &path(id))?;
    let found = own(&app, &signed_in, id).await?;
    if !signed_in.browser.is_tied(&app, form.text("secret"), form.text("tie")) {
        return Err(Failure::ForeignForm);
    }
    let fresh = SecretId::parse(form.text("secret")).map_err(|_| Failure::ForeignForm)?;
    let name = found.name.as_str().to_owned();
    // The same form came once more.
    if found.facts.secret.is_some_and(|secret| secret.id == fresh) {
        return page(&SecretPage::new(&app, &signed_in, id, name, true, None));
    }
    let (account, author) = (signed_in.account.id, signed_in.author());
    let secret = app.replace_application_secret(account, id, fresh, author).await?;
    page(&SecretPage::new(&app, &signed_in, id, name, true, Some(&secret)))
}
