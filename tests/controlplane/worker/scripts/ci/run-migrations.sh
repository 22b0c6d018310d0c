#!/bin/sh
# Stands for a service's migrations: needs what the platform promises them, the database's address.
set -eu
echo "migrating ${POSTGRES_DB:?} at ${POSTGRES_HOST:?}"
