"""Gets an access token, which lives for 300 seconds, and calls the API with it."""

import os

from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

KEY = os.environ.get("KEYMOOR_KEY", "{{key}}")
SECRET = os.environ.get("KEYMOOR_SECRET", "{{secret}}")

if "{{server}}".startswith("http:"):
    # Only for a server on this machine: the library wants TLS everywhere else.
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

session = OAuth2Session(client=BackendApplicationClient(client_id=KEY))
session.fetch_token(
    "{{token_url}}", client_id=KEY, client_secret=SECRET, timeout=10
)
answer = session.get("{{account_url}}", timeout=60)
answer.raise_for_status()
print(answer.json()["mail"])
