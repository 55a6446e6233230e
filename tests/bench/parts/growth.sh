# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Measures what grows with the number of states, netns and distinct failures.

# run_with NAME SPI [OPTION...]: what a start costs, and an error that is not sent
run_with() {
    name=$1 spi=$2
    shift 2
    begin --rate 1 "$@"
    result "$name/ready" $((ready_ns / 1000)) us
    result "$name/rss" "$(rss)" KiB
    result "$name/maps" "$(maps)" KiB
    errors "$name/error" "$spi"
    finish
    result "$name/stop" $((stop_ns / 1000)) us
}

# States and policies that are there before the start, a fifth as many of the latter.
grow_states() {
    ip netns add many
    have=0
    for count in 10 1000 10000 100000; do
        [ $count -le "$ALL" ] || continue
        lab-send in many lab-send storm count=$((count - have)) from=$have shuffle=0 >/dev/null
        policies add $((have / 5)) $(((count - have) / 5))
        have=$count
        run_with "states/$count" 0x904
        result "states/$count/mirrored" "$(of states)" states
        result "states/$count/policies" "$(of policies)" policies
    done
    ip netns delete many
}

grow_netns() {
    have=0
    for count in 1 100 1000; do
        while [ $have -lt $count ]; do
            ip netns add g.$have
            have=$((have + 1))
        done
        run_with "netns/$count" 0x905
    done
    while [ $have -gt 0 ]; do
        have=$((have - 1))
        ip netns delete g.$have
    done
}

# Failures that have a row each.
grow_rows() {
    for count in 1 1000 100000; do
        begin --rate 1 --max-errors 131072
        on a lab-send flood src=$A dst=$B from=10.66.0.0 count=$count >/dev/null
        quiet
        errors "rows/$count/error" 0x906
        result "rows/$count/rss" "$(rss)" KiB
        result "rows/$count/maps" "$(maps)" KiB
        finish
    done
}

part_growth() {
    grow_states
    grow_rows
    grow_netns
}
