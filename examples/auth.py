"""Gets an access token, renews it before it expires, and shows the account and its API tokens.

pip install requests-oauthlib

KEYMOOR_SERVER, KEYMOOR_KEY and KEYMOOR_SECRET say where and who; KEYMOOR_ORGANIZATION is the UUID of an organization
with Federated Authentication.
"""

import os
import sys
import time
from urllib.parse import urlsplit

import requests
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session

MARGIN = 30  # seconds: a token is not used any more when it has less to live


class Api:
    def __init__(self, server, key, secret, organization=None):
        self.server, self.key, self.secret = server, key, secret
        scope = f"organization:{organization}" if organization else None
        self.session = OAuth2Session(client=BackendApplicationClient(client_id=key, scope=scope))
        if urlsplit(server).hostname in ("127.0.0.1", "::1", "localhost"):
            # Only for a server on this machine: the library wants TLS everywhere else.
            os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

    def renew(self):
        """Gets a token if there is none that lasts."""
        if self.session.token.get("expires_at", 0) <= time.time() + MARGIN:
            url = f"{self.server}/api/auth/oauth/token"
            self.session.fetch_token(url, client_id=self.key, client_secret=self.secret, timeout=25)

    def get(self, path):
        self.renew()
        answer = self.session.get(f"{self.server}/api{path}", timeout=25, allow_redirects=False)
        body = answer.json()
        if answer.ok:
            return body
        needs_scope = body["error"] == "additional_authentication_required"
        hint = " Set KEYMOOR_ORGANIZATION to its UUID." if needs_scope else ""
        sys.exit(f"GET {path}: {answer.status_code}: {body['message']}{hint}")


def needed(name):
    return os.environ.get(name) or sys.exit(f"Set {name}.")


def main():
    organization = os.environ.get("KEYMOOR_ORGANIZATION")
    server = os.environ.get("KEYMOOR_SERVER") or "http://127.0.0.1:8080"
    api = Api(server, needed("KEYMOOR_KEY"), needed("KEYMOOR_SECRET"), organization)
    try:
        print("Account", api.get("/account")["mail"])
        for token in api.get("/account/tokens?filter=active=true&sort=label")["_embedded"]["items"]:
            print("API token", token["uuid"], token["label"])
        if organization:
            print("Organization", api.get(f"/organizations/{organization}")["name"])
    except OAuth2Error as refusal:
        sys.exit(f"No token: {refusal.error}: {refusal.description}")
    except requests.RequestException as error:
        sys.exit(f"{server}: {error}")


main()
