//! The texts. Plain, short, with one link, and never a secret but the link that was asked for.

use keymoor_core::UnixTime;
use keymoor_store::{Activity, ActivityKind, Invitation};

use super::super::{
    activity::{self, link},
    times::When,
};
use crate::operations::WayIn;

/// A letter to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
}

impl Letter {
    fn new(subject: &str, lines: &[String]) -> Self {
        let text = format!("{}\n", lines.join("\n"));
        Self { subject: subject.to_owned(), text }
    }

    /// To whom a link for a forgotten password goes.
    pub(crate) fn password_link(server: &str, url: &str) -> Self {
        Self::new(
            "Choose a new password",
            &[
                format!("Somebody, most likely you, asked for a new password at {server}."),
                String::new(),
                format!("Choose it within an hour:\n{url}"),
                String::new(),
                "If it was not you, do nothing: your password stays as it is.".to_owned(),
            ],
        )
    }

    /// To whom an account was made.
    pub(crate) fn invitation(server: &str, url: &str) -> Self {
        Self::new(
            "You are invited to Keymoor",
            &[
                format!("An account was made for you at {server}, where API tokens are kept."),
                String::new(),
                format!("Choose a password within 7 days:\n{url}"),
            ],
        )
    }

    /// To whom an organization wants as a member.
    pub(crate) fn organization_invitation(
        invitation: &Invitation,
        server: &str,
        way_in: &WayIn,
    ) -> Self {
        let name = &invitation.organization.name;
        let what = if invitation.admin { "as an administrator" } else { "as a member" };
        let how = match way_in {
            WayIn::SignIn(url) => format!("Accept or decline within 14 days:\n{url}"),
            WayIn::Password(url) => format!(
                "Choose a password within 7 days; then open Organizations to accept or decline:\n{url}"
            ),
        };
        Self::new(
            &format!("You are invited to \"{name}\""),
            &[
                format!(
                    "{} invites you to the organization \"{name}\" at {server}, {what}.",
                    invitation.author_email
                ),
                String::new(),
                how,
                String::new(),
                "If you do not know who invites you, do nothing.".to_owned(),
            ],
        )
    }

    /// What happened, to its owner; `None` for what nobody is told of by mail.
    pub(crate) fn of(activity: &Activity, server: &str) -> Option<Self> {
        let label = &activity.label;
        let (subject, what) = match activity.kind {
            ActivityKind::ApiTokenCreated => (
                format!("API token \"{label}\" was created"),
                format!("The API token \"{label}\" was created by {}.", by(activity)),
            ),
            ActivityKind::ApiSecretAdded => (
                format!("API token \"{label}\" has a second secret"),
                format!(
                    "An API Secret was added to the API token \"{label}\" by {}.",
                    by(activity)
                ),
            ),
            ActivityKind::ApiTokenRemoved => (
                format!("API token \"{label}\" was removed"),
                format!(
                    "The API token \"{label}\" was removed by {}. It does not work any more.",
                    by(activity)
                ),
            ),
            ActivityKind::ApplicationCreated => (
                format!("Application \"{label}\" was registered"),
                format!("The application \"{label}\" was registered by {}.", by(activity)),
            ),
            ActivityKind::ApplicationRemoved => (
                format!("Application \"{label}\" was removed"),
                format!(
                    "The application \"{label}\" was removed by {}. It gets no access any more.",
                    by(activity)
                ),
            ),
            ActivityKind::GrantMade => (
                format!("\"{label}\" was allowed to act in your name"),
                format!("The application \"{label}\" was allowed to act in your name."),
            ),
            ActivityKind::GrantReused => (
                format!("The access of \"{label}\" was ended"),
                format!(
                    "A code or a refresh token of the application \"{label}\" was used a second \
                    time, as happens when it is stolen. What you had allowed the application was \
                    ended; allow it again if you want."
                ),
            ),
            ActivityKind::NewNetwork => (
                format!("API token \"{label}\" was used from a new network"),
                format!(
                    "The API token \"{label}\" was used from a network that it had not been \
                    used from before."
                ),
            ),
            ActivityKind::PasswordSet => (
                "Your password was set".to_owned(),
                "The password of your account was set. Every other session was ended.".to_owned(),
            ),
            ActivityKind::SecondFactorAdded => (
                "A second factor was added".to_owned(),
                format!("A second factor was added to your account: {label}."),
            ),
            ActivityKind::SecondFactorRemoved => (
                "A second factor was removed".to_owned(),
                format!(
                    "A second factor of your account was removed by {}: {label}.",
                    by(activity)
                ),
            ),
            ActivityKind::AccountLinked => (
                "Your account was linked to an identity provider".to_owned(),
                format!(
                    "Your account was linked to the identity provider \"{label}\": whoever signs in \
                    there as you reaches its organization here in your name."
                ),
            ),
            ActivityKind::RecoveryCodeUsed => (
                "A recovery code was used".to_owned(),
                "A recovery code was used to sign in to your account.".to_owned(),
            ),
            _ => return None,
        };
        let mut lines = vec![what, String::new(), format!("When:  {}", exact(activity))];
        if let Some(address) = activity.address {
            lines.push(format!("From:  {address}"));
        }
        let keyless = matches!(
            activity.kind,
            ActivityKind::AccountLinked | ActivityKind::GrantMade | ActivityKind::GrantReused
        );
        if !keyless && !activity.subject.is_empty() {
            lines.push(format!("Key:   {}", key(activity)));
        }
        lines.push(String::new());
        lines.push(format!("If this was not expected, look at {}", page(activity, server)));
        Some(Self::new(&subject, &lines))
    }

    /// Nobody vouches for a service account any more from then on.
    pub(crate) fn renewal(
        activity: &Activity,
        organization: &str,
        until: UnixTime,
        now: UnixTime,
        server: &str,
    ) -> Self {
        let (name, When { exact, relative, .. }) = (&activity.label, When::new(until, now));
        Self::new(
            &format!("Service account \"{name}\" has to be renewed {relative}"),
            &[
                format!(
                    "An administrator's sign-in vouches for the service account \"{name}\" of the \
                    organization \"{organization}\" until {exact}, {relative}. From then on its API \
                    tokens are refused."
                ),
                "Sign in through the organization, then press Renew on the service account's page."
                    .to_owned(),
                String::new(),
                format!("It is at {}", page(activity, server)),
            ],
        )
    }

    /// An API token expires soon: when.
    pub(crate) fn expiry(activity: &Activity, end: UnixTime, now: UnixTime, server: &str) -> Self {
        let (label, When { exact, relative, .. }) = (&activity.label, When::new(end, now));
        Self::new(
            &format!("API token \"{label}\" expires {relative}"),
            &[
                format!("The API token \"{label}\" expires on {exact}, {relative}."),
                "Create another one in time, and put it where this one is used.".to_owned(),
                String::new(),
                format!("Key:   {}", key(activity)),
                String::new(),
                format!("It is at {}", page(activity, server)),
            ],
        )
    }
}

/// The API Key: the last part where it is a service account's.
fn key(activity: &Activity) -> &str {
    activity.subject.rsplit('/').next().unwrap_or_default()
}

fn by(activity: &Activity) -> String {
    // Whoever acts for another account is an operator.
    if activity.actor == format!("account:{}", activity.account) {
        "you, signed in to the portal".to_owned()
    } else {
        activity::by(activity)
    }
}

fn page(activity: &Activity, server: &str) -> String {
    let path = link(activity).unwrap_or_else(|| "/account/activity".to_owned());
    format!("{server}{path}")
}

fn exact(activity: &Activity) -> String {
    When::new(activity.at, activity.at).exact
}

#[cfg(test)]
#[path = "letters_tests.rs"]
mod tests;
