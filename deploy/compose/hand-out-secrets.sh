#!/bin/sh
# Runs once, as root in a container with no network: gives each container a copy of its own secrets, and of nobody else's, owned by its user.
set -eu
from=/from
# $1 = folder of a container, $2 = its user, the rest: file=name there.
hand_out() {
  to=/to/$1
  user=$2
  shift 2
  for pair in "$@"; do
    cp "$from/${pair%%=*}" "$to/${pair#*=}"
    chmod 400 "$to/${pair#*=}"
    chown "$user" "$to/${pair#*=}"
  done
  chmod 500 "$to"
  chown "$user" "$to"
}
# A second run finds folders that it may no longer write otherwise than by its right to.
hand_out postgres 999:999 postgres.crt=server.crt postgres.key=server.key postgres-hodei.password=password
hand_out nats 0:0 nats.crt=server.crt nats.key=server.key nats-passwords.conf=passwords.conf
for service in registry selector health provisioner; do
  hand_out "$service" 10001:10001 ca.crt=ca.crt "nats-$service.password=nats.password" "postgres-hodei_$service.pgpass=pgpass"
done
hand_out operator 10001:10001 ca.crt=ca.crt nats-cli.password=nats.password postgres-hodei.pgpass=pgpass
hand_out roles 999:999 ca.crt=ca.crt postgres-hodei.pgpass=pgpass \
  postgres-hodei_registry.password=hodei_registry postgres-hodei_selector.password=hodei_selector \
  postgres-hodei_health.password=hodei_health postgres-hodei_provisioner.password=hodei_provisioner
