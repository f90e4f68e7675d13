"""What every Python client here asks of Keymoor besides what its own library asks.

A library forgives much (oauthlib and Authlib read "300" as 300), so the rules of RFC 6749 s5.1 and RFC 9068 s2
are checked again, on the bytes that came over the wire.
"""

import base64
import json
import os
import sys
import time
from urllib.parse import urlsplit

import requests
from jwcrypto import jwk, jwt

TIMEOUT = 10  # seconds, for each request
LIFETIME = 300  # seconds, of each access token
ALGORITHMS = ["ES256", "ES384", "EdDSA", "RS256", "PS256"]


class Broken(Exception):
    """Keymoor did not keep the contract."""


def need(condition, message):
    if not condition:
        raise Broken(message)


def _setting(name):
    value = os.environ.get(name, "")
    need(value, f"{name} is not set")
    return value


def _object(pairs):
    names = [name for name, _ in pairs]
    need(len(names) == len(set(names)), f"a JSON object has a member twice: {names}")
    return dict(pairs)


def _json(text, what):
    try:
        value = json.loads(text, object_pairs_hook=_object)
    except ValueError as error:
        raise Broken(f"{what} is not JSON: {error}") from error
    need(isinstance(value, dict), f"{what} is not a JSON object")
    return value


def _fetch(url, what):
    answer = requests.get(url, timeout=TIMEOUT, allow_redirects=False)
    need(answer.status_code == 200, f"{what} answers {answer.status_code}")
    kind = answer.headers.get("content-type", "").split(";")[0].strip()
    need(kind in ("application/json", "application/jwk-set+json"), f"{what} has content-type {kind!r}")
    return _json(answer.text, what)


class Contract:
    def __init__(self):
        self.issuer = _setting("KEYMOOR_ISSUER")
        self.client_id = _setting("KEYMOOR_CLIENT_ID")
        self.client_secret = _setting("KEYMOOR_CLIENT_SECRET")
        self.audience = _setting("KEYMOOR_AUDIENCE")
        self.scope = os.environ.get("KEYMOOR_SCOPE") or None
        self.token_url = self.issuer + "/api/auth/oauth/token"
        self.jwks_url = self.issuer + "/.well-known/jwks.json"
        self._jwks = None
        self._seen = {}
        self._ways = []
        self._did = set()
        # One character of it is another one.
        self.wrong_secret = self.client_secret[:-1] + ("a" if self.client_secret[-1] != "a" else "b")
        self.foreign_scope = "organization:00000000-0000-4000-8000-000000000000"
        self.account_url = self.issuer + "/api/account"
        where = urlsplit(self.issuer)
        if where.scheme == "http":
            need(where.hostname in ("127.0.0.1", "::1", "localhost"), "plain http is for loopback only")
            os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
            os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

    def metadata(self, name="oauth-authorization-server"):
        """The discovery document, checked (RFC 8414 s2 and s3.3)."""
        found = _fetch(f"{self.issuer}/.well-known/{name}", name)
        need(found.get("issuer") == self.issuer, f"{name}: issuer is {found.get('issuer')!r}, not {self.issuer!r}")
        need(found.get("token_endpoint") == self.token_url, f"{name}: token_endpoint is {found.get('token_endpoint')!r}")
        need(found.get("jwks_uri") == self.jwks_url, f"{name}: jwks_uri is {found.get('jwks_uri')!r}")
        need(isinstance(found.get("response_types_supported"), list), f"{name}: response_types_supported is required")
        need("client_credentials" in found.get("grant_types_supported", []), f"{name}: no client_credentials grant")
        methods = found.get("token_endpoint_auth_methods_supported", [])
        for method in ("client_secret_basic", "client_secret_post"):
            need(method in methods, f"{name}: no {method}")
        return found

    def jwks(self):
        """The published keys, public halves of asymmetric ones only. Fetched once."""
        if self._jwks is None:
            found = _fetch(self.jwks_url, "JWKS")
            keys = found.get("keys")
            need(isinstance(keys, list) and keys, "JWKS: no keys")
            for key in keys:
                need(key.get("kty") in ("EC", "OKP", "RSA"), f"JWKS: a key of kty {key.get('kty')!r}")
                secret = sorted({"d", "p", "q", "dp", "dq", "qi", "oth", "k"} & set(key))
                need(not secret, f"JWKS: a key has the private members {secret}")
                need(isinstance(key.get("kid"), str) and key["kid"], "JWKS: a key without kid")
                need(key.get("use", "sig") == "sig", "JWKS: a key that is not for signatures")
            kids = [key["kid"] for key in keys]
            need(len(kids) == len(set(kids)), "JWKS: a kid twice")
            self._jwks = found
        return self._jwks

    def response(self, answer):
        """A token response as it came over the wire (a requests.Response); gives its JSON object."""
        need(answer.status_code == 200, f"token endpoint answers {answer.status_code}: {answer.text[:300]}")
        kind = answer.headers.get("content-type", "").split(";")[0].strip()
        need(kind == "application/json", f"token response: content-type is {kind!r}")
        stores = [word.strip().lower() for word in answer.headers.get("cache-control", "").split(",")]
        need("no-store" in stores, "token response: no Cache-Control: no-store")
        body = _json(answer.text, "token response")
        need(isinstance(body.get("access_token"), str) and body["access_token"], "token response: no access_token")
        need(body.get("token_type") == "Bearer", f"token response: token_type is {body.get('token_type')!r}")
        lifetime = body.get("expires_in")
        need(
            type(lifetime) is int and lifetime == LIFETIME,
            f"token response: expires_in is {lifetime!r}, not the number {LIFETIME}",
        )
        need("refresh_token" not in body, "token response: it has a refresh_token key")
        if self.scope is None:
            need("scope" not in body, f"token response: scope {body.get('scope')!r}, and none was asked")
        else:
            need(body.get("scope") == self.scope, f"token response: scope is {body.get('scope')!r}, not {self.scope!r}")
        return body

    def token(self, way, token):
        """An access token: RFC 9068, strictly; the signature by jwcrypto. Gives the claims."""
        parts = token.split(".")
        need(len(parts) == 3 and all(parts), "access token: not three parts")
        header, claims = (
            _json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), "access token") for part in parts[:2]
        )
        need(header.get("typ") == "at+jwt", f"access token: typ is {header.get('typ')!r}, not 'at+jwt'")
        need(header.get("alg") in ALGORITHMS, f"access token: alg is {header.get('alg')!r}")
        odd = sorted({"jku", "jwk", "x5u", "x5c", "crit", "zip"} & set(header))
        need(not odd, f"access token: header members {odd}")
        keys = [key for key in self.jwks()["keys"] if key["kid"] == header.get("kid")]
        need(len(keys) == 1, f"access token: kid {header.get('kid')!r} is not in the JWKS")
        need(keys[0].get("alg", header["alg"]) == header["alg"], "access token: alg is not the key's")

        for name in ("iss", "sub", "client_id", "jti"):
            need(isinstance(claims.get(name), str) and claims[name], f"access token: {name} is {claims.get(name)!r}")
        for name in ("iat", "exp"):
            need(type(claims.get(name)) is int, f"access token: {name} is {claims.get(name)!r}, not a whole number")
        need("nbf" not in claims or type(claims["nbf"]) is int, f"access token: nbf is {claims.get('nbf')!r}")
        need(claims["iss"] == self.issuer, f"access token: iss is {claims['iss']!r}, not {self.issuer!r}")
        audience = claims.get("aud")
        need(audience in (self.audience, [self.audience]), f"access token: aud is {audience!r}, not {self.audience!r}")
        need(claims["client_id"] == self.client_id, f"access token: client_id is {claims['client_id']!r}")
        now = time.time()
        need(claims["iat"] <= now and claims.get("nbf", 0) <= now, "access token: it begins in the future")
        need(now < claims["exp"], "access token: it has expired")
        need(claims["exp"] - claims["iat"] == LIFETIME, f"access token: lives {claims['exp'] - claims['iat']} s")
        if self.scope is not None:
            need(claims.get("scope") == self.scope, f"access token: scope is {claims.get('scope')!r}, not {self.scope!r}")

        checked = jwt.JWT(
            algs=[header["alg"]],
            expected_type="JWS",
            check_claims={name: None for name in ("iat", "exp", "sub", "jti")}
            | {"iss": self.issuer, "aud": self.audience, "client_id": self.client_id},
        )
        checked.leeway = 0
        checked.deserialize(token, jwk.JWK(**keys[0]))
        need(json.loads(checked.claims) == claims, "access token: jwcrypto reads other claims")

        need(claims["jti"] not in self._seen, "access token: its jti was there before")
        for other in self._seen.values():
            for name in ("sub", "client_id", "aud", "scope"):
                need(other.get(name) == claims.get(name), f"access token: {name} hangs on how the client authenticates")
        self._seen[claims["jti"]] = claims
        self._ways.append(way)
        self.did("token")
        return claims


    def did(self, what):
        """Notes for docs/interop.md what the library was seen doing."""
        self._did.add(what)

    def called(self, answer):
        """What a guarded route answered to the library's own request."""
        need(answer.status_code == 200, f"the API answers {answer.status_code}: {answer.text[:300]}")
        need("@" in answer.json()["mail"], "the API does not tell the account")
        self.did("call")

    def refused(self, code, ask, read=lambda error: error.error):
        """ask() has to end in an error of the library that names the OAuth error `code`."""
        try:
            ask()
        except Exception as error:
            found = read(error)
            need(found == code, f"the library says {found!r} ({error!r}), not {code!r}")
            need(self.client_secret not in repr(error), "the library's error repeats the secret")
            self.did(code)
        else:
            raise Broken(f"no {code}")


def main(library, client):
    """Runs client(contract), which gives the last claims; one line of JSON, or a message and exit 1."""
    try:
        contract = Contract()
        claims = client(contract)
    except Exception as error:  # whatever a library throws is a finding
        cause = f" (because of {error.__cause__!r})" if error.__cause__ else ""
        print(f"{library}: {type(error).__name__}: {error}{cause}", file=sys.stderr)
        sys.exit(1)
    did = sorted(contract._did)
    print(json.dumps({"library": library, "ok": True, "ways": contract._ways, "did": did, "claims": claims}))
