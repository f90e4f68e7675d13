"""PyJWT: PyJWKClient finds the key in the published set by the token's kid, and decode() verifies."""

import jwt
import requests

from contract import ALGORITHMS, TIMEOUT, main, need


def client(contract):
    asked = {"grant_type": "client_credentials"} | ({"scope": contract.scope} if contract.scope else {})
    pair = (contract.client_id, contract.client_secret)
    answer = requests.post(contract.token_url, auth=pair, data=asked, timeout=TIMEOUT, allow_redirects=False)
    token = contract.response(answer)["access_token"]
    key = jwt.PyJWKClient(contract.metadata()["jwks_uri"], timeout=TIMEOUT).get_signing_key_from_jwt(token)
    required = ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"]

    def decode(token, audience):
        how = {"algorithms": ALGORITHMS, "issuer": contract.issuer, "options": {"require": required}}
        return jwt.decode(token, key, audience=audience, **how)

    claims = contract.token("basic", token)
    need(decode(token, contract.audience) == claims, "PyJWT reads other claims")
    for forged, audience in ((token[:-4] + "AAAA", contract.audience), (token, "https://other.example.com")):
        try:
            decode(forged, audience)
        except jwt.InvalidTokenError:
            continue
        need(False, "PyJWT takes a token that is not for it or was changed")
    contract.did("verified")
    return claims


main("PyJWT", client)
