# shellcheck shell=bash
# What the scripts share: speaking, timing, and throw-away clusters. Sourced, never run.
# Inside a sandbox (scripts/sandbox) these are set: HDP_WORK, a scratch directory of ours, removed at the end; PG_CONFIG,
# of a private copy of PostgreSQL; and the current directory, a copy of the sources.

say() { printf '%s\n' "$*"; }
fail() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# The major version of PostgreSQL that sandboxes hold.
pg_major=${HDP_PG_MAJOR:-15}

# packages [PACKAGE...]: the Debian packages that building and running the extension takes, and more.
packages() { say "postgresql-$pg_major postgresql-server-dev-$pg_major make g++ libsodium-dev libssl-dev coinor-libclp-dev $*"; }

# quietly LOG COMMAND...: runs it with its output in the log and leaves its status in $status. Never to be tested itself:
# in `if quietly` or `quietly ||` bash would ignore errexit all the way down, and a failing command would pass.
quietly() {
    local log=$1
    shift
    status=0
    "$@" >"$log" 2>&1 &
    wait "$!" || status=$?
}

# step TITLE COMMAND...: says what it does and how long it took; shows the command's output only when it fails.
step() {
    local title=$1 log=$HDP_WORK/step.log started=$SECONDS
    shift
    printf '%s ... ' "$title"
    quietly "$log" "$@"
    if [ "$status" -eq 0 ]; then
        printf '%d s\n' $((SECONDS - started))
    else
        printf 'failed after %d s\n' $((SECONDS - started))
        tail -n 60 "$log" >&2
        exit 1
    fi
}

build_and_install() {
    make --silent -j2 WERROR=1 PG_CONFIG="$PG_CONFIG"
    make --silent install PG_CONFIG="$PG_CONFIG"
}

# Points psql and friends to the cluster of this name, as superuser postgres.
use_cluster() { export PGHOST=$HDP_WORK/$1-socket PGPORT=5432 PGUSER=postgres PGDATABASE=postgres; }

# start_cluster NAME [SETTING...]: a cluster of our own with the extension preloaded, reachable only through a socket in a
# directory that nobody else may enter (hence trust).
start_cluster() {
    local name=$1 bin
    shift
    bin=$("$PG_CONFIG" --bindir)
    mkdir -m 0700 "$HDP_WORK/$name-socket"
    "$bin/initdb" --pgdata="$HDP_WORK/$name" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync
    {
        say "listen_addresses = ''"
        say "unix_socket_directories = '$HDP_WORK/$name-socket'"
        say "shared_preload_libraries = 'health_dp'"
        printf '%s\n' "$@"
    } >>"$HDP_WORK/$name/postgresql.conf"
    "$bin/pg_ctl" --pgdata="$HDP_WORK/$name" --log="$HDP_WORK/$name.log" --wait start
}

# A line as key providers give it, with a root key like no other.
new_root() { say "health_dp-root-1 $(od -An -v -tx1 -N32 /dev/urandom | tr -d ' \n')"; }

# key_settings NAME: a root key and an empty directory for a key store, as settings of a server's.
key_settings() {
    mkdir -m 0700 "$HDP_WORK/$1-keys"
    (umask 077 && new_root >"$HDP_WORK/$1-root")
    say "health_dp.key_provider = 'file:$HDP_WORK/$1-root'"
    say "health_dp.key_store = '$HDP_WORK/$1-keys'"
}

stop_cluster() { "$("$PG_CONFIG" --bindir)/pg_ctl" --pgdata="$HDP_WORK/$1" --mode=fast --wait stop; }
