"""botocore, as the AWS tools use it: the credentials of a profile that a process prints."""

import json

from botocore.session import Session

credentials = Session(profile="keymoor").get_credentials()
if credentials.method != "custom-process":
    raise SystemExit(f"botocore has its credentials from {credentials.method}")
frozen = credentials.get_frozen_credentials()
print(json.dumps({"access_key": frozen.access_key, "token": frozen.token}))
