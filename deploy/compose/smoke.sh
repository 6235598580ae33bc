#!/usr/bin/env bash
# Brings the compose cluster up for real, uses it from outside, breaks it in the middle, and takes it away again.
#   smoke.sh          the plain cluster; scaled, restarted, with containers of this host
#   smoke.sh secure   with deploy/compose/secure.yml
# On a machine that reaches no image registry it makes its base images (base-images.sh); with HODEI_SMOKE_PULL=1 it takes the pinned ones.
set -euo pipefail
cd "$(dirname "$0")/../.."

mode=${1:-plain}
[ "$mode" = plain ] || [ "$mode" = secure ] || { echo "smoke.sh $mode: write plain or secure" >&2; exit 2; }
node=${HODEI_NODE:-$(command -v node)}
project="hodei-smoke-$$"
scratch=$(mktemp -d)
step() { printf '%s\n' "--- $*"; }
fail() { printf 'smoke: %s\n' "$*" >&2; exit 1; }

if docker compose version > /dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
"${compose[@]}" version > /dev/null || fail "neither docker compose nor docker-compose is there; type: apt-get install docker-compose"
files=(-f docker-compose.yml)
[ "$mode" = plain ] || files+=(-f deploy/compose/secure.yml)
dc() { "${compose[@]}" -p "$project" "${files[@]}" "$@"; }

# Another port each time: a cluster of the user's own may be up.
ports=$("$node" -e '
  const servers = Array.from({ length: 6 }, () => require("node:net").createServer().listen(0, "127.0.0.1"));
  Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve)))).then(() => {
    console.log(servers.map((server) => server.address().port).join(" "));
    for (const server of servers) server.close();
  });')
read -r HODEI_POSTGRES_PORT HODEI_NATS_PORT HODEI_API_PORT HODEI_PROMETHEUS_PORT HODEI_TEMPO_PORT HODEI_GRAFANA_PORT <<< "$ports"
export HODEI_POSTGRES_PORT HODEI_NATS_PORT HODEI_API_PORT HODEI_PROMETHEUS_PORT HODEI_TEMPO_PORT HODEI_GRAFANA_PORT
export HODEI_CLI_IMAGE=hodei-cli:smoke HODEI_REGISTRY_IMAGE=hodei-registry:smoke HODEI_SELECTOR_IMAGE=hodei-selector:smoke
export HODEI_HEALTH_IMAGE=hodei-health:smoke HODEI_PROVISIONER_IMAGE=hodei-provisioner:smoke

[ "${HODEI_SMOKE_PULL:-0}" = 1 ] || eval "$(HODEI_NODE="$node" deploy/compose/base-images.sh)"

clean_up() {
  local status=$?
  if [ "$status" != 0 ]; then dc ps >&2 || true; dc logs --tail=40 >&2 || true; fi
  dc down --volumes --remove-orphans --timeout 15 > "$scratch/down.log" 2>&1 || { cat "$scratch/down.log" >&2; status=1; }
  rm -rf "$scratch"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

services=(postgres nats registry selector health provisioner prometheus)
tempo=${HODEI_TEMPO_IMAGE:-grafana/tempo:3.0.3}
if [ "${HODEI_SMOKE_PULL:-0}" = 1 ] || docker image inspect "$tempo" > /dev/null 2>&1; then services+=(tempo); else export OTEL_EXPORTER_OTLP_ENDPOINT=; fi

# $1 = what is awaited, $2 = seconds, the rest: a command that succeeds once it is there.
await() {
  local what=$1 deadline=$((SECONDS + $2))
  shift 2
  until "$@" > "$scratch/await" 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || { cat "$scratch/await" >&2; fail "$what did not come"; }
    "$node" -e 'setTimeout(() => {}, 500)'
  done
}
healthy() { [ "$(docker ps -q --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" --filter health=healthy | wc -l)" = "$2" ]; }
all_healthy() { for each in postgres nats registry health provisioner; do healthy "$each" 1 || return 1; done; healthy selector "$1"; }
api="http://127.0.0.1:$HODEI_API_PORT"
if [ "$mode" = plain ]; then
  export HODEI_DATABASE_URL="postgres://hodei:hodei@127.0.0.1:$HODEI_POSTGRES_PORT/hodei"
  export HODEI_NATS_URL="nats://127.0.0.1:$HODEI_NATS_PORT"
else
  export HODEI_SECRETS_FOLDER="$scratch/secrets"
  deploy/compose/make-secrets.sh "$HODEI_SECRETS_FOLDER"
  export HODEI_DATABASE_URL="postgres://hodei@127.0.0.1:$HODEI_POSTGRES_PORT/hodei?sslmode=verify-full&sslrootcert=$HODEI_SECRETS_FOLDER/ca.crt"
  export PGPASSFILE="$HODEI_SECRETS_FOLDER/postgres-hodei.pgpass"
  export HODEI_NATS_URL="tls://127.0.0.1:$HODEI_NATS_PORT" HODEI_NATS_USER=cli
  export HODEI_NATS_PASSWORD="file:$HODEI_SECRETS_FOLDER/nats-cli.password" HODEI_NATS_CA="$HODEI_SECRETS_FOLDER/ca.crt"
fi
hodei() { "$node" apps/cli/bin/hodei.js "$@"; }
# $1 = a job, $2 = a state
is() { hodei jobs get "$1" --json | grep -q "\"state\": \"$2\""; }
get() { "$node" -e 'fetch(process.argv[1]).then(async (answer) => { console.log(await answer.text()); process.exit(answer.ok ? 0 : 1); })' "$1"; }
expect() { [[ "$2" == *"$3"* ]] || fail "$1: expected \"$3\", found \"$2\""; }

step "images"
# $1 = image, the rest: arguments. As `docker compose build`, but over this machine's own network, which is there whatever became of the bridge.
build() {
  local image=$1
  shift
  docker build --network host -t "$image" "$@" > "$scratch/build.log" 2>&1 || { tail -40 "$scratch/build.log" >&2; fail "$image cannot be built"; }
}
base=(${HODEI_BASE_IMAGE:+--build-arg "BASE_IMAGE=$HODEI_BASE_IMAGE"})
build "$HODEI_CLI_IMAGE" "${base[@]}" --target cli .
for service in registry selector health provisioner; do
  variable="HODEI_${service^^}_IMAGE"
  build "${!variable}" "${base[@]}" --build-arg "SERVICE=$service" .
done
step "up"
dc up -d "${services[@]}" > "$scratch/up.log" 2>&1 || { cat "$scratch/up.log" >&2; fail "up failed"; }
await "a healthy cluster" 180 all_healthy 1
get "$api/readyz"

step "the API, with and without a token"
# $1 = a call, $2 = its request, $3 = a token or nothing; prints the status and the answer.
call() { "$node" -e '
  const [url, body, token] = process.argv.slice(1);
  fetch(url, { method: "POST", body, headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) } })
    .then(async (answer) => console.log(answer.status, await answer.text()));' "$api/hodei.v1.$1" "$2" "${3:-}"; }
expect "a call without a token" "$(call JobService/ListJobs '{}')" "401 "
viewer=$(dc run --rm -T cli tokens create smoke-viewer --role viewer 2> /dev/null)
admin=$(hodei tokens create smoke-admin --role admin 2> /dev/null)
expect "a viewer's read" "$(call JobService/ListJobs '{}' "$viewer")" "200 "
expect "a viewer's submission" "$(call JobService/SubmitJob '{"spec":{"command":["true"]}}' "$viewer")" "403 "
expect "an administrator's list" "$(call TokenService/ListTokens '{}' "$admin")" "smoke-viewer"
expect "the CLI by the API" "$(HODEI_TOKEN="$viewer" hodei providers list --server "$api")" "local"
hodei tokens revoke smoke-viewer
expect "a revoked token" "$(call JobService/ListJobs '{}' "$viewer")" "401 "

step "no privilege, nothing published but on loopback"
for container in $(dc ps -q "${services[@]}"); do
  found=$(docker inspect -f '{{.Name}} read-only={{.HostConfig.ReadonlyRootfs}} privileged={{.HostConfig.Privileged}} {{.HostConfig.SecurityOpt}} {{.HostConfig.CapDrop}}{{range $port, $to := .HostConfig.PortBindings}}{{range $to}} {{.HostIp}}{{end}}{{end}}' "$container")
  [[ "$found" =~ ^/[^\ ]+\ read-only=true\ privileged=false\ \[no-new-privileges:true\]\ \[ALL\](\ 127\.0\.0\.1)*$ ]] || fail "a container has more than it needs: $found"
done
[ "$(dc exec -T selector id -u)" = 10001 ] || fail "the selector runs as another user than 10001"

step "a job from outside"
hello=$(hodei run -- sh -c 'echo "hello from $HODEI_PROVIDER as $(id -u)"')
expect "the job's output" "$hello" "hello from local as 10001"

if [ "$mode" = secure ]; then
  step "an upgrade's migration and roles, again, and a job after it"
  dc up -d --force-recreate "${services[@]}" > "$scratch/up.log" 2>&1 || { cat "$scratch/up.log" >&2; fail "the second up failed"; }
  await "a healthy cluster again" 180 all_healthy 1
  expect "a job's output" "$(hodei run -- echo again)" again
  step "a stranger is not let in"
  if (unset HODEI_NATS_USER HODEI_NATS_PASSWORD; hodei run --detach -- true > "$scratch/stranger" 2>&1); then fail "NATS took a job from a stranger"; fi
  if (HODEI_DATABASE_URL="postgres://hodei@127.0.0.1:$HODEI_POSTGRES_PORT/hodei?sslmode=disable" hodei jobs list > "$scratch/stranger" 2>&1); then fail "PostgreSQL answered without TLS"; fi
  step "all of it worked"
  exit 0
fi

step "two selectors"
dc up -d --no-recreate --scale selector=2 "${services[@]}" > "$scratch/up.log" 2>&1 || { cat "$scratch/up.log" >&2; fail "scaling failed"; }
await "a second healthy selector" 120 all_healthy 2
targets() { [ "$(get "http://127.0.0.1:$HODEI_PROMETHEUS_PORT/api/v1/query?query=sum(up%7Bjob=%22selector%22%7D)" | grep -o '"2"')" = '"2"' ]; }
await "Prometheus to scrape both selectors" 60 targets
for number in $(seq 1 6); do hodei run --detach -- true > /dev/null; done
hodei providers list

step "NATS and PostgreSQL restart while a job runs"
long=$(hodei run --detach -- sh -c 'while [ ! -e "$HOME/go" ]; do sleep 0.2; done; echo survived')
await "the job to run" 60 is "$long" RUNNING
dc restart nats > /dev/null 2>&1
dc restart postgres > /dev/null 2>&1
await "a healthy cluster again" 120 all_healthy 2
dc exec -T provisioner touch /var/lib/hodei/go
await "the job to succeed" 120 is "$long" SUCCEEDED
survivor() { [ "$(hodei jobs logs "$long")" = survived ]; }
await "its output" 30 survivor
everything() { hodei jobs list --json | "$node" -e '
  const { jobs } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  if (jobs.length !== 8 || jobs.some((job) => job.state !== "SUCCEEDED")) { console.log(jobs); process.exit(1); }'; }
await "all 8 jobs to succeed" 60 everything

if [[ " ${services[*]} " == *" tempo "* ]]; then
  step "the job's trace in Tempo"
  trace=$(hodei jobs get "$long" --json | grep -o '"traceparent": "00-[0-9a-f]*' | grep -o '[0-9a-f]*$')
  traced() { get "http://127.0.0.1:$HODEI_TEMPO_PORT/api/traces/$trace" | grep -q hodei-selector; }
  await "the trace $trace" 60 traced
fi

step "containers of this host"
worker_base=$(docker image ls --format '{{.Repository}}:{{.Tag}}' hodei-base-debian | head -1)
build hodei-jobs-worker:latest ${worker_base:+--build-arg "BASE_IMAGE=$worker_base"} deploy/worker
files+=(-f deploy/compose/docker.yml)
HODEI_DOCKER_GID=$(stat -c %g /var/run/docker.sock)
export HODEI_DOCKER_GID
dc up -d --scale selector=2 "${services[@]}" > "$scratch/up.log" 2>&1 || { cat "$scratch/up.log" >&2; fail "the override failed"; }
await "a healthy cluster with the socket" 120 all_healthy 2
# This job needs no network, and so does not depend on the state of the host's bridge.
sed 's#"socket_path"#"network": "none", "socket_path"#' deploy/compose/docker-provider.jsonc > "$scratch/provider.jsonc"
hodei providers add -f "$scratch/provider.jsonc"
inside=$(hodei run --provider-type docker -- sh -c 'echo "in a container of $HODEI_PROVIDER as $(id -un)"')
expect "the container's output" "$inside" "in a container of this-host as worker"

step "down"
dc stop > /dev/null 2>&1
for container in $(dc ps -q registry selector health provisioner); do
  code=$(docker inspect -f '{{.State.ExitCode}}' "$container")
  [ "$code" = 0 ] || fail "$(docker inspect -f '{{.Name}}' "$container") ended with $code, not in an orderly way"
done
step "all of it worked"
