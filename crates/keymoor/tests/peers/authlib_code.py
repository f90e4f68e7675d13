"""Authlib: the authorization code with its PKCE, a call, its refresh, and its revocation."""

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

from delegation import TIMEOUT, main, need


def session(it, secret, scope, **more):
    return OAuth2Session(
        it.client_id,
        secret,
        scope=scope,
        redirect_uri=it.redirect_uri,
        code_challenge_method="S256",
        token_endpoint=it.metadata["token_endpoint"],
        default_timeout=TIMEOUT,
        **more,
    )


def client(it):
    ours = session(it, it.client_secret, it.scope)
    verifier = generate_token(48)
    url, state = ours.create_authorization_url(it.metadata["authorization_endpoint"], code_verifier=verifier)
    back = it.let_in(url)
    token = ours.fetch_token(authorization_response=back, code_verifier=verifier, state=state)
    it.tokens(token, ours.get(f"{it.issuer}/api/account"))
    fresh = ours.refresh_token(it.metadata["token_endpoint"], refresh_token=token["refresh_token"])
    need(fresh["refresh_token"] != token["refresh_token"], "the refresh token was not rotated")
    it.tokens(fresh, ours.get(f"{it.issuer}/api/account"))
    it.did.add("refreshed")
    last = fresh["refresh_token"]

    def refresh(secret, **more):
        session(it, secret, None).refresh_token(it.metadata["token_endpoint"], refresh_token=last, **more)

    it.refused("invalid_client", lambda: refresh(it.wrong_secret))
    it.refused("invalid_scope", lambda: refresh(it.client_secret, scope=it.foreign_scope))
    answer = ours.revoke_token(it.metadata["revocation_endpoint"], token=last, token_type_hint="refresh_token")
    need(answer.status_code == 200, f"revocation answers {answer.status_code}")
    it.refused("invalid_grant", lambda: refresh(it.client_secret))
    it.did.discard("invalid_grant")


main("Authlib", client)
