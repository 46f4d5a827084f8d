# Sourced by test/demo/run: watching the campaign until all that can go on has gone on, and killing one
# of its workers half-way.

# look: read progress.sql and the crowd's numbers into variables; false while the server is away.
look() {
    local line
    line=$(sql -At -F ' ' -f test/demo/progress.sql 2>/dev/null) && [[ -n $line ]] || return 1
    read -r enrolled visited invited accepted messaged replied queued processing deferred inside scheduler dispatcher <<<"$line"
    coming=1
    [[ ! -s $stage/crowd.told ]] || read -r _ _ _ coming <"$stage/crowd.told"
}

show() {
    local spent=$((SECONDS - began))
    if ((live)); then
        redraw "visited   $(bar "$visited" "$enrolled") $visited" \
            "invited   $(bar "$invited" "$enrolled") $invited" \
            "accepted  $(bar "$accepted" "$enrolled") $accepted" \
            "messaged  $(bar "$messaged" "$enrolled") $messaged" \
            "replied   $(bar "$replied" "$enrolled") $replied" \
            "${faint}queued $queued · on their way $processing · deferred $deferred$plain" \
            "${faint}scheduler $scheduler · dispatcher $dispatcher · $spent s$plain"
    elif ((spent >= said + 3)); then
        said=$spent
        say "$(printf '%3d s  visited %s, invited %s, accepted %s, messaged %s, replied %s; queued %s, on their way %s, deferred %s' \
            "$spent" "$visited" "$invited" "$accepted" "$messaged" "$replied" "$queued" "$processing" "$deferred")"
    fi
}

returned() {
    local pid
    pid=$(ask "SELECT pid FROM campaign.worker_status WHERE kind = 'dispatcher' AND pid <> $dispatcher") || return 1
    [[ -n $pid ]] && dispatcher=$pid
}

# The server takes the violent end of one of its processes for a crash, as it must: shared memory may be
# damaged. It ends all sessions, recovers from its log, and starts the workers again.
kill_dispatcher() {
    local lines old=$dispatcher began_ms=${EPOCHREALTIME/./}
    local server
    server=$(head -n 1 "$stage/data/postmaster.pid")
    grep -qE "^PPid:[[:space:]]+$server$" "/proc/$old/status" 2>/dev/null || fail "process $old is not the server's"
    lines=$(wc -l <"$stage/server.log")
    kill -9 "$old" || fail "could not kill process $old"
    say ''
    say "${bold}kill -9 $old${plain}: that was the dispatcher, with $processing requests on their way"
    within 45 returned || fail 'the server has not come back within 45 s'
    tail -n +"$((lines + 1))" "$stage/server.log" |
        grep -E 'signal 9|terminating any other|interrupted|not properly shut down|redo done|ready to accept' |
        sed -E 's/^[^ ]+ ([0-9:]+)\.[0-9]+ [^]]*\] [a-z ]+ LOG: +/\1 /; s/ system usage:.*//' |
        while IFS= read -r line; do
            say "$faint$line$plain"
        done
    say "back after $(((${EPOCHREALTIME/./} - began_ms) / 1000)) ms; the new dispatcher is $dispatcher, and the campaign goes on"
}

join() {
    local results
    results=$(sql -At -f test/demo/join.sql) || fail 'the others could not be enrolled'
    say "The rest of the list joins in: ${results//$'\n'/, }."
    say ''
}

# Until nobody is inside but those who wait for the next window of a quota, and the crowd has no plans.
watch_campaign() {
    local killed=0 urged=0 away=0 said=0 calm=0
    began=$SECONDS
    while ((calm < 2)); do
        ((SECONDS - began < 150)) || fail "after 150 s there are still $inside people inside who are not deferred"
        kill -0 "$crowd" 2>/dev/null || fail "the crowd has ended: $(tail -n 3 "$stage/crowd.out")"
        if ! look; then
            ((++away < 60)) || fail 'the server does not answer'
            sleep 0.5
            continue
        fi
        away=0
        show
        # Before any quota is near its end: a repeat is debited again, and waits behind what was queued before.
        if ((!killed && processing > 0 && invited >= 250)); then
            kill_dispatcher
            join
            killed=1
        fi
        # All has gone out that may: now those write who wait for a message that waits for its quota.
        if ((killed && !urged && queued == 0 && processing == 0 && coming == 0)); then
            kill -USR1 "$crowd"
            urged=1
            sleep 1
            continue
        fi
        calm=$((urged && enrolled > 0 && inside == 0 && queued == 0 && processing == 0 && coming == 0 ? calm + 1 : 0))
        sleep 0.5
    done
    ((live)) || said=-3
    show
}
