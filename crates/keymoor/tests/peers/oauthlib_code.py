"""oauthlib alone, with plain requests under it: the authorization code with its PKCE, a call, and its refresh."""

import requests
from oauthlib.oauth2 import WebApplicationClient

from delegation import TIMEOUT, main, need

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def send(it, library, body, scope):
    """The library's body as it stands; it reads the answer."""
    answer = requests.post(it.metadata["token_endpoint"], data=body, headers=FORM, timeout=TIMEOUT, allow_redirects=False)
    return library.parse_request_body_response(answer.text, scope=scope)


def call(it, library):
    url, headers, _ = library.add_token(f"{it.issuer}/api/account", http_method="GET")
    return requests.get(url, headers=headers, timeout=TIMEOUT)


def client(it):
    library = WebApplicationClient(it.client_id, scope=it.scope.split())
    verifier = library.create_code_verifier(64)
    challenge = library.create_code_challenge(verifier, "S256")
    url = library.prepare_request_uri(
        it.metadata["authorization_endpoint"],
        redirect_uri=it.redirect_uri,
        state="x y",
        code_challenge=challenge,
        code_challenge_method="S256",
    )
    code = library.parse_request_uri_response(it.let_in(url), state="x y")["code"]
    body = library.prepare_request_body(
        code=code, redirect_uri=it.redirect_uri, code_verifier=verifier, client_secret=it.client_secret
    )
    token = send(it, library, body, it.scope)
    it.tokens(token, call(it, library))

    def refresh(held, secret, scope):
        again = WebApplicationClient(it.client_id)
        pair = {"client_id": it.client_id, "client_secret": secret}
        body = again.prepare_refresh_body(refresh_token=held["refresh_token"], scope=scope, **pair)
        return send(it, again, body, scope), again

    fresh, again = refresh(token, it.client_secret, it.scope)
    need(fresh["refresh_token"] != token["refresh_token"], "the refresh token was not rotated")
    it.tokens(fresh, call(it, again))
    it.did.add("refreshed")
    it.refused("invalid_client", lambda: refresh(fresh, it.wrong_secret, it.scope))
    it.refused("invalid_scope", lambda: refresh(fresh, it.client_secret, it.foreign_scope))


main("oauthlib", client)
