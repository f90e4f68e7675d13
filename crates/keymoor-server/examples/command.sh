#!/bin/sh
# Needs the command keymoor. The secret goes in by standard input: no other user sees it there.
set -eu

keymoor login --server "{{server}}" --key "{{key}}" --secret-stdin <<'END'
{{secret}}
END

# Calls as often as you like: the access token is cached and renewed in time.
keymoor api /account
