"""Somebody with a browser and without scripts: registers an application, or goes where one sends them and allows.

person.py register   prints client_id and client_secret as JSON
person.py URL        prints where the browser is sent in the end; nothing for a device's URL
"""

import html.parser
import json
import os
import sys
from urllib.parse import urljoin, urlsplit

import requests

ISSUER = os.environ["KEYMOOR_ISSUER"]
REDIRECT = os.environ["KEYMOOR_REDIRECT_URI"]
# Passwords are hashed when nothing else is to be done.
PATIENCE = 60  # seconds, for each request


class Page(html.parser.HTMLParser):
    """The forms of a page: where each goes, and its fields with what they hold."""

    def __init__(self, url, answer):
        super().__init__()
        self.url, self.status, self.text, self.forms, self.values = url, answer.status_code, answer.text, [], {}
        self.feed(answer.text)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag == "form":
            self.forms.append((urljoin(self.url, found["action"]), {}))
        if tag == "input" and found.get("type") == "hidden" and self.forms:
            self.forms[-1][1][found["name"]] = found["value"]
        if tag == "input" and "readonly" in found and "id" in found:
            self.values[found["id"]] = found["value"]

    def form(self, path):
        forms = [form for form in self.forms if urlsplit(form[0]).path == path]
        assert forms, f"{self.url} ({self.status}) has no form to {path}: {self.text}"
        return forms[0]


class Person:
    def __init__(self):
        self.cookies = {}

    def ask(self, method, url, fields=None):
        """The page, or where it leads outside of the server."""
        while True:
            headers = {"accept": "text/html", "origin": ISSUER}
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            answer = requests.request(method, url, data=fields, headers=headers, allow_redirects=False, timeout=PATIENCE)
            for line in answer.raw.headers.getlist("set-cookie"):
                name, value = line.split(";")[0].split("=", 1)
                self.cookies[name] = value
            if answer.status_code != 303:
                return Page(url, answer)
            url, method, fields = urljoin(url, answer.headers["location"]), "GET", None
            if not url.startswith(ISSUER + "/"):
                return url

    def send(self, page, path, **fields):
        to, hidden = page.form(path)
        return self.ask("POST", to, {**hidden, **fields})

    def go(self, url):
        """The page at url, signed in."""
        page = self.ask("GET", url)
        if not isinstance(page, Page) or urlsplit(page.url).path != "/sign-in":
            return page
        email, password = os.environ["KEYMOOR_EMAIL"], os.environ["KEYMOOR_PASSWORD"]
        return self.send(page, "/sign-in", email=email, password=password)

    def register(self):
        new = "/account/applications/new"
        page = self.go(ISSUER + new)
        fields = {"name": "Interop", "redirect_uris": REDIRECT, "kind": "confidential"}
        rights = {name: "1" for name in ("authorization_code", "device", "refresh_tokens")}
        page = self.send(page, new, **fields, **rights)
        return {"client_id": page.values["client-id"], "client_secret": page.values["client-secret"]}

    def allow(self, url):
        page = self.go(url)
        path = "/device/answer" if urlsplit(url).path == "/device" else "/authorize"
        return self.send(page, path, answer="allow")


if sys.argv[1] == "register":
    print(json.dumps(Person().register()))
else:
    led = Person().allow(sys.argv[1])
    if isinstance(led, Page):
        assert "The device is connected" in led.text, led.text
    else:
        print(led)
