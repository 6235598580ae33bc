#!/bin/sh
# After each migration: the roles and grants of roles.sql, and the passwords that stand in files beside pgpass.
set -eu
folder=${1:-/run/hodei}
export PGPASSFILE="$folder/pgpass"
{
  cat "$(dirname "$0")/roles.sql"
  for role in hodei_registry hodei_selector hodei_health hodei_provisioner; do
    echo "ALTER ROLE $role PASSWORD '$(cat "$folder/$role")';"
  done
} | psql "$HODEI_DATABASE_URL" --no-psqlrc --quiet --set ON_ERROR_STOP=1
