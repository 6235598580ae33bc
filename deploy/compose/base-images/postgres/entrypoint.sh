#!/bin/sh
# An empty volume gets a data directory with the user, password and database that the environment names; then the command runs.
set -eu
export PGDATA=/var/lib/postgresql/15/data
if [ ! -s "${PGDATA}/PG_VERSION" ]; then
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then POSTGRES_PASSWORD="$(cat "${POSTGRES_PASSWORD_FILE}")"; fi
  mkdir -p "${PGDATA}"
  printf '%s\n' "${POSTGRES_PASSWORD}" > /tmp/password
  initdb --username="${POSTGRES_USER}" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 > /dev/null
  rm /tmp/password
  echo 'host all all all scram-sha-256' >> "${PGDATA}/pg_hba.conf"
  echo "CREATE DATABASE \"${POSTGRES_DB}\";" | postgres --single -j postgres > /dev/null
fi
exec "$@" -c listen_addresses='*'
