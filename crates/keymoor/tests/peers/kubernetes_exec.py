"""The Kubernetes client, with a kubeconfig whose user is a command."""

import json

from kubernetes import client, config

config.load_kube_config()
known = client.Configuration.get_default_copy()
with client.ApiClient(known) as api:
    headers = {"authorization": known.auth_settings()["BearerToken"]["value"]}
    answer = api.rest_client.request("GET", f"{known.host}/account", headers=headers)
print(json.dumps({"mail": json.loads(answer.read())["mail"]}))
