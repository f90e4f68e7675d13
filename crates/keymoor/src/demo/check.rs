//! The story, carried out over real HTTP; each step prints its outcome.

use std::time::Duration;

use http::{Method, StatusCode};
use keymoor_server::operations::CreatedApiToken;

use super::{
    http::{Answer, Client},
    stage::Stage,
};
use crate::{error::Error, output::say};

const HMAC: &str = "acquia-http-hmac realm=\"Example\",id=\"x\",nonce=\"n\",version=\"2.0\",headers=\"\",signature=\"c2ln\"";

/// Tells the story; fails if a step did.
pub(super) async fn run(stage: &Stage) -> Result<(), Error> {
    say(format_args!(
        "Keymoor runs on {}, a sample API behind its guard on {}.",
        stage.url, stage.api_url
    ));
    let mut check = Check { stage, client: Client::new()?, steps: 0, failed: 0 };
    check.issuing().await?;
    check.guarding().await?;
    check.federation().await?;
    check.expiry().await?;
    check.removal().await?;
    let Check { steps, failed, .. } = check;
    if failed == 0 {
        say(format_args!("\nAll {steps} steps hold."));
        Ok(())
    } else {
        Err(Error::refused(format!("{failed} of {steps} steps do not hold")))
    }
}

struct Check<'s> {
    stage: &'s Stage,
    client: Client,
    steps: u32,
    failed: u32,
}

impl Check<'_> {
    async fn issuing(&mut self) -> Result<(), Error> {
        say("\nAn API Key and API Secret become an access token");
        let good = self.client.token(self.stage, &self.stage.token, None).await?;
        let bearer = good.text("token_type") == "Bearer" && good.body["expires_in"] == 300;
        let holds =
            is(&good, StatusCode::OK) && bearer && good.header("cache-control") == "no-store";
        self.step("key and secret are exchanged for a bearer token of 300 seconds", &good, holds);
        let mut other = self.stage.short_lived_token().await?;
        other.api_key = self.stage.token.api_key;
        let wrong = self.client.token(self.stage, &other, None).await?;
        let holds = refused(&wrong, StatusCode::UNAUTHORIZED, "invalid_client");
        self.step("a wrong secret is refused", &wrong, holds);
        Ok(())
    }

    async fn guarding(&mut self) -> Result<(), Error> {
        say("\nThe guard lets it through to the API, and nothing else");
        let token = self.bearer(&self.stage.token, None).await?;
        let called = self.hello(Some(&token)).await?;
        self.step("a call with the token is answered", &called, is(&called, StatusCode::OK));
        let nobody = self.hello(None).await?;
        let holds = refused(&nobody, StatusCode::UNAUTHORIZED, "unauthorized");
        self.step("a call without one is refused", &nobody, holds);
        let changed = self.hello(Some(&format!("{token}x"))).await?;
        let holds = refused(&changed, StatusCode::UNAUTHORIZED, "invalid_token");
        self.step("a changed token is refused", &changed, holds);
        let hmac = self.hello(Some(HMAC)).await?;
        let scheme = "unsupported_authentication_scheme";
        let holds = refused(&hmac, StatusCode::UNAUTHORIZED, scheme);
        self.step("an HMAC signature is refused", &hmac, holds);
        Ok(())
    }

    async fn federation(&mut self) -> Result<(), Error> {
        say("\nAn organization with Federated Authentication wants its scope");
        let plain = self.bearer(&self.stage.token, None).await?;
        let open = self.reports(self.stage.open.to_string(), &plain).await?;
        self.step("an organization without it needs no scope", &open, is(&open, StatusCode::OK));
        let federated = self.stage.federated.to_string();
        let closed = self.reports(federated.clone(), &plain).await?;
        let message = closed.text("message") == "This resource requires additional authentication.";
        let error = "additional_authentication_required";
        let holds = refused(&closed, StatusCode::FORBIDDEN, error) && message;
        self.step("one with it refuses a token without its scope", &closed, holds);
        let scope = format!("organization:{federated}");
        let early = self.client.token(self.stage, &self.stage.token, Some(&scope)).await?;
        let holds = refused(&early, StatusCode::BAD_REQUEST, "invalid_scope");
        self.step("the scope is not granted before a sign-in", &early, holds);
        self.stage.attest_sign_in().await?;
        let scoped = self.bearer(&self.stage.token, Some(&scope)).await?;
        let opened = self.reports(federated, &scoped).await?;
        let holds = is(&opened, StatusCode::OK);
        self.step("after the sign-in it is, and opens the organization", &opened, holds);
        Ok(())
    }

    async fn expiry(&mut self) -> Result<(), Error> {
        say("\nAn access token expires (one of 1 second stands in for 300)");
        let short = self.stage.short_lived_token().await?;
        let token = self.bearer(&short, None).await?;
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let late = self.hello(Some(&token)).await?;
        let expired = late.text("message").contains("expired");
        let holds = refused(&late, StatusCode::UNAUTHORIZED, "invalid_token") && expired;
        self.step("after its life it is refused, and told so", &late, holds);
        Ok(())
    }

    async fn removal(&mut self) -> Result<(), Error> {
        say("\nA removed API token stops working at once");
        let token = self.bearer(&self.stage.token, None).await?;
        let url = format!("{}/api/account/tokens/{}", self.stage.url, self.stage.token.api_key);
        let removed = self.client.call(Method::DELETE, &url, Some(&token)).await?;
        self.step("it is removed", &removed, is(&removed, StatusCode::OK));
        let dead = self.hello(Some(&token)).await?;
        let holds = refused(&dead, StatusCode::UNAUTHORIZED, "invalid_token");
        self.step("its access token is refused by the API", &dead, holds);
        let none = self.client.token(self.stage, &self.stage.token, None).await?;
        let holds = refused(&none, StatusCode::UNAUTHORIZED, "invalid_client");
        self.step("it gets no new one", &none, holds);
        Ok(())
    }

    /// The `Authorization` value with an access token for `token`.
    async fn bearer(&self, token: &CreatedApiToken, scope: Option<&str>) -> Result<String, Error> {
        let answer = self.client.token(self.stage, token, scope).await?;
        Ok(format!("Bearer {}", answer.text("access_token")))
    }

    async fn hello(&self, authorization: Option<&str>) -> Result<Answer, Error> {
        let url = format!("{}/hello", self.stage.api_url);
        self.client.call(Method::GET, &url, authorization).await
    }

    async fn reports(&self, organization: String, authorization: &str) -> Result<Answer, Error> {
        let url = format!("{}/organizations/{organization}/reports", self.stage.api_url);
        self.client.call(Method::GET, &url, Some(authorization)).await
    }

    fn step(&mut self, what: &str, answer: &Answer, holds: bool) {
        let mark = if holds { '✓' } else { '✗' };
        say(format_args!(
            "  {mark} {what:<66} {} {}",
            answer.status.as_u16(),
            answer.text("error")
        ));
        self.steps += 1;
        self.failed += u32::from(!holds);
    }
}

fn is(answer: &Answer, status: StatusCode) -> bool {
    answer.status == status
}

fn refused(answer: &Answer, status: StatusCode, error: &str) -> bool {
    answer.status == status && answer.text("error") == error
}
