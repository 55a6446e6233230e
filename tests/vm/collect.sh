#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Runs in a guest: does the snapshot reach every state and policy of every netns, without a key, and do pins go with
# their run? Prints a line "ok NAME" or "FAIL NAME: ..." per case, and "the end".

KEY=0x0123456789abcdef0123456789abcdef
STATES=3000
POLICIES=300
DIR=/sys/fs/bpf/xfrm-snap

ok() {
    echo "ok $1"
}

# equal NAME WANTED GOT
equal() {
    if [ "$2" = "$3" ]; then
        ok "$1"
    else
        echo "FAIL $1: wanted '$2', got '$3'"
    fi
}

# holds NAME WORDS TEXT
holds() {
    case $3 in
    *"$2"*) ok "$1" ;;
    *) echo "FAIL $1: no '$2' in '$3'" ;;
    esac
}

many() {
    i=0
    while [ $i -lt $STATES ]; do
        i=$((i + 1))
        echo "xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi $((i + 255)) reqid $i mode tunnel" \
            "auth-trunc hmac(sha256) $KEY 128 enc cbc(aes) $KEY"
    done
    i=0
    while [ $i -lt $POLICIES ]; do
        i=$((i + 1))
        echo "xfrm policy add dir out src 10.$((i / 250)).$((i % 250)).0/24 dst 10.9.0.0/16" \
            "tmpl src 192.0.2.1 dst 192.0.2.2 proto esp reqid $i mode tunnel"
    done
}

# --- snapshot --------------------------------------------------------------------------------------------------------

trace=/sys/kernel/tracing

watch_walks() {
    echo 'p:xs/state dump_one_state x=%di:x64' >$trace/kprobe_events
    echo 'p:xs/policy dump_one_policy x=%di:x64' >>$trace/kprobe_events
    echo 8192 >$trace/buffer_size_kb
    echo 1 >$trace/events/xs/enable
}

# seen state|policy: objects that the kernel walked since the last call of forget
seen() {
    grep " $1:" $trace/trace | sed 's/.* x=//' | sort -u | wc -l
}

forget() {
    echo >$trace/trace
}

# Of a second since the boot.
hundredths() {
    read -r up _ </proc/uptime
    echo "${up%.*}${up#*.}"
}

inum() {
    stat -L -c %i "$1"
}

# hold WHAT [WORD...]: $held is the netns that nothing but WHAT leads to
hold() {
    : >/tmp/held
    what=$1
    shift
    lab-collect "hold-$what" "$@" >/tmp/held &
    holder=$!
    tries=100
    while [ ! -s /tmp/held ] && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 50000
    done
    read -r held </tmp/held
}

case_load() {
    rmmod xfrm_user 2>/dev/null
    if grep -q '^xfrm_user ' /proc/modules; then
        echo "FAIL load: xfrm_user cannot be unloaded"
    fi
    mv /lib/modules /lib/modules.away
    holds no-xfrm-user 'this kernel has no netlink for XFRM: modprobe xfrm_user' "$(lab-collect load)"
    mv /lib/modules.away /lib/modules
    equal load loaded "$(lab-collect load)"
    holds module-xfrm-user xfrm_user "$(cat /proc/modules)"
}

case_many() {
    init=$(inum /proc/self/ns/net)
    many | ip -batch -
    ip netns add named
    ip -n named xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x78 auth 'hmac(sha256)' $KEY \
        enc 'ecb(cipher_null)' ''
    named=$(inum /run/netns/named)
    equal count "states $((STATES + 1)) policies $POLICIES" "$(lab-collect count "$init" "$named")"
    watch_walks
    forget
    before=$(hundredths)
    equal snapshot 'longest 20 no key' "$(lab-collect snapshot "$init" "$named")"
    echo "# $STATES states and $POLICIES policies in $((($(hundredths) - before) * 10)) ms, probed"
    equal snapshot-states $((STATES + 1)) "$(seen state)"
    equal snapshot-policies $POLICIES "$(seen policy)"
}

# The check itself: does the key come when nothing cuts the messages?
case_control() {
    holds control-key 0x0123456789abcdef "$(ip xfrm state get src 192.0.2.1 dst 192.0.2.2 proto esp spi 256)"
    forget
    equal snapshot-again 'longest 20 no key' "$(lab-collect snapshot "$init")"
    equal snapshot-again-states $STATES "$(seen state)"
}

case_ways() {
    for way in process thread file mount; do
        hold $way '/tmp/some\where else'
        forget
        equal "way-$way" 'longest 20 no key' "$(lab-collect snapshot "$held")"
        equal "way-$way-states" 1 "$(seen state)"
        kill $holder
        wait $holder
    done
    hold socket
    holds way-none "states and policies of netns $held that were there before the start are not known: no process, \
name or open file leads to it" "$(lab-collect snapshot "$held")"
    kill $holder
    wait $holder
}

# --- pins ------------------------------------------------------------------------------------------------------------

names_in() {
    (cd "$1" && echo *)
}

# run WORD...: starts a run and waits until it says that it runs or why not; $said is what it said, $run its process
run() {
    rm -f /tmp/run
    : >/tmp/run
    lab-collect pin "$@" >/tmp/run &
    run=$!
    tries=100
    while ! grep -q '^runs' /tmp/run && kill -0 $run 2>/dev/null && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 50000
    done
    said=$(cat /tmp/run)
}

# end SIGNAL
end() {
    kill "-$1" $run
    wait $run
}

case_life() {
    equal nobody 'nobody runs' "$(lab-collect look)"
    run -
    equal first runs "$said"
    equal mode 700 "$(stat -c %a $DIR)"
    equal pinned 'deleted policies states' "$(names_in $DIR)"
    equal look 'somebody runs' "$(lab-collect look)"
    first=$run
    run -
    equal second "another xfrm-snap runs and has its maps pinned under $DIR; give this one a directory of its own with \
--pin DIR" "$said"
    wait $run
    equal second-code 1 $?
    run /sys/fs/bpf/other/
    equal second-elsewhere runs "$said"
    end TERM
    run=$first
    end TERM
    equal clean '' "$(ls /sys/fs/bpf)"
}

case_killed() {
    run -
    end KILL
    equal left 'deleted policies states' "$(names_in $DIR)"
    equal dead 'nobody runs' "$(lab-collect look)"
    chmod 755 $DIR
    mkdir $DIR/own
    run -
    equal taken-over "$DIR also holds own, not of xfrm-snap: left alone
runs" "$said"
    equal mode-again 700 "$(stat -c %a $DIR)"
    equal look-again 'somebody runs' "$(lab-collect look)"
    end TERM
    equal foreign own "$(ls $DIR)"
    rmdir $DIR/own $DIR
}

# Readers ask all the time while runs come and go.
case_readers() {
    while :; do lab-collect look; done >/dev/null &
    asking=$!
    for _ in 1 2 3 4 5; do
        run -
        equal among-readers runs "$said"
        end TERM
    done
    kill $asking
    wait $asking
}

case_version() {
    run - other
    equal version "$DIR holds maps of another version of xfrm-snap; use that one" "$(lab-collect look)"
    end TERM
}

# place NAME DIR WORDS: a directory that cannot be had
place() {
    run "$2"
    holds "$1" "$3" "$said"
    kill $run 2>/dev/null
    wait $run
}

case_places() {
    place relative maps "cannot pin maps under 'maps': it is not an absolute path"
    place no-parent /sys/fs/bpf/a/b 'cannot pin maps under /sys/fs/bpf/a/b: /sys/fs/bpf/a: No such file or directory'
    place no-bpffs /tmp/maps 'cannot pin maps under /tmp/maps: /tmp is not on a BPF file system; mount -t bpf'
    place mount-point /sys/fs/bpf 'a BPF file system is mounted there'
    place dots /sys/fs/bpf/a.b 'names on a BPF file system have no dots'
    mkdir /sys/fs/bpf/a
    ln -s a /sys/fs/bpf/link
    place link /sys/fs/bpf/link 'it is a symbolic link'
    place nested /sys/fs/bpf/a/b runs
    mkdir /sys/fs/bpf/a/theirs
    chown 1000 /sys/fs/bpf/a/theirs
    place owner /sys/fs/bpf/a/theirs 'it belongs to user 1000'
    rm /sys/fs/bpf/link
    rmdir /sys/fs/bpf/a/theirs /sys/fs/bpf/a
    umount /sys/fs/bpf
    run -
    equal without "no maps for bpftool and for show: cannot pin maps under $DIR: /sys/fs/bpf is not on a BPF file \
system; mount -t bpf bpf /sys/fs/bpf
runs" "$said"
    end TERM
    mount -t bpf bpf /sys/fs/bpf
}

case_load
case_many
case_control
case_ways
case_life
case_killed
case_readers
case_version
case_places
echo 'the end'
