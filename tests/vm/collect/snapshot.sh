# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Does the snapshot reach every state and policy of every netns, without a key?

KEY=0x0123456789abcdef0123456789abcdef
STATES=3000
POLICIES=300

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
    tries=600
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

# fails NAME ERRNO WORDS: once is made good, always is told
fails() {
    forget
    holds "$1-once" 'no key' "$(ERRNO=$2 FAILURES=1 lab-collect snapshot "$init")"
    equal "$1-once-states" $STATES "$(seen state)"
    holds "$1-always" "$init that were there before the start are not known: $3
longest" "$(ERRNO=$2 FAILURES=1000000 lab-collect snapshot "$init")"
}

case_failures() {
    equal interrupted 'longest 20 no key' "$(ERRNO=4 FAILURES=3 lab-collect snapshot "$init")"
    fails no-memory 105 "cannot read the kernel's answer: No buffer space available"
    fails early-end 11 "the kernel's answer ended before it was complete"
    fails changed 0 "the kernel's list changed while it was read"
    ulimit -n 20
    i=0
    while [ $i -lt 100 ]; do
        i=$((i + 1))
        echo "netns add n$i"
    done | ip -batch -
    # shellcheck disable=SC2046
    equal many-netns 'longest 20 no key' "$(lab-collect snapshot $(stat -L -c %i /run/netns/n*))"
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

case_load
case_many
case_control
case_failures
case_ways
