"""Authlib: OAuth2Session fetches, JWTBearerTokenValidator (RFC 9068) verifies, as a resource server would."""

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata, get_well_known_url
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from joserfc.jwk import KeySet

from contract import TIMEOUT, main, need


def client(contract):
    class Validator(JWTBearerTokenValidator):
        def get_jwks(self):
            return KeySet.import_key_set(contract.jwks())

    need(
        get_well_known_url(contract.issuer, external=True)
        == f"{contract.issuer}/.well-known/oauth-authorization-server",
        "Authlib looks for the discovery document elsewhere",
    )
    metadata = AuthorizationServerMetadata(contract.metadata())
    metadata.validate()
    validator = Validator(issuer=metadata["issuer"], resource_server=contract.audience)
    for way in ("client_secret_basic", "client_secret_post"):
        wire = []

        def keep(answer, wire=wire):
            wire.append(answer)
            return answer

        session = OAuth2Session(
            contract.client_id,
            contract.client_secret,
            scope=contract.scope,
            token_endpoint_auth_method=way,
            token_endpoint=metadata["token_endpoint"],
            default_timeout=TIMEOUT,
        )
        session.register_compliance_hook("access_token_response", keep)
        asked = {"scope": contract.scope} if contract.scope else {}
        token = session.fetch_token(grant_type="client_credentials", **asked)
        body = contract.response(wire[0])
        need(token["access_token"] == body["access_token"], "the library has another token")
        need(not token.is_expired(), "the library takes the token as expired")

        verified = validator.authenticate_token(token["access_token"])
        validator.validate_token(verified, [contract.scope] if contract.scope else [], None)
        claims = contract.token(way, token["access_token"])
        need(dict(verified) == claims, "Authlib reads other claims")
        contract.did("verified")
        contract.called(session.get(contract.account_url, timeout=TIMEOUT))

    def ask(secret, scope):
        session = OAuth2Session(contract.client_id, secret, token_endpoint=metadata["token_endpoint"])
        session.fetch_token(grant_type="client_credentials", scope=scope, timeout=TIMEOUT)

    contract.refused("invalid_client", lambda: ask(contract.wrong_secret, contract.scope))
    contract.refused("invalid_scope", lambda: ask(contract.client_secret, contract.foreign_scope))
    return claims


main("Authlib", client)
