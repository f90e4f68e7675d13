#!/bin/sh
# Gets an access token, renews it before it expires, and shows the account and its API tokens.
#
# KEYMOOR_SERVER, KEYMOOR_KEY and KEYMOOR_SECRET say where and who; KEYMOOR_ORGANIZATION is the UUID of an
# organization with Federated Authentication. Needs curl and jq. Secret and token reach curl by its standard
# input: what stands on a command line, every user of the machine can read.
set -eu

server=${KEYMOOR_SERVER:-http://127.0.0.1:8080}
key=${KEYMOOR_KEY:?"Set KEYMOOR_KEY to the API Key."}
secret=${KEYMOOR_SECRET:?"Set KEYMOOR_SECRET to the API Secret."}
scope=${KEYMOOR_ORGANIZATION:+organization:$KEYMOOR_ORGANIZATION}
margin=30 # seconds: a token is not used any more when it has less to live
token='' until=0

fail() {
  echo "$*" >&2
  exit 1
}

# ask URL: calls it with the options that come in, one a line, and prints the body and, on a line, the status.
ask() {
  curl --silent --show-error --max-time 25 --write-out '\n%{http_code}\n' --config - "$1"
}

# Sets $token: a new one if there is none that lasts.
renew() {
  now=$(date +%s)
  [ $((now + margin)) -ge "$until" ] || return 0
  answer=$(ask "$server/api/auth/oauth/token" <<EOF
data-urlencode = "grant_type=client_credentials"
data-urlencode = "client_id=$key"
data-urlencode = "client_secret=$secret"
data-urlencode = "scope=$scope"
EOF
  ) || fail "No token: $server does not answer."
  body=$(printf '%s\n' "$answer" | sed '$d')
  [ "$(printf '%s\n' "$answer" | tail -n 1)" = 200 ] ||
    fail "No token: $(printf '%s' "$body" | jq -r '"\(.error): \(.error_description)"')"
  token=$(printf '%s' "$body" | jq -r .access_token)
  until=$((now + $(printf '%s' "$body" | jq -r .expires_in)))
}

# get PATH: sets $body.
get() {
  renew
  answer=$(echo "header = \"Authorization: Bearer $token\"" | ask "$server/api$1") || fail "$server does not answer."
  body=$(printf '%s\n' "$answer" | sed '$d')
  status=$(printf '%s\n' "$answer" | tail -n 1)
  [ "$status" = 200 ] && return 0
  [ "$(printf '%s' "$body" | jq -r .error)" != additional_authentication_required ] ||
    fail "GET $1: $status: $(printf '%s' "$body" | jq -r .message) Set KEYMOOR_ORGANIZATION to its UUID."
  fail "GET $1: $status: $(printf '%s' "$body" | jq -r .message)"
}

get /account
printf '%s' "$body" | jq -r '"Account \(.mail)"'
get '/account/tokens?filter=active=true&sort=label'
printf '%s' "$body" | jq -r '._embedded.items[] | "API token \(.uuid) \(.label)"'
if [ -n "$scope" ]; then
  get "/organizations/$KEYMOOR_ORGANIZATION"
  printf '%s' "$body" | jq -r '"Organization \(.name)"'
fi
