#!/usr/bin/env bash
# Makes base images on a machine that reaches no image registry: Debian by debootstrap, and on it Node, PostgreSQL, nats-server and
# Prometheus. Prints the variables by which docker-compose.yml takes them:  eval "$(deploy/compose/base-images.sh)"
# Images are named by their content, so a second run makes nothing.
set -euo pipefail
cd "$(dirname "$0")"

suite=${HODEI_DEBIAN_SUITE:-bookworm}
mirror=${HODEI_DEBIAN_MIRROR:-}
node=${HODEI_NODE:-$(command -v node)}

for program in docker debootstrap npm node; do
  command -v "$program" > /dev/null || { echo "$program is missing; type: apt-get install docker.io debootstrap, and install Node 24 with npm" >&2; exit 1; }
done
major=$("$node" -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 24 ]; then echo "$node is Node $major; set HODEI_NODE to a Node 24 or newer" >&2; exit 1; fi
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

has() { docker image inspect "$1" > /dev/null 2>&1; }
digest() { sha256sum | cut -c1-12; }

debian="hodei-base-debian:$suite-$(echo "minbase $suite" | digest)"
if ! has "$debian"; then
  echo "making $debian" >&2
  debootstrap --variant=minbase --include=ca-certificates "$suite" "$scratch/root" ${mirror:+"$mirror"} > "$scratch/log" 2>&1 || { tail -20 "$scratch/log" >&2; exit 1; }
  tar -C "$scratch/root" --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*' -c . | docker import - "$debian" > /dev/null
fi

# $1 = folder under base-images, the rest: files of this machine that go into it. Sets `image`.
build() {
  local name=$1
  shift
  local context="$scratch/$name"
  cp -r "base-images/$name" "$context"
  for file in "$@"; do cp -rL "${file#*=}" "$context/${file%%=*}"; done
  image="hodei-base-$name:$( (echo "$debian"; cd "$context" && find . -type f ! -path './npm/*' | sort | xargs sha256sum) | digest)"
  has "$image" && return
  echo "making $image" >&2
  docker build --network host --build-arg DEBIAN="$debian" -t "$image" "$context" > "$scratch/log" 2>&1 || { tail -30 "$scratch/log" >&2; exit 1; }
}

certificates=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
build node "node=$node" "npm=$npm" "certificates.crt=$certificates"
echo "export HODEI_BASE_IMAGE=$image"
build postgres
echo "export HODEI_POSTGRES_IMAGE=$image"
build nats
echo "export HODEI_NATS_IMAGE=$image HODEI_NATS_JETSTREAM=./deploy/nats/jetstream-2.9.conf"
build prometheus
echo "export HODEI_PROMETHEUS_IMAGE=$image"
