#!/bin/sh
# Gets an access token, which lives for 300 seconds, and calls the API with it.
set -eu

token=$(curl --silent --show-error --fail-with-body --max-time 10 {{token_url}} \
  --data-urlencode "client_id={{key}}" \
  --data-urlencode "client_secret={{secret}}" \
  --data-urlencode "grant_type=client_credentials" |
  sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')

curl --silent --show-error --fail-with-body {{account_url}} \
  --header "Authorization: Bearer $token"
