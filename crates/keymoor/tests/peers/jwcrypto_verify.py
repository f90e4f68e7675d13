"""jwcrypto: plain requests fetch, with no OAuth library between, and jwcrypto verifies against the whole key set."""

import json

import requests
from jwcrypto import jwk, jwt

from contract import ALGORITHMS, TIMEOUT, main, need


def client(contract):
    metadata = contract.metadata()
    need(contract.metadata("openid-configuration") == metadata, "the two discovery documents differ")
    asked = {"grant_type": "client_credentials"}
    if contract.scope is not None:
        asked["scope"] = contract.scope
    mine = {"client_id": contract.client_id, "client_secret": contract.client_secret}
    pair = (contract.client_id, contract.client_secret)
    ways = {
        "basic, form": {"auth": pair, "data": asked},
        "basic, JSON": {"auth": pair, "json": asked},
        "body, form": {"data": asked | mine},
        "body, JSON": {"json": asked | mine},
    }
    for way, how in ways.items():
        answer = requests.post(metadata["token_endpoint"], timeout=TIMEOUT, allow_redirects=False, **how)
        token = contract.response(answer)["access_token"]
        keys = jwk.JWKSet.from_json(json.dumps(contract.jwks()))
        verified = jwt.JWT(algs=ALGORITHMS, expected_type="JWS", check_claims={"aud": contract.audience, "exp": None})
        verified.leeway = 0
        verified.deserialize(token, keys)
        claims = contract.token(way, token)
        need(json.loads(verified.claims) == claims, "jwcrypto reads other claims")
        contract.did("verified")
    return claims


main("jwcrypto", client)
