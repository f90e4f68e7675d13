"""A SAML identity provider, pysaml2's, with one page to sign in: who is named there is signed in.
Told by the environment: PORT; FOLDER, for its key; OTHER_METADATA, the URL of the service provider's
metadata, which is read at the first sign-in. Prints "listening" when it is ready."""

import os
import shutil
import subprocess
from base64 import b64encode
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import requests
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.saml import NAME_FORMAT_URI, NAMEID_FORMAT_PERSISTENT
from saml2.server import Server
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

PORT = int(os.environ["PORT"])
FOLDER = os.environ["FOLDER"]
BASE = f"http://127.0.0.1:{PORT}"
KEY, CERTIFICATE = os.path.join(FOLDER, "key.pem"), os.path.join(FOLDER, "certificate.pem")


def make_key():
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365"]
    command += ["-subj", "/CN=Works account", "-keyout", KEY, "-out", CERTIFICATE]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def config(metadata):
    return IdPConfig().load({
        "entityid": f"{BASE}/metadata",
        "xmlsec_binary": shutil.which("xmlsec1"),
        "key_file": KEY,
        "cert_file": CERTIFICATE,
        "signing_algorithm": SIG_RSA_SHA256,
        "digest_algorithm": DIGEST_SHA256,
        "metadata": {"inline": metadata},
        "service": {
            "idp": {
                "endpoints": {"single_sign_on_service": [(f"{BASE}/sign-in", BINDING_HTTP_REDIRECT)]},
                "name_id_format": [NAMEID_FORMAT_PERSISTENT],
                "policy": {"default": {
                    "lifetime": {"minutes": 5},
                    "name_form": NAME_FORMAT_URI,
                    "nameid_format": NAMEID_FORMAT_PERSISTENT,
                }},
                "subject_data": ("dict", {}),
            }
        },
    })


made = []


def server():
    """Made once the other side's metadata can be had, as whoever administers the provider does."""
    if not made:
        answer = requests.get(os.environ["OTHER_METADATA"], timeout=10)
        answer.raise_for_status()
        made.append(Server(config=config([answer.text])))
    return made[0]


def respond(request, user):
    """The address to answer to, and the response."""
    asked = server().parse_authn_request(request, BINDING_HTTP_REDIRECT)
    told = server().response_args(asked.message)
    told.pop("binding", None)
    claims = {"displayName": f"{user} of the works", "mail": f"{user}@works.example"}
    authn = {"class_ref": PASSWORDPROTECTEDTRANSPORT, "authn_auth": BASE}
    response = server().create_authn_response(
        claims, userid=user, authn=authn, sign_assertion=True, sign_response=False,
        sign_alg=SIG_RSA_SHA256, digest_alg=DIGEST_SHA256, **told)
    return told["destination"], str(response)


def page(content):
    return f'<!doctype html><html lang="en"><title>Works account</title><h1>Works account</h1>{content}'


def hidden(fields):
    return "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in fields.items())


class Handler(BaseHTTPRequestHandler):
    def answer(self, text, media="text/html; charset=utf-8"):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path == "/metadata":
            self.answer(str(entity_descriptor(config([]))), "application/samlmetadata+xml")
            return
        fields = {name: values[0] for name, values in parse_qs(url.query).items()}
        self.answer(page(
            f'<form method="post" action="/sign-in">{hidden(fields)}'
            '<label for="login">User name</label> <input id="login" name="login" required autofocus>'
            "<button>Sign in</button></form>"))

    def do_POST(self):
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        to, response = respond(sent["SAMLRequest"][0], sent["login"][0])
        fields = {"SAMLResponse": b64encode(response.encode()).decode(), "RelayState": sent["RelayState"][0]}
        self.answer(page(
            f'<form method="post" action="{escape(to)}">{hidden(fields)}<button>Go on</button></form>'
            "<script>document.forms[0].submit()</script>"))

    def log_message(self, *_):
        pass


make_key()
listener = ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
print("listening", flush=True)
listener.serve_forever()
