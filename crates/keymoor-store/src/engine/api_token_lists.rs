//! Parts of an account's list of API tokens, which may be long.

use keymoor_core::AccountId;

use super::{
    driver::{DbRow, Handle},
    rows,
};
use crate::{ApiToken, Page, StoreError, sql, text::like};

/// A part of a list, and how many it is of, at the same moment.
type Part = (Vec<ApiToken>, i64);

impl Handle {
    pub(super) async fn all_api_tokens(
        &self,
        account: AccountId,
        page: Page,
    ) -> Result<Part, StoreError> {
        let account = account.to_string();
        let query = sqlx::query(sql::NEWEST_API_TOKENS).bind(&account);
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let mut reading = self.begin_reading().await?;
        let found = part(&query.fetch_all(&mut *reading).await?)?;
        let count = sqlx::query_scalar(sql::API_TOKENS_COUNT).bind(account);
        Ok((found, count.fetch_one(&mut *reading).await?))
    }

    pub(super) async fn api_tokens_by_state(
        &self,
        account: AccountId,
        removed: bool,
        page: Page,
    ) -> Result<Part, StoreError> {
        let account = account.to_string();
        let query = sqlx::query(sql::NEWEST_API_TOKENS_OF).bind(&account).bind(removed);
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let mut reading = self.begin_reading().await?;
        let found = part(&query.fetch_all(&mut *reading).await?)?;
        let count = sqlx::query_scalar(sql::API_TOKENS_COUNT_OF).bind(account).bind(removed);
        Ok((found, count.fetch_one(&mut *reading).await?))
    }

    pub(super) async fn search_api_tokens(
        &self,
        account: AccountId,
        text: &str,
        removed: bool,
        page: Page,
    ) -> Result<Part, StoreError> {
        let (account, pattern) = (account.to_string(), like(text));
        let query = sqlx::query(sql::FIND_API_TOKENS).bind(&account).bind(&pattern).bind(removed);
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let mut reading = self.begin_reading().await?;
        let found = part(&query.fetch_all(&mut *reading).await?)?;
        if let Some(count) = whole(&found, page) {
            return Ok((found, count));
        }
        let count = sqlx::query_scalar(sql::FIND_API_TOKENS_COUNT).bind(account).bind(pattern);
        let count = count.bind(removed).fetch_one(&mut *reading).await?;
        Ok((found, count))
    }
}

fn part(found: &[DbRow]) -> Result<Vec<ApiToken>, StoreError> {
    found.iter().map(rows::api_token).collect()
}

/// How many there are, where a part says it: one from the beginning on that is not full. Else all that could
/// be found are looked through once more.
fn whole(found: &[ApiToken], page: Page) -> Option<i64> {
    let is_all = page.offset == 0 && found.len() < page.limit as usize;
    i64::try_from(found.len()).ok().filter(|_| is_all)
}
