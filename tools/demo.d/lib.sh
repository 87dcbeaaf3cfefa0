# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What every step of the demo uses: progress with timings, waiting for a condition, starting and ending programs.

pids=()
failures=0
lost=()
# shellcheck disable=SC2034 # used by steps.sh
t0=$(date +%s%N)

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\033[1m' dim=$'\033[2m' red=$'\033[31m' green=$'\033[32m' yellow=$'\033[33m' plain=$'\033[0m'
else
    bold='' dim='' red='' green='' yellow='' plain=''
fi

seconds() { # since $1 (nanoseconds), with one decimal
    local ms=$((($(date +%s%N) - $1) / 1000000))
    printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}

banner() {
    printf '%sHallmark demo%s: from declaration to label, with the real programs. Network: %s.\n' "$bold" "$plain" "$net_words"
    local l
    for l in "${lost[@]}"; do printf '  %snot shown here:%s %s\n' "$yellow" "$plain" "$l"; done
}

step() { # a numbered step begins
    step_t0=$(date +%s%N)
    printf '\n%s%s%s\n' "$bold" "$*" "$plain"
}

note() { printf '   %s%5ss%s  %s\n' "$dim" "$(seconds "$step_t0")" "$plain" "$*"; }
good() { printf '   %s%5ss%s  %s✓%s %s\n' "$dim" "$(seconds "$step_t0")" "$plain" "$green" "$plain" "$*"; }
bad() {
    printf '   %s%5ss%s  %s✗ %s%s\n' "$dim" "$(seconds "$step_t0")" "$plain" "$red" "$*" "$plain"
    failures=$((failures + 1))
}

# Run a command; its output goes to a log that is shown when it fails.
run() {
    local log=$work/last.log
    if ! "$@" >"$log" 2>&1; then
        bad "failed: ${*##*/}"
        sed 's/^/          /' "$log" >&2
        return 1
    fi
}

# The command must fail. A success is the demo's failure.
refuse() {
    if "$@" >"$work/last.log" 2>&1; then
        bad "should have been refused: $*"
        return 1
    fi
}

# forge AFTER IN OUT: change the fifth character behind the first AFTER, whatever it is, into another letter.
forge() {
    python3 -c '
import sys
after, old, new = sys.argv[1:]
text = open(old, encoding="ascii").read()
at = text.index(after) + len(after) + 4
open(new, "w", encoding="ascii").write(text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1:])' "$@"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.1
    done
}

# start NAME PLACE COMMAND...: in the background, in the namespace of the place, output in a log. ip(8) becomes the command,
# so that the pid we end later is the program's own.
start() {
    local log=$out/log/$1.log place=$2 in=()
    shift 2
    [ "$net_mode" != namespaces ] || in=(ip netns exec "$(ns_name "$place")")
    "${in[@]}" "$@" >"$log" 2>&1 </dev/null &
    pids+=("$!")
}

stop_pid() {
    kill -TERM "$1" 2>/dev/null || return 0
    local left=50
    while [ $((left--)) -gt 0 ]; do
        kill -0 "$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null || true
}

finish() {
    local status=$1 pid
    trap - EXIT INT TERM
    for pid in "${pids[@]}"; do stop_pid "$pid"; done
    wait 2>/dev/null || true
    net_remove
    if [ -n "${KEEP:-}" ]; then
        echo "kept: $work"
    else
        rm -rf "$work"
    fi
    if [ "$status" -ne 0 ] || [ "$failures" -ne 0 ]; then
        printf '\n%sThe demo did not go through%s (status %d, %d failed). Logs: %s\n' "$red" "$plain" "$status" "$failures" "$out/log"
        [ "$status" -ne 0 ] || status=1
    fi
    exit "$status"
}
