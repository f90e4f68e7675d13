"""oauthlib alone, with plain requests under it: it writes the request's body and reads the answer."""

import requests
from oauthlib.oauth2 import BackendApplicationClient

from contract import TIMEOUT, main, need


def client(contract):
    def ask(secret, scope):
        library = BackendApplicationClient(contract.client_id, scope=scope)
        body = library.prepare_request_body(include_client_id=True, client_secret=secret, scope=scope)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = requests.post(contract.token_url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        library.parse_request_body_response(answer.text, scope=scope)
        return library, answer

    library, answer = ask(contract.client_secret, contract.scope)
    need(library.access_token == contract.response(answer)["access_token"], "the library has another token")
    claims = contract.token("body", library.access_token)
    url, headers, _ = library.add_token(contract.account_url, http_method="GET")
    contract.called(requests.get(url, headers=headers, timeout=TIMEOUT))
    contract.refused("invalid_client", lambda: ask(contract.wrong_secret, contract.scope))
    contract.refused("invalid_scope", lambda: ask(contract.client_secret, contract.foreign_scope))
    return claims


main("oauthlib", client)
