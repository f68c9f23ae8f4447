# Starts processes in the background, waits for them, ends them. Sourced by scripts/run.sh.
#
# Only processes started here are ended, each by its id. Logs are in logs/NAME.out and NAME.log of
# the working directory. The caller sets $state, $keep and a trap on EXIT that calls `finish $?`.

declare -A pids=()
order=()
culprit=

# start NAME COMMAND: runs it in the background.
start() {
    local name=$1
    shift
    "$@" >"logs/$name.out" 2>>"logs/$name.log" </dev/null &
    pids[$name]=$!
    order+=("$name")
}

runs() { kill -0 "${pids[$1]}" 2>/dev/null; }

# wait_for NAME SECONDS COMMAND: until COMMAND succeeds; fails when NAME ends or takes too long.
wait_for() {
    local name=$1 patience=$2 began=$SECONDS
    shift 2
    until "$@" 2>/dev/null; do
        runs "$name" || fail "$name ended"
        if [ $((SECONDS - began)) -ge "$patience" ]; then
            culprit=$name
            fail "$name was not ready in $patience s"
        fi
        sleep 0.05
    done
}

# end NAME: asks it to end, and makes it after 20 seconds.
end() {
    local name=$1 pid=${pids[$1]:-} tries=0
    [ -n "$pid" ] || return 0
    unset "pids[$name]"
    kill -TERM "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -ge 400 ]; then
            kill -KILL "$pid" 2>/dev/null || true
            break
        fi
        sleep 0.05
    done
    wait "$pid" 2>/dev/null || true
}

# fail MESSAGE: the step cannot go on; `finish` shows why.
fail() {
    printf '\nrun.sh: %s\n' "$*" >&2
    exit 1
}

# watch_services: returns only if one of them ends by itself.
watch_services() {
    local name
    while true; do
        for name in "${!pids[@]}"; do
            runs "$name" || fail "$name ended by itself"
        done
        # In the background, so that a signal is served at once.
        sleep 1 &
        wait $! || true
    done
}

# finish STATUS: after a failure the last lines of who ended or was late, or else of all; then ends
# everything.
finish() {
    local status=$1 name blamed=()
    trap - EXIT
    trap '' INT TERM HUP
    if [ "$status" -ne 0 ] && [ "$status" -ne 130 ]; then
        for name in "${!pids[@]}"; do
            if [ "$name" = "$culprit" ] || ! runs "$name"; then
                blamed+=("$name")
            fi
        done
        [ ${#blamed[@]} -gt 0 ] || blamed=("${!pids[@]}")
        for name in "${blamed[@]}"; do
            [ -s "logs/$name.log" ] || continue
            printf '\n--- last lines of %s\n' "$state/logs/$name.log" >&2
            tail -n 12 "logs/$name.log" >&2 || true
        done
    fi
    local index
    for ((index = ${#order[@]} - 1; index >= 0; index--)); do
        end "${order[index]}"
    done
    cd /
    if [ -n "$keep" ]; then
        printf 'kept: %s\n' "$state"
    elif [ "$status" -ne 0 ] && [ "$status" -ne 130 ]; then
        printf 'left for you to look at: %s\n' "$state" >&2
    else
        rm -rf "$state"
    fi
    exit "$status"
}
