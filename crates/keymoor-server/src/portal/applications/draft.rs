use keymoor_core::{OrganizationId, delegation::Rights};
use keymoor_store::{Application, Organization};

use super::super::{choice::Choice, form::Form};
use crate::operations::{ApplicationOrder, OperationError};

/// What a form about an application is filled with.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) name: String,
    /// One a line.
    pub(super) redirect_uris: String,
    pub(super) rights: Rights,
    pub(super) confidential: bool,
    pub(super) organizations: Vec<Choice>,
}

impl Draft {
    /// An empty form. Refresh tokens are off until the owner ticks them.
    pub(super) fn empty(own: &[Organization]) -> Self {
        let organizations = Choice::among(own, |_| false);
        let rights = Rights { authorization_code: true, ..Rights::default() };
        Self { rights, organizations, ..Self::default() }
    }

    /// What somebody typed.
    pub(super) fn of_form(form: &Form, own: &[Organization]) -> Self {
        let chosen: Vec<_> = form.all("organization").collect();
        Self {
            name: form.text("name").to_owned(),
            redirect_uris: form.text("redirect_uris").to_owned(),
            rights: Rights {
                authorization_code: form.has("authorization_code"),
                device: form.has("device"),
                refresh_tokens: form.has("refresh_tokens"),
            },
            confidential: form.text("kind") == "confidential",
            organizations: Choice::among(own, |id| chosen.contains(&id.to_string().as_str())),
        }
    }

    /// What an application is.
    pub(super) fn of_application(application: &Application, own: &[Organization]) -> Self {
        let facts = &application.facts;
        let only = facts.organizations.as_deref().unwrap_or_default();
        Self {
            name: application.name.as_str().to_owned(),
            redirect_uris: application.redirect_uris.join("\n"),
            rights: facts.rights,
            confidential: facts.secret.is_some(),
            organizations: Choice::among(own, |id| only.contains(&id)),
        }
    }

    /// Whether some organizations are chosen.
    pub(super) fn narrowed(&self) -> bool {
        self.organizations.iter().any(|choice| choice.chosen)
    }

    /// What is to be made of it.
    pub(super) fn order(&self) -> Result<ApplicationOrder, OperationError> {
        let chosen = self.organizations.iter().filter(|choice| choice.chosen);
        let foreign = |_| OperationError::invalid("organizations", &"names one that is not yours");
        let only = chosen.map(|choice| OrganizationId::parse(&choice.id).map_err(foreign));
        let only = only.collect::<Result<Vec<_>, _>>()?;
        let lines = self.redirect_uris.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(ApplicationOrder {
            name: self.name.clone(),
            redirect_uris: lines.map(str::to_owned).collect(),
            rights: self.rights,
            organizations: Some(only).filter(|only| !only.is_empty()),
        })
    }
}
