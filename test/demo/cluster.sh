# Sourced by test/demo/run after scripts/server_user.sh: the server and the receiver of the demo, in a
# stage of its own. build/demo/stage names it for as long as they run; whoever ends it is test/demo/stop.

# fail TEXT: say what went wrong, with the end of the server's log, end everything, and give up.
fail() {
    printf '\ndemo: %s\n' "$1" >&2
    if [[ -n ${stage:-} && -s $stage/server.log ]]; then
        cp "$stage/server.log" build/demo/server.log
        printf 'demo: the end of the log of the server, all of which is in build/demo/server.log:\n' >&2
        # without what was said to those who came during a recovery
        grep -vE 'not yet accepting|in recovery mode|Consistent recovery' "$stage/server.log" | tail -n 15 >&2
    fi
    exit 1
}

# within SECONDS COMMAND...: try until it succeeds; false when it has not in that time.
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < until)) || return 1
        sleep 0.1
    done
}

# The user of the servers may not be able to enter the checkout.
in_stage() (
    cd "$stage" || exit 1
    as_server_user "$@"
)

# Nothing of this is reachable from elsewhere: the server has a Unix socket in a folder that only its
# user enters, the receiver listens on 127.0.0.1.
start_server() {
    local bin=$stage/build/pg/bin
    in_stage "$bin/initdb" -D "$stage/data" -U demo -A trust -E UTF8 --locale=C.UTF-8 \
        >"$stage/initdb.log" 2>&1 || fail "initdb failed: $(tail -n 3 "$stage/initdb.log")"
    cat >>"$stage/data/postgresql.conf" <<CONF
shared_preload_libraries = 'campaign'
campaign.private_networks = '127.0.0.0/8, ::1'
listen_addresses = ''
unix_socket_directories = '$stage'
port = 5432
max_connections = 30
restart_after_crash = on
log_line_prefix = '%m [%p] %b '
log_timezone = 'UTC'
CONF
    in_stage "$bin/pg_ctl" -s -w -t 30 -D "$stage/data" -l "$stage/server.log" start \
        >/dev/null 2>&1 || fail 'the server does not start'
    in_stage "$bin/createdb" -h "$stage" -p 5432 -U demo demo || fail 'createdb failed'
}

# Idempotent, and so slow that a campaign of a minute has something on its way at any time.
start_sink() {
    # It survives the terminal; its shell writes the process id and becomes it.
    # shellcheck disable=SC2016
    in_stage setsid sh -c 'echo $$ >"$0/sink.pid"; exec "$0/build/sink/sink" --idempotent --log "$0/sink.log"' \
        "$stage" >"$stage/sink.out" 2>&1 </dev/null &
    within 10 grep -q '^listening' "$stage/sink.out" ||
        fail "the receiver does not listen: $(cat "$stage/sink.out")"
    sink_port=$(sed -n 's/^listening //p' "$stage/sink.out")
}

start_crowd() {
    PGUSER=crowd test/demo/crowd "$stage/sink.log" "$stage/crowd.told" >"$stage/crowd.out" 2>&1 </dev/null &
    crowd=$!
}

# psql as the demo calls it: quiet, without anybody's settings, and not for ever.
sql() {
    timeout 60 "$stage/build/pg/bin/psql" -X -q -v ON_ERROR_STOP=1 "$@"
}

# ask SQL: the answer, fields parted by blanks; empty and false where there is none.
ask() {
    sql -At -F ' ' -c "$1" 2>/dev/null
}
