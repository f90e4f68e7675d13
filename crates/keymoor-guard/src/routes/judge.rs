use async_trait::async_trait;
use http::{HeaderMap, HeaderName, Method, Uri};
use keymoor_core::{
    OrganizationId,
    access::{Access, Target},
    explain::Refused,
    refusal::Refusal,
    wire::{check_method, check_path, is_hmac},
};

use super::table::{OrganizationFrom, Route, Routes, Rule};
use crate::Guard;

/// The most bytes of a segment that is looked up: no name is longer, and each is remembered.
const MAX_SEGMENT: usize = 200;

/// Says which organization a resource belongs to, where the request itself does not.
#[async_trait]
pub trait LookUp: Send + Sync {
    /// The organization of what `segment` names, by the look-up of this number. `Ok(None)` means
    /// that there is no such thing. What cannot be found out is refused as [`Refusal::Unavailable`].
    async fn organization(
        &self,
        number: usize,
        segment: &str,
    ) -> Result<Option<OrganizationId>, Refusal>;
}

/// For a table without look-ups.
pub struct NoLookUp;

#[async_trait]
impl LookUp for NoLookUp {
    async fn organization(&self, _: usize, _: &str) -> Result<Option<OrganizationId>, Refusal> {
        Err(Refusal::Unavailable)
    }
}

/// A request that may pass.
pub struct Judged<'r> {
    /// Proof that it may; `None` where anybody may.
    pub access: Option<Access>,
    /// The line of the table that counted.
    pub route: &'r Route,
}

impl Routes {
    /// Decides about a request. Who has no valid token learns nothing of paths that are not public.
    pub async fn judge(
        &self,
        guard: &Guard,
        look_up: &dyn LookUp,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Result<Judged<'_>, Box<Refused>> {
        if is_hmac(headers) {
            return Err(Refused::hmac(headers));
        }
        check_method(method, uri.query(), headers, self.mind_methods())
            .map_err(|_| Refused::stranger(Refusal::AmbiguousMethod))?;
        let path = uri.path();
        let found = check_path(path)
            .map_err(|_| Refusal::AmbiguousPath)
            .and_then(|()| self.find(method, path).map_err(|_| Refusal::NotFound));
        if let Ok(route @ Route { rule: Rule::Public, .. }) = found {
            return Ok(Judged { access: None, route });
        }
        let general = guard.examine(headers, uri, Target::General).await?;
        let refuse = |refusal, target| guard.refused(refusal, Some(general.claims()), target);
        let route = found.map_err(|refusal| refuse(refusal, Target::General))?;
        let Rule::Guarded { organization, scopes } = &route.rule else {
            return Err(refuse(Refusal::Unavailable, Target::General));
        };
        let target = target(organization, look_up, path, headers)
            .await
            .map_err(|refusal| refuse(refusal, Target::General))?;
        let entered = guard.enter(&general, target)?;
        let access = entered.with_scopes(scopes).map_err(|refusal| refuse(refusal, target))?;
        Ok(Judged { access: Some(access), route })
    }
}

async fn target(
    from: &OrganizationFrom,
    look_up: &dyn LookUp,
    path: &str,
    headers: &HeaderMap,
) -> Result<Target, Refusal> {
    let found = match from {
        OrganizationFrom::Nothing => return Ok(Target::General),
        OrganizationFrom::Segment(at) => OrganizationId::parse(segment(path, *at)?).ok(),
        OrganizationFrom::Header(name) => in_header(headers, name),
        OrganizationFrom::LookUp(number, at) => {
            let segment = segment(path, *at).ok().filter(|segment| segment.len() <= MAX_SEGMENT);
            look_up.organization(*number, segment.ok_or(Refusal::NotFound)?).await?
        }
    };
    found.map(Target::Organization).ok_or(Refusal::NotFound)
}

fn segment(path: &str, at: usize) -> Result<&str, Refusal> {
    super::pattern::segments(path).nth(at).ok_or(Refusal::NotFound)
}

fn in_header(headers: &HeaderMap, name: &HeaderName) -> Option<OrganizationId> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() { None } else { OrganizationId::parse(value).ok() }
}
