//! Creating an API token, and the one page that shows its secret.

use std::{net::IpAddr, sync::Arc};

use askama::Template;
use http::StatusCode;
use ipnet::IpNet;
use keymoor_core::{ApiKey, OrganizationId, UnixTime, facts::Limits};
use keymoor_store::{Organization, StoreError};
use serde::Deserialize;

use super::{
    super::{
        SignedIn,
        examples::{Examples, examples},
        form::Form,
        frame::{Frame, page, page_with, sentence},
        times,
    },
    holder::Holder,
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::{ApiTokenOrder, CreatedApiToken, OperationError},
    random,
};

/// What the form is filled with, so that nothing is lost when the password is asked for.
#[derive(Default, Deserialize)]
pub(in super::super) struct Filled {
    #[serde(default)]
    label: String,
}

struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "api_token_new.html")]
struct NewPage<'p> {
    frame: Frame,
    holder: &'p Holder,
    label: String,
    expires: String,
    today: String,
    ranges: String,
    organizations: Vec<Choice>,
    /// The key that the token will have, tied to this browser: a form that is sent twice makes one
    /// API token.
    key: String,
    tie: String,
    address: IpAddr,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "api_token_created.html")]
pub(super) struct CreatedPage<'p> {
    frame: Frame,
    base: &'p str,
    /// Whether it is another secret of an API token that there was.
    added: bool,
    label: String,
    key: String,
    secret: String,
    token_url: String,
    examples: Examples,
}

#[derive(Template)]
#[template(path = "api_token_shown.html")]
struct ShownPage<'p> {
    frame: Frame,
    base: &'p str,
    key: String,
}

/// The form.
pub(in super::super) async fn show(
    app: &App,
    signed_in: &SignedIn,
    holder: &Holder,
    filled: Filled,
) -> Answer {
    holder.check_recent(app, signed_in, &come_back(holder, &filled.label)).await?;
    let empty = Draft { label: filled.label, ..Draft::default() };
    page(&new_page(app, signed_in, holder, empty, None).await?)
}

fn come_back(holder: &Holder, label: &str) -> String {
    let query: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("label", label).finish();
    format!("{}/new?{query}", holder.base)
}

/// What somebody typed.
#[derive(Default)]
struct Draft {
    label: String,
    expires: String,
    ranges: String,
    organizations: Vec<String>,
}

impl Draft {
    fn of(form: &Form) -> Self {
        Self {
            label: form.text("label").to_owned(),
            expires: form.text("expires").trim().to_owned(),
            ranges: form.text("ranges").to_owned(),
            organizations: form.all("organization").map(str::to_owned).collect(),
        }
    }

    /// The limits that it comes to. Organizations are the account's own.
    fn limits(&self, own: &[Organization], now: UnixTime) -> Result<Limits, OperationError> {
        Ok(Limits {
            expires_at: self.expiry(now)?,
            organizations: self.organizations(own)?,
            address_ranges: self.ranges()?,
            token_life: None,
            through_provider_alone: false,
        })
    }

    fn expiry(&self, now: UnixTime) -> Result<Option<UnixTime>, OperationError> {
        if self.expires.is_empty() {
            return Ok(None);
        }
        let invalid = |problem: &str| OperationError::invalid("expires_at", &problem);
        let end =
            times::end_of_day(&self.expires).ok_or(invalid("must be a day, as 2027-01-31"))?;
        if end <= now || end > UnixTime::MAX {
            return Err(invalid("must be today or later"));
        }
        Ok(Some(end))
    }

    fn organizations(
        &self,
        own: &[Organization],
    ) -> Result<Option<Vec<OrganizationId>>, OperationError> {
        let find = |text: &String| {
            let found = own.iter().map(|known| known.id).find(|id| id.to_string() == *text);
            found.ok_or(OperationError::invalid("organizations", &"names one that is not yours"))
        };
        let chosen = self.organizations.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(chosen).filter(|chosen| !chosen.is_empty()))
    }

    fn ranges(&self) -> Result<Option<Vec<IpNet>>, OperationError> {
        let words = self.ranges.split([',', ' ', '\n', '\r', '\t', ';']);
        let read = |word: &str| {
            let one = word.parse::<IpAddr>().map(IpNet::from);
            word.parse::<IpNet>().or(one).map_err(|_| {
                let shown: String = word.chars().take(50).collect();
                let problem = format!("holds \"{shown}\", which is no range such as 192.0.2.0/24");
                OperationError::invalid("address_ranges", &problem)
            })
        };
        let ranges = words.filter(|word| !word.is_empty()).map(read);
        let ranges = ranges.collect::<Result<Vec<_>, _>>()?;
        if ranges.len() > 32 {
            return Err(OperationError::invalid("address_ranges", &"can hold at most 32"));
        }
        Ok(Some(ranges).filter(|ranges| !ranges.is_empty()))
    }
}

/// What can be ticked: nothing where it is settled.
async fn choices(app: &App, holder: &Holder, chosen: &[String]) -> Result<Vec<Choice>, StoreError> {
    if holder.only.is_some() {
        return Ok(Vec::new());
    }
    let own = app.store.organizations_of(holder.account).await?;
    let choice = |organization: Organization| {
        let id = organization.id.to_string();
        let chosen = chosen.contains(&id);
        Choice { chosen, id, name: organization.name.as_str().to_owned() }
    };
    Ok(own.into_iter().map(choice).collect())
}

async fn new_page<'p>(
    app: &App,
    signed_in: &SignedIn,
    holder: &'p Holder,
    draft: Draft,
    problem: Option<String>,
) -> Result<NewPage<'p>, Failure> {
    let key = ApiKey::from_random(random()).to_string();
    Ok(NewPage {
        frame: holder.frame(app, signed_in),
        holder,
        tie: signed_in.browser.tie(app, &key),
        key,
        organizations: choices(app, holder, &draft.organizations).await?,
        label: draft.label,
        expires: draft.expires,
        ranges: draft.ranges,
        today: times::day(app.now()),
        address: signed_in.address,
        problem,
    })
}

/// The only page that ever shows the secret. It is not stored anywhere on its way, so sending the
/// form again shows that it is gone.
pub(in super::super) async fn create(
    app: &Arc<App>,
    signed_in: &SignedIn,
    holder: &Holder,
    form: &Form,
) -> Answer {
    holder.check_recent(app, signed_in, &come_back(holder, form.text("label"))).await?;
    let key = own_key(app, signed_in, form)?;
    if app.store.api_token(holder.account, key).await?.is_some() {
        return shown(app, signed_in, holder, key);
    }
    let draft = Draft::of(form);
    match order(app, signed_in, holder, &draft, key).await {
        Ok(created) => page(&created_page(app, signed_in, holder, &draft.label, &created, false)),
        Err(OperationError::Invalid { field, problem }) => {
            let problem = Some(sentence(field, &problem));
            let page = new_page(app, signed_in, holder, draft, problem).await?;
            page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        // The same form came twice at once.
        Err(OperationError::Store(StoreError::Conflict(_))) => shown(app, signed_in, holder, key),
        Err(other) => Err(other.into()),
    }
}

fn own_key(app: &App, signed_in: &SignedIn, form: &Form) -> Result<ApiKey, Failure> {
    let key = form.text("key");
    if !signed_in.browser.is_tied(app, key, form.text("tie")) {
        return Err(Failure::ForeignForm);
    }
    ApiKey::parse(key).map_err(|_| Failure::ForeignForm)
}

async fn order(
    app: &Arc<App>,
    signed_in: &SignedIn,
    holder: &Holder,
    draft: &Draft,
    key: ApiKey,
) -> Result<CreatedApiToken, OperationError> {
    let account = holder.account;
    let own = app.store.organizations_of(account).await?;
    let mut limits = draft.limits(&own, app.now())?;
    if let Some((only, _)) = &holder.only {
        limits.organizations = Some(vec![*only]);
    }
    limits.through_provider_alone = signed_in.session.organization.is_some();
    let label = draft.label.clone();
    let order =
        ApiTokenOrder { account, label, limits, parent: None, asked_by: None, api_key: Some(key) };
    app.create_api_token(order, signed_in.author()).await
}

pub(super) fn created_page<'p>(
    app: &App,
    signed_in: &SignedIn,
    holder: &'p Holder,
    label: &str,
    created: &CreatedApiToken,
    added: bool,
) -> CreatedPage<'p> {
    let (key, secret) = (created.api_key.to_string(), created.secret.expose());
    CreatedPage {
        frame: holder.frame(app, signed_in),
        base: &holder.base,
        added,
        examples: examples(app, &key, secret),
        token_url: app.url("/api/auth/oauth/token"),
        secret: secret.to_owned(),
        label: label.trim().to_owned(),
        key,
    }
}

fn shown(app: &App, signed_in: &SignedIn, holder: &Holder, key: ApiKey) -> Answer {
    let frame = holder.frame(app, signed_in);
    page(&ShownPage { frame, base: &holder.base, key: key.to_string() })
}
