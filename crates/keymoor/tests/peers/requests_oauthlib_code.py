"""requests-oauthlib: the authorization code with its PKCE, a call, and its refresh."""

from urllib.parse import parse_qs, urlsplit

from requests_oauthlib import OAuth2Session

from delegation import TIMEOUT, main, need


def client(it):
    session = OAuth2Session(it.client_id, redirect_uri=it.redirect_uri, scope=it.scope, pkce="S256")
    url, state = session.authorization_url(it.metadata["authorization_endpoint"])
    back = it.let_in(url)
    need(parse_qs(urlsplit(back).query)["state"] == [state], "another state")
    how = {"client_secret": it.client_secret, "timeout": TIMEOUT}
    token = session.fetch_token(it.metadata["token_endpoint"], authorization_response=back, **how)
    it.tokens(token, session.get(f"{it.issuer}/api/account", timeout=TIMEOUT))
    pair = {"client_id": it.client_id, "client_secret": it.client_secret}
    fresh = session.refresh_token(it.metadata["token_endpoint"], timeout=TIMEOUT, **pair)
    need(fresh["refresh_token"] != token["refresh_token"], "the refresh token was not rotated")
    it.tokens(fresh, session.get(f"{it.issuer}/api/account", timeout=TIMEOUT))
    it.did.add("refreshed")

    def refresh(secret, scope):
        again = OAuth2Session(it.client_id, scope=scope)
        pair = {"client_id": it.client_id, "client_secret": secret}
        url = it.metadata["token_endpoint"]
        again.refresh_token(url, refresh_token=fresh["refresh_token"], timeout=TIMEOUT, **pair)

    it.refused("invalid_client", lambda: refresh(it.wrong_secret, None))
    it.refused("invalid_scope", lambda: refresh(it.client_secret, it.foreign_scope))


main("requests-oauthlib", client)
