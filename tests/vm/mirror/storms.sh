# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Many states at once, in several netns, and errors meanwhile.

STORM='storm.1 storm.2 storm.3 storm.4'

# Errors of packets whose SPIs others have, in all netns of a storm.
errors_begin() {
    errors=
    for one in $STORM; do
        lab-send in "$one" lab-send raw src=127.0.0.1 dst=127.0.0.1 spi=0x10100 count=100000 interval=5 >/dev/null &
        errors="$errors $!"
    done
}

errors_end() {
    # shellcheck disable=SC2086
    kill $errors
    # shellcheck disable=SC2086
    wait $errors
    sleep 1
}

# storm_begin WORD...: in all netns at once
storm_begin() {
    storms=
    for one in $STORM; do
        lab-send in "$one" lab-send storm "$@" "seed=${one#storm.}" >>"/out/$case/storms" &
        storms="$storms $!"
    done
}

storm_end() {
    for one in $storms; do
        wait "$one" || record "$case: a storm failed: $?"
    done
}

storm_netns() {
    for one in $STORM; do
        ip netns add "$one"
        ip -n "$one" link set lo up
    done
}

# xfrm-snap is asked first: it takes from a list what it lacks.
storm_result() {
    asked states.json show states --json
    asked states-s show states -s
    # shellcheck disable=SC2086
    listed $STORM
    lab-send counters tag=after >"/out/$case/counters"
    stop snap
    # shellcheck disable=SC2086
    forget $STORM
}
