use super::stage::{EMAIL, Stage};

/// What `keymoor demo` prints: who is there, and lines to paste, in the order of the story.
pub(super) fn text(stage: &Stage) -> String {
    let Stage { url, api_url, open, federated, token, portal, .. } = stage;
    let (key, secret) = (token.api_key, token.secret.expose());
    format!(
        r#"Keymoor runs on {url}, a sample API behind its guard on {api_url}.
Nothing is kept: the database is temporary and goes when you press Ctrl-C.

  Account       {EMAIL}
  API Key       {key}
  API Secret    {secret}
  Organization  {open}  without Federated Authentication
  Organization  {federated}  with Federated Authentication

In a browser: choose a password for {EMAIL}, and see the API tokens in the portal.

   {portal}

1. Exchange the key and the secret for an access token. It expires after 300 seconds.

   curl {url}/api/auth/oauth/token --data-urlencode "client_id={key}" --data-urlencode "client_secret={secret}" --data-urlencode "grant_type=client_credentials"

2. Keep it, and call the API with it.

   TOKEN=$(curl -s {url}/api/auth/oauth/token --data-urlencode "client_id={key}" --data-urlencode "client_secret={secret}" --data-urlencode "grant_type=client_credentials" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
   curl -i {api_url}/hello -H "Authorization: Bearer $TOKEN"
   curl -i {api_url}/organizations/{open}/reports -H "Authorization: Bearer $TOKEN"

3. An organization with Federated Authentication wants its scope, and refuses without.

   curl -i {api_url}/organizations/{federated}/reports -H "Authorization: Bearer $TOKEN"

   Asking for the scope says that a sign-in through the organization is missing.

   curl --data-urlencode 'client_id={key}' --data-urlencode 'client_secret={secret}' --data-urlencode 'grant_type=client_credentials' --data-urlencode 'scope=organization:{federated}' -X POST '{url}/api/auth/oauth/token'

4. Remove the API token. From then on neither it nor its access tokens work.

   curl -X DELETE {url}/api/account/tokens/{key} -H "Authorization: Bearer $TOKEN"
   curl -i {api_url}/hello -H "Authorization: Bearer $TOKEN"

`keymoor demo --check` does all this, and more, by itself.
"#
    )
}
