#!/bin/sh
# Run once by the database image: the role of the program, beside the owner of the tables.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$EGATE_DB_APP_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
create role egate_app login password :'password';
create role egate_read;
SQL
