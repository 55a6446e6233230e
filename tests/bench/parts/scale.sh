# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The mirror of as many states as there may be, held against the kernel: rows that differ are a failure.

# storm WORD...: of states, in the netns that has many of them
storm() {
    lab-send in many lab-send storm "$@" >>/out/storms || problem "storm $*: $?"
}

# sizes NAME: memory
sizes() {
    result "$1/rss" "$(rss)" KiB
    result "$1/maps" "$(maps)" KiB
}

# exact NAME [STATES]: the mirror has what the kernel lists, but for so many states. Sets $kept.
exact() {
    for what in policies states; do
        without=0
        [ $what = policies ] || without=${2:-0}
        lab-send mirrored what=$what lack="$without" >/tmp/mirrored 2>&1 || problem "$1: $(cat /tmp/mirrored)"
        kept=$(sed -n 's/^kept \([0-9]*\) .*/\1/p' /tmp/mirrored)
        result "$1/$what" "$kept" rows
    done
}

# number_of NUMBER: the destination and the SPI of a state of the storm
number_of() {
    dst=10.$((128 + ($1 >> 16))).$(($1 >> 8 & 255)).$(($1 & 255)) spi=$((0x10000 + $1))
}

# explained NAME NUMBER TEXT...: the error of a packet with a state's destination and SPI has these texts in its line
explained() {
    name=$1
    number_of "$2"
    shift 2
    lab-send in many lab-send raw src=10.128.0.1 dst=$dst spi=$spi seq=1 >/dev/null
    sleep 1
    error=$(grep "\"spi\":\"$(printf 0x%08x $spi)\",\"seq\":1," /tmp/rest | tail -n 1)
    for text; do
        case $error in *"$text"*) ;; *) problem "$name: no $text in '$error'" ;; esac
    done
}

# ended NAME TEXT...: the run's last line has these texts
ended() {
    name=$1
    shift
    finish
    tail -n 1 /tmp/rest >"/out/summary"
    for text; do
        grep -qF "$text" /out/summary || problem "$name: no $text in $(cat /out/summary) $(tail -n 3 /tmp/err)"
    done
}

NONE_LOST='"lost":{"ring":0,"map_full":0,"states":0,"policies":0,"tc":0,"changes":0}'

# Half of ALL states and of the policies go that were there before the start, and half of as many that came after it:
# there are never many more than ALL. Then there are twice as many.
scale_run() {
    half=$((ALL / 2)) few=$((ALL / 10))
    storm count="$ALL" shuffle=0
    policies add 0 $((ALL / 5))
    begin --rate 1
    result scale/ready $((ready_ns / 1000)) us
    sizes scale/start
    for turn in 0 1; do
        storm from=$((ALL + turn * half)) count=$half update=100 seed=$turn &
        added=$!
        policies add $((2 * few + turn * few)) $few &
        allowed=$!
        storm from=$((turn * ALL)) count=$half add=0 delete=1000 seed=$turn &
        deleted=$!
        policies delete $((turn * 2 * few)) $few
        wait $added $allowed $deleted
        sizes scale/turn.$turn
    done
    exact scale/changed
    explained living $((ALL + half + 2)) '"match":"held"' '"cause":"malformed-payload"'
    explained old $((half + 2)) '"match":"held"'
    storm from=$((ALL + half + 6)) count=1 add=0 delete=1000
    explained deleted $((ALL + half + 6)) '"cause":"sa-deleted"' '"how":"netlink"'
    explained unknown $((5 * ALL)) '"match":"none"' '"cause":"sa-unknown"'
    storm from=$((2 * ALL)) count="$ALL" shuffle=0
    sizes scale/twice
    exact scale/twice
    ended scale '"complete":true' "$NONE_LOST"
}

# There is less room than there are states; then some go, and others come.
full_run() {
    few=$((ALL / 10))
    storm from=$((2 * ALL)) count="$ALL" shuffle=0 add=0 delete=1000
    lack=$((kept - ALL - ALL))
    begin --rate 1 --max-states "$ALL"
    [ "$(of states)" = "$ALL" ] || problem "full: $(of states) states found room, expected $ALL"
    storm from=$((3 * ALL)) count=$few shuffle=0
    exact full $((lack + few))
    storm from=$((3 * ALL)) count=$few shuffle=0 add=0 delete=1000
    explained full $((3 * ALL + few - 1)) '"cause":"sa-deleted"' '"how":"netlink"'
    storm from=$((ALL + half)) count=$((half / 2)) add=0 delete=1000 # they came last, and the kernel lists them first
    storm from=$((4 * ALL)) count=$few shuffle=0
    exact full/again $lack
    ended full '"complete":false'
    grep -q '"lost":{"ring":0,"map_full":[0-9]*,"states":[1-9]' /out/summary || problem "full: nothing lost in $(cat /out/summary)"
}

part_scale() {
    ip netns add many
    ip -n many link set lo up
    ip -n many address add 10.128.0.0/9 dev lo # the destinations of all
    scale_run
    full_run
    ip netns delete many
}
