"""requests-oauthlib, as its documentation shows the client credentials grant. It has no discovery."""

import requests
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from contract import TIMEOUT, main, need


def client(contract):
    pair = HTTPBasicAuth(contract.client_id, contract.client_secret)
    ways = {
        "basic": {"auth": pair},
        "basic, made by the library": {"client_id": contract.client_id, "client_secret": contract.client_secret},
        "basic, client_id in the body too": {"auth": pair, "include_client_id": True},
        "body": {"include_client_id": True, "client_secret": contract.client_secret},
    }
    for way, how in ways.items():
        wire = []

        def keep(answer, wire=wire):
            wire.append(answer)
            return answer

        session = OAuth2Session(client=BackendApplicationClient(contract.client_id, scope=contract.scope))
        session.register_compliance_hook("access_token_response", keep)
        token = session.fetch_token(contract.token_url, timeout=TIMEOUT, **how)
        body = contract.response(wire[0])
        need(token["access_token"] == body["access_token"], "the library has another token")
        need(session.authorized, "the library does not count itself as authorized")
        # The token goes out as Bearer: oauthlib refuses a token_type that it does not know.
        request = requests.Request("GET", contract.audience)
        _, headers, _ = session._client.add_token(request.url, headers={})
        need(headers == {"Authorization": f"Bearer {token['access_token']}"}, "the library sends no Bearer token")
        claims = contract.token(way, token["access_token"])
        contract.called(session.get(contract.account_url, timeout=TIMEOUT))

    def ask(secret, scope):
        session = OAuth2Session(client=BackendApplicationClient(contract.client_id, scope=scope))
        session.fetch_token(contract.token_url, client_id=contract.client_id, client_secret=secret, timeout=TIMEOUT)

    contract.refused("invalid_client", lambda: ask(contract.wrong_secret, contract.scope))
    contract.refused("invalid_scope", lambda: ask(contract.client_secret, contract.foreign_scope))
    return claims


main("requests-oauthlib", client)
