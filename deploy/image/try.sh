#!/usr/bin/env bash
# Tries an image that build.sh made under a container engine, as the chart runs it: the user that the
# image names, no capabilities, no way to more of them, a root file system that nobody can write.
#
#   deploy/image/try.sh IMAGE.tar
#
# ENGINE is `podman` by default, else `docker`, also of an ordinary user; PORT (19443) of the loopback
# interface is used. Needs openssl and curl. What is made is removed in the end, but for the loaded image.
set -euo pipefail

image=$(realpath "${1:?usage: try.sh IMAGE.tar}")
root=$(cd "$(dirname "$0")/../.." && pwd)
engine=${ENGINE:-$(command -v podman || command -v docker || true)}
engine=${engine:?there is neither podman nor docker}
port=${PORT:-19443}

work=$(mktemp -d)
# What is mounted is read by another user.
chmod 0755 "$work"
container=portcullis-try-$$
cleanup() {
  "$engine" rm --force "$container" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "try.sh: $*" >&2
  ("$engine" logs "$container" 2>&1 || true) >&2
  exit 1
}

# Waits until a command succeeds.
await() {
  for _ in $(seq 100); do
    if "$@"; then return; fi
    sleep 0.1
  done
  fail "in vain: $*"
}

# One value of what the engine knows of the image or the container.
inspect() { "$engine" inspect --format "$1" "${2:-$container}"; }

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
  -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
chmod 0644 "$work/key.pem"
cp -r "$root/rules" "$work/rules"
chmod -R a+rX "$work/rules"

name=$("$engine" load --input "$image" | sed -n 's/^Loaded image[^:]*: //p' | tail -n 1)
[ -n "$name" ] || fail "the engine does not say what it loaded"
bytes=$(inspect '{{.Size}}' "$name")
[ "$(inspect '{{.Config.User}}' "$name")" = 65534:65534 ] || fail "the image runs as another user"

"$engine" run --detach --name "$container" --read-only --tmpfs /tmp:mode=1777 --cap-drop=all \
  --security-opt=no-new-privileges --publish "127.0.0.1:$port:9443" \
  --volume "$work/rules:/rules:ro" --volume "$work/cert.pem:/tls/cert.pem:ro" \
  --volume "$work/key.pem:/tls/key.pem:ro" "$name" \
  serve --listen 0.0.0.0:9443 --rules /rules --tls-cert /tls/cert.pem --tls-key /tls/key.pem --drain 2s >/dev/null

ask() { curl --silent --show-error --max-time 5 --cacert "$work/cert.pem" "$@"; }
ready() { ask --fail --output /dev/null "https://localhost:$port/readyz" 2>/dev/null; }
await ready

pid=$(inspect '{{.State.Pid}}')
status() { sed -n "s/^$1:\t//p" "/proc/$pid/status"; }
[ "$(status CapEff)" = 0000000000000000 ] || fail "it has capabilities: $(status CapEff)"
[ "$(status NoNewPrivs)" = 1 ] || fail "it may get new privileges"
memory=$(status VmRSS | tr -s " \t" " ")

review=$root/deploy/samples/pod-without-limits.json
ask --header 'Content-Type: application/json' --data-binary "@$review" \
  "https://localhost:$port/validate" >"$work/answer.json"
grep --quiet '"allowed":false' "$work/answer.json" || fail "not denied: $(cat "$work/answer.json")"

# Told to stop, it is not ready any more, still decides, and ends well.
"$engine" kill --signal TERM "$container" >/dev/null
draining() { ! ready; }
await draining
ask --header 'Content-Type: application/json' --data-binary "@$review" \
  "https://localhost:$port/validate" | grep --quiet '"allowed":false' || fail "it does not decide while it drains"
code=$("$engine" wait "$container")
[ "$code" = 0 ] || fail "it ended with $code"

echo "$name: $((bytes / 1000000)) MB; user 65534, no capabilities, read-only; ready, denied, drained, ended with 0; resident$memory"
