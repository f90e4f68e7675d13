"""schemathesis: every operation of openapi.json, with all its checks, with authentication, and with things to find.

`every_call.py [EXAMPLES [SEED]]` makes an organization's worth of resources first, so that calls meet more than 404.
What is excluded is excluded below, each with its reason.
"""

import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TIMEOUT = 10  # seconds
ISSUER = os.environ["KEYMOOR_ISSUER"]
KEY, SECRET = os.environ["KEYMOOR_CLIENT_ID"], os.environ["KEYMOOR_CLIENT_SECRET"]
RESOURCE = (os.environ["KEYMOOR_RESOURCE_ID"], os.environ["KEYMOOR_RESOURCE_SECRET"])

# A well-formed value that means nothing here is refused with 400: RFC 6749 s5.2 and RFC 8707 s2 want that of the
# token endpoint, and s2.3 of credentials that come twice; elsewhere the value has to be one that is in the database, which no schema can say.
MEANINGLESS_IS_400 = [
    "/api/auth/oauth/token",
    "/api/token",
    "/api/auth/oauth/introspect",
    "/api/auth/oauth/revoke",
    "/api/auth/oauth/authorize",
    "/api/auth/oauth/device_authorization",
    "/api/organizations/{uuid}/actions/change-owner",
    "/api/organizations/{uuid}/domains",
    "/api/organizations/{uuid}/identity-provider",
    "/api/identity-providers/{uuid}",
    "/api/organizations/{uuid}/roles",
    "/api/roles/{uuid}",
    "/api/teams/{uuid}/members",
    "/api/teams/{uuid}/members/{user}",
    "/api/teams/{uuid}/invites",
    "/api/organizations/{uuid}/service-accounts/{user}/tokens",
    "/api/scim/v2/{uuid}/Users",
    "/api/scim/v2/{uuid}/Users/{id}",
    "/api/scim/v2/{uuid}/.search",
    "/api/scim/v2/{uuid}/Users/.search",
]
STATUSES = ["2xx", "3xx", 400, 401, 403, 404, 409, 429, "5xx"]
# A person's browser arrives there: it is led to a page that says what is wrong.
BROWSER = ["/api/auth/saml/acs/{uuid}", "/api/auth/oidc/callback/{uuid}"]
REFUSALS = [303, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, "5xx"]
# A removed API token, its secrets and a deleted provisioned user stay to be seen: clients of the v2 API read of a
# token who revoked it and when.
KEPT = [
    "/api/account/tokens/{uuid}",
    "/api/organizations/{uuid}/service-accounts/{user}/tokens/{token}",
]


def account(api):
    return api("GET", "/account")["uuid"]


def last(made):
    """The id at the end of what was made."""
    for name in ("uuid", "secret_id", "api_key", "id"):
        if name in made:
            return made[name]
    return made["_links"]["self"]["href"].rsplit("/", 1)[1]


def certificate():
    """A provider's certificate, of which nobody has the key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.com")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=365))
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def fixtures(api):
    """Something of each kind: which value each parameter of a path takes."""
    own = account(api)
    organization = api("GET", "/organizations")["_embedded"]["items"][0]["uuid"]
    inside = f"/organizations/{organization}"
    team = last(api("POST", f"{inside}/teams", {"name": "Ops"}))
    role = last(api("POST", f"{inside}/roles", {"name": "Reader", "permissions": []}))
    invitation = last(api("POST", f"{inside}/invites", {"email": "guest@example.com"}))
    domain = api("POST", f"{inside}/domains", {"domain": "example.com"})["domain"]
    robot = last(api("POST", f"{inside}/service-accounts", {"name": "Robot"}))
    token = last(api("POST", f"{inside}/service-accounts/{robot}/tokens", {"label": "robot's"}))
    secrets = api("GET", f"{inside}/service-accounts/{robot}/tokens/{token}/secrets")["_embedded"]["items"]
    provider = {"label": "Idp", "entity_id": "urn:idp", "sso_url": "https://idp.example.com/sso"}
    provider = last(api("POST", f"{inside}/identity-provider", provider | {"certificate": certificate()}))
    scim = api("POST", f"{inside}/scim-secrets", {"label": "provisioning"})
    scim_id, scim_secret = last(scim), scim["secret"]
    found = {
        "organization": organization, "own": own, "team": team, "role": role, "invitation": invitation,
        "domain": domain, "robot": robot, "token": token, "secret": secrets[0]["uuid"], "provider": provider,
        "scim_secret": scim_id,
    }  # fmt: skip
    answer = requests.post(
        f"{ISSUER}/api/scim/v2/{organization}/Users",
        json={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "eve@example.com"},
        headers={"Authorization": f"Bearer {scim_secret}"},
        timeout=TIMEOUT,
    )
    found["scim_user"] = answer.json()["id"]
    return found, scim_secret


# Which of them each path takes; what is deleted is not one of them, so that they last.
PLACES = [
    ("^/api/organizations/\\{uuid\\}", {"path.uuid": "organization"}),
    ("^/api/account/organizations/", {"path.uuid": "organization"}),
    ("^/api/scim/", {"path.uuid": "organization"}),
    ("^/api/account/tokens/", {"path.uuid": "token"}),
    ("^/api/teams/", {"path.uuid": "team"}),
    ("^/api/roles/", {"path.uuid": "role"}),
    ("^/api/invites/", {"path.token": "invitation"}),
    ("^/api/identity-providers/|^/api/auth/(saml|oidc)/", {"path.uuid": "provider"}),
    ("/(members|admins)/\\{user\\}", {"path.user": "own"}),
    ("/service-accounts/\\{user\\}", {"path.user": "robot"}),
    ("/tokens/\\{token\\}", {"path.token": "token"}),
    ("/domains/\\{domain\\}", {"path.domain": "domain"}),
    ("/scim/v2/\\{uuid\\}/Users/\\{id\\}", {"path.id": "scim_user"}),
]


def toml(value):
    """JSON's strings, numbers and lists are TOML's too."""
    return json.dumps(value)


def configuration(found, bearer, scim, hooks):
    lines = [
        "[auth.openapi.bearer]", f"bearer = {toml(bearer)}",
        "[auth.openapi.scim]", f"bearer = {toml(scim)}",
        "[auth.openapi.basic]", f"username = {toml(KEY)}", f"password = {toml(SECRET)}",
    ]  # fmt: skip
    for name, value in found.items():
        lines += [f"[dictionaries.{name}]", f"values = [{toml(value)}]"]

    def operations(which, *rest):
        lines.extend(["[[operations]]", which, *rest])

    for pattern, places in PLACES:
        bound = ", ".join(
            f'{toml(place)} = {{ dictionary = "{name}", probability = 0.8 }}' for place, name in places.items()
        )
        operations(f"include-path-regex = {toml(pattern)}", 'exclude-method = "DELETE"', f"parameters = {{ {bound} }}")
    operations(
        f"include-path = {toml(MEANINGLESS_IS_400)}",
        f"checks.positive_data_acceptance.expected-statuses = {toml(STATUSES)}",
    )
    operations(
        f"include-path = {toml(BROWSER)}",
        f"checks.negative_data_rejection.expected-statuses = {toml(REFUSALS)}",
    )
    operations(f"include-path = {toml(KEPT)}", "checks.use_after_free.enabled = false")
    # Proxies ask with the method of the request that they ask about: it takes every method alike.
    operations('include-path = "/api/auth/verify"', "phases.coverage.unexpected-methods = []")
    return "\n".join(lines) + "\n"


def main():
    examples, seed = ([*sys.argv[1:], "5", "1"])[:2] if len(sys.argv) < 3 else sys.argv[1:3]
    begun = time.monotonic()
    answer = requests.post(
        f"{ISSUER}/api/auth/oauth/token",
        data={"grant_type": "client_credentials", "client_id": KEY, "client_secret": SECRET},
        timeout=TIMEOUT,
    ).json()
    bearer = answer["access_token"]

    def api(method, path, body=None):
        headers = {"Authorization": f"Bearer {bearer}"}
        answer = requests.request(method, f"{ISSUER}/api{path}", json=body, headers=headers, timeout=TIMEOUT)
        if not answer.ok:
            sys.exit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    found, scim = fixtures(api)
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "schemathesis.toml")
        config.write_text(configuration(found, bearer, scim, None))
        config.chmod(0o600)
        run = subprocess.run(
            [
                str(pathlib.Path(sys.executable).with_name("schemathesis")),
                "--config-file", str(config), "run", f"{ISSUER}/api/openapi.json" if not os.environ.get("KEYMOOR_OPENAPI") else os.environ["KEYMOOR_OPENAPI"],
                "--url", ISSUER, "--checks", "all", "--continue-on-failure", "--warnings", "off",
                "--max-examples", examples, "--seed", seed,
            ],  # fmt: skip
            cwd=folder,
            timeout=3600,
        )
    print(f"{time.monotonic() - begun:.0f} s", file=sys.stderr)
    sys.exit(run.returncode)


main()
