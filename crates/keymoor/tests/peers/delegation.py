"""What the Python clients share that ask somebody: what they are told, and the person whom they ask."""

import json
import os
import subprocess
import sys

import requests

TIMEOUT = 10  # seconds, for each request


def need(condition, message):
    if not condition:
        raise AssertionError(message)


class Delegation:
    def __init__(self):
        self.issuer = os.environ["KEYMOOR_ISSUER"]
        self.client_id = os.environ["KEYMOOR_APPLICATION_ID"]
        self.client_secret = os.environ["KEYMOOR_APPLICATION_SECRET"]
        self.wrong_secret = os.environ["KEYMOOR_APPLICATION_WRONG_SECRET"]
        self.redirect_uri = os.environ["KEYMOOR_REDIRECT_URI"]
        scope = os.environ.get("KEYMOOR_SCOPE")
        self.scope = f"{scope} offline_access" if scope else "offline_access"
        self.foreign_scope = "organization:00000000-0000-4000-8000-000000000000"
        self.did = set()
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
        self.metadata = requests.get(f"{self.issuer}/.well-known/oauth-authorization-server", timeout=TIMEOUT).json()

    def let_in(self, url):
        """Somebody is sent to url and allows; gives the URL that they are sent back to."""
        command = [os.environ["KEYMOOR_PERSON"], "person.py", url]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        need(done.returncode == 0, done.stderr)
        return done.stdout.strip()

    def tokens(self, token, called):
        """What came of it: tokens whose scope is the one that was asked for, and a call with them."""
        need(sorted(token["scope"].split() if isinstance(token["scope"], str) else token["scope"])
             == sorted(self.scope.split()), f"the scope is {token['scope']!r}")
        need(token["refresh_token"].startswith("kmr_"), "no refresh token")
        need(token["expires_in"] == 300 and token["token_type"] == "Bearer", f"{token}")
        need(called.status_code == 200 and "@" in called.json()["mail"], f"the API answers {called.text}")
        self.did |= {"token", "call"}

    def refused(self, code, ask, read=lambda error: error.error):
        try:
            ask()
        except Exception as error:
            need(read(error) == code, f"the library says {error!r}, not {code}")
            need(self.client_secret not in repr(error), "the library's error repeats the secret")
            self.did.add(code)
        else:
            raise AssertionError(f"no {code}")


def main(library, client):
    try:
        delegation = Delegation()
        client(delegation)
    except Exception as error:  # whatever a library throws is a finding
        print(f"{library}: {type(error).__name__}: {error}", file=sys.stderr)
        sys.exit(1)
    print(json.dumps({"library": library, "ok": True, "did": sorted(delegation.did)}))
