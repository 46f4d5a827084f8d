# Sourced by scripts that start servers, from the top of the checkout.
#
# A PostgreSQL server refuses to run as root. Run by root, everything that
# starts one uses the user `postgres`, which the package made; run by anybody
# else, it uses that user. Such a user may not be able to read the checkout, so
# servers and tests run in a stage: a folder of its own under /tmp, whose short
# name also keeps Unix sockets under their limit of 107 bytes.

# as_server_user COMMAND...: run it as the user of the servers.
as_server_user() {
    if ((EUID == 0)); then
        setpriv --reuid=postgres --regid=postgres --init-groups \
            env HOME=/tmp USER=postgres LOGNAME=postgres TMPDIR=/tmp "$@"
    else
        TMPDIR=/tmp "$@"
    fi
}

# make_stage: make a stage that holds the tests, the programs they need and the
# private server, and print its path. Needs `scripts/server` to have run.
make_stage() {
    local stage program
    stage=$(mktemp -d /tmp/campaign.XXXXXX)
    mkdir "$stage/build" "$stage/tmp"
    cp -R test expected docs README.md campaign.control "$stage"
    for program in sink bench; do
        if [[ -d build/$program ]]; then
            cp -R "build/$program" "$stage/build"
        fi
    done
    if [[ -x build/unit/simulate ]]; then
        mkdir "$stage/build/unit"
        cp build/unit/simulate "$stage/build/unit"
    fi
    ((EUID != 0)) || chown -R postgres: "$stage"
    place_server "$stage" build/pg
    [[ ! -d build/faults/build/pg ]] || place_server "$stage" build/faults/build/pg
    echo "$stage"
}

# place_server STAGE FOLDER: give the stage what is in this folder, which the
# server's user only reads. A copy keeps its times.
place_server() {
    mkdir -p "$1/${2%/*}"
    if as_server_user test -x "$PWD/$2/bin/postgres"; then
        ln -s "$PWD/$2" "$1/$2"
    else
        cp -a "$2" "$1/$2"
    fi
}

# remove_stage STAGE: stop the servers that still run in it, and delete it.
remove_stage() {
    local stage=$1 pidfile
    while IFS= read -r pidfile; do
        as_server_user "$stage/build/pg/bin/pg_ctl" -s -w -m immediate \
            -D "${pidfile%/*}" stop || true
    done < <(find "$stage" -name postmaster.pid)
    rm -rf "$stage"
}
