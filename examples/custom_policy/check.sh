#!/bin/sh
# The second agent, who speaks Polish best, is offered the contact.
set -eu
out=$("$1")
echo "$out"
[ "$(echo "$out" | wc -l)" = 1 ]
echo "$out" | grep -q '"agent":"2"'
echo "$out" | grep -q '"policy":"best_speaker"'
