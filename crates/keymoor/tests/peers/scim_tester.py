"""Lets scim2-tester, which knows RFC 7643 and RFC 7644, look at the SCIM resources of an organization."""

import os
import sys

import httpx2
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

base = os.environ["SCIM_BASE"]
headers = {"Authorization": f"Bearer {os.environ['SCIM_SECRET']}"}
with httpx2.Client(base_url=base, headers=headers, timeout=20) as http:
    client = SyncSCIMClient(http)
    client.discover()
    results = check_server(client)

for result in results:
    if result.status in (Status.ERROR, Status.CRITICAL):
        print(result.status.name, result.title, result.reason, file=sys.stderr)
done = sum(result.status == Status.SUCCESS for result in results)
print(f"{done} of {len(results)} checks passed")
failed = [one for one in results if one.status in (Status.ERROR, Status.CRITICAL)]
sys.exit(1 if failed or done < 20 else 0)
