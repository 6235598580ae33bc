#!/usr/bin/env bash
# Makes what secure.yml needs: an authority of this cluster's own, certificates of NATS and PostgreSQL, and a password for each user.
#   deploy/compose/make-secrets.sh [FOLDER] [HOST…]     default: deploy/compose/secrets; HOST: further names they are reached by
# What is there stays; to change a secret, delete its file and run this again. Certificates are made for 825 days.
set -euo pipefail
umask 077
folder=${1:-$(dirname "$0")/secrets}
[ $# -gt 0 ] && shift
command -v openssl > /dev/null || { echo "openssl is missing; type: apt-get install openssl" >&2; exit 1; }
mkdir -p "$folder"
cd "$folder"

if [ ! -s ca.key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -keyout ca.key -out ca.crt -subj "/CN=Hodei cluster" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" 2> openssl.log || { cat openssl.log >&2; exit 1; }
  rm -f nats.crt postgres.crt
fi

for server in nats postgres; do
  [ -s "$server.crt" ] && continue
  names="DNS:$server,DNS:localhost,IP:127.0.0.1"
  for host in "$@"; do names="$names,DNS:$host"; done
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$server.key" -out "$server.csr" -subj "/CN=$server" 2> openssl.log \
    && openssl x509 -req -in "$server.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 825 -out "$server.crt" \
      -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n' "$names") 2> openssl.log \
    || { cat openssl.log >&2; exit 1; }
  rm "$server.csr"
done
rm -f openssl.log

# $1 = a name. Letters and digits, so that no file that it stands in has to quote it.
password() { [ -s "$1.password" ] || openssl rand -hex 24 > "$1.password"; }
for user in selector provisioner health registry cli submitter; do password "nats-$user"; done
for user in hodei hodei_selector hodei_provisioner hodei_health hodei_registry; do password "postgres-$user"; done

for user in selector provisioner health registry cli submitter; do
  echo "${user}_password: \"$(cat "nats-$user.password")\""
done > nats-passwords.conf
# As libpq and node-postgres read it: host:port:database:user:password.
for user in hodei hodei_selector hodei_provisioner hodei_health hodei_registry; do
  echo "*:*:*:$user:$(cat "postgres-$user.password")" > "postgres-$user.pgpass"
done
echo "secrets are in $PWD"
