# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The ways in which states and policies come, change and go. Each step has a netns of its own, so that the changes that
# xfrm-snap tells of it can be told from others.
#
# change FIELD=VALUE...   a change that must be told, once; another one of the netns is one too many
# gone FIELD=VALUE...     a state that `show deleted` must know
# lacks TEXT              the step is skipped

A=10.0.0.1
B=10.0.0.2
C=10.0.0.3
AEAD="aead rfc4106(gcm(aes)) 0x0123456789abcdef0123456789abcdef01234567 128"
ID="src $A dst $B proto esp"
REST="reqid 7 mode transport $AEAD"

# shellcheck disable=SC2034
STEPS='add add_all_fields add_twice pfkey_add acquire_expires acquire_replaced acquire_refused getspi pfkey_getspi
    update newae migrate default_policy policy_add policy_replace policy_delete policy_flush pfkey_policy socket_policy
    delete flush pfkey_delete pfkey_flush device_flush time_limit packet_limit policy_time_limit process_gone
    netns_exit'

# --- a state comes ---------------------------------------------------------------------------------------------------

step_add() {
    change what=state op=add how=netlink by.comm=ip state.src=$A state.dst=$B state.proto=esp state.spi=0x00000101 \
        state.reqid=7 state.mode=transport state.mark=0x0/0x0 state.if_id=0x0 'state.alg=rfc4106(gcm(aes))' \
        state.km_state=valid state.added_how=netlink state.added_by.comm=ip
    at "xfrm state add $ID spi 0x101 $REST"
}

step_add_all_fields() {
    change what=state op=add how=netlink by.comm=ip state.src=fd00::1 state.dst=fd00::2 state.proto=esp \
        state.spi=0xfffffff0 state.reqid=4294967295 state.mode=tunnel state.mark=0xd00/0xf00 state.if_id=0x2a \
        state.output_mark=0x5/0xff state.tfcpad=100 state.replay.window=512 state.replay.esn=true \
        state.lifetime.soft.bytes=1000 state.lifetime.hard.packets=2000 state.lifetime.hard.add_s=3000
    at "xfrm state add src fd00::1 dst fd00::2 proto esp spi 0xfffffff0 reqid 4294967295 mode tunnel mark 0xd00 mask 0xf00 \
if_id 42 output-mark 5 mask 0xff tfcpad 100 replay-window 512 flag esn limit byte-soft 1000 limit packet-hard 2000 \
limit time-hard 3000 $AEAD"
}

# What the kernel refuses is no change.
step_add_twice() {
    change what=state op=add state.spi=0x00000101
    change what=policy op=add policy.priority=5
    at "xfrm state add $ID spi 0x101 $REST"
    at "xfrm policy add dir out src $A dst $B priority 5"
    refused "xfrm state add $ID spi 0x101 $REST"
    refused "xfrm state add $ID spi 0x102 enc no(such) 0x1234"
    refused "xfrm state delete $ID spi 0x103"
    refused "xfrm policy add dir out src $A dst $B priority 5"
    refused "xfrm policy delete dir in src $A dst $B"
}

step_pfkey_add() {
    change what=state op=add how=netlink by.comm=lab-send state.src=$A state.dst=$B state.spi=0x00000101 state.reqid=7 \
        'state.alg=cbc(aes)' 'state.auth.name=hmac(sha1)' state.auth.key_bits=160
    on lab-send pfkey do=add src=$A dst=$B spi=0x101 reqid=7
}

# A key manager listens; a packet wants a state.
acquire() {
    change what=policy op=add how=netlink by.comm=ip policy.templates.0.reqid=7
    change what=state op=add how=acquire state.spi=0x00000000 state.km_state=acq state.src=$A state.dst=$B state.reqid=7
    interface
    at "xfrm policy add dir out src $A dst $B tmpl proto esp reqid 7 mode transport"
    key_manager
    on lab-send udp src=$A dst=$B
}

step_acquire_expires() {
    change what=state op=delete how=timer by=null state.spi=0x00000000
    change what=state op=expire hard=true state.spi=0x00000000
    gone state.spi=0x00000000 how=timer by=null
    on sh -c 'echo 1 >/proc/sys/net/core/xfrm_acq_expires'
    acquire
}

step_acquire_replaced() {
    acquire
    change what=state op=add how=netlink by.comm=ip state.spi=0x00000101
    change what=state op=delete how=replaced by.comm=ip state.spi=0x00000000
    gone state.spi=0x00000000 how=replaced by.comm=ip
    at "xfrm state add $ID spi 0x101 $REST"
}

# Nobody listens: the kernel makes no larval state that stays.
step_acquire_refused() {
    change what=policy op=add
    interface
    at "xfrm policy add dir out src $A dst $B tmpl proto esp reqid 7 mode transport"
    on lab-send udp src=$A dst=$B
}

step_getspi() {
    change what=state op=add how=netlink by.comm=ip state.src=$A state.dst=$B state.spi=0x00000000~0x00000500
    change what=state op=update how=netlink by.comm=ip state.spi=0x00000500
    change what=state op=add how=netlink by.comm=ip state.spi=0x00000500 state.km_state=valid \
        'state.alg=rfc4106(gcm(aes))'
    change what=state op=delete how=replaced by.comm=ip state.spi=0x00000500 state.alg=null
    gone state.spi=0x00000500 how=replaced
    at "xfrm state allocspi $ID reqid 7 mode transport min 0x500 max 0x500"
    at "xfrm state update $ID spi 0x500 $REST"
}

step_pfkey_getspi() {
    change what=state op=add how=netlink by.comm=lab-send state.spi=0x00000000~0x00000501
    change what=state op=update how=netlink by.comm=lab-send state.spi=0x00000501 state.km_state=acq
    on sh -c 'echo 3600 >/proc/sys/net/core/xfrm_acq_expires'
    on lab-send pfkey do=getspi src=$A dst=$B spi=0x501 reqid=7
}

# --- a state changes -------------------------------------------------------------------------------------------------

step_update() {
    change what=state op=add state.lifetime.soft.bytes=null
    change what=state op=update how=netlink by.comm=ip state.spi=0x00000101 state.lifetime.soft.bytes=5000 \
        state.changed.how=netlink state.changed.by.comm=ip state.added_by.comm=ip
    at "xfrm state add $ID spi 0x101 $REST"
    at "xfrm state update $ID spi 0x101 $REST limit byte-soft 5000"
}

step_newae() {
    change what=state op=add state.replay.oseq=0
    change what=state op=update how=netlink by.comm=lab-send state.spi=0x00000101 state.replay.oseq=77 state.replay.seq=3
    at "xfrm state add $ID spi 0x101 $REST replay-window 32"
    on lab-send replay-state src=$A dst=$B spi=0x101 oseq=77 seq=3
}

step_migrate() {
    change what=policy op=add policy.templates.0.dst=$B
    change what=state op=add by.comm=ip state.dst=$B
    change what=policy op=update how=netlink by.comm=lab-send policy.templates.0.dst=$C policy.templates.0.src=$A
    change what=state op=add how=netlink by.comm=lab-send state.dst=$C state.spi=0x00000101
    change what=state op=delete how=netlink~replaced by.comm=lab-send state.dst=$B state.spi=0x00000101
    gone state.dst=$B by.comm=lab-send
    if ! grep -q ' xfrm_migrate$' /proc/kallsyms; then
        lacks CONFIG_XFRM_MIGRATE
        return
    fi
    at "xfrm policy add dir out src 10.1.0.1 dst 10.1.0.2 tmpl src $A dst $B proto esp reqid 7 mode tunnel"
    at "xfrm state add src $A dst $B proto esp spi 0x101 reqid 7 mode tunnel $AEAD"
    on lab-send migrate src=10.1.0.1 dst=10.1.0.2 old_src=$A old_dst=$B new_src=$A new_dst=$C reqid=7 mode=tunnel
}

# --- policies --------------------------------------------------------------------------------------------------------

step_default_policy() {
    change what=policy op=update how=netlink by.comm=ip default.in=block default.fwd=accept default.out=accept
    if ! ip -n "$netns" xfrm policy getdefault >/dev/null 2>&1; then
        lacks 'XFRM_MSG_SETDEFAULT (Linux 5.15)'
        return
    fi
    at 'xfrm policy setdefault in block'
}

step_policy_add() {
    change what=policy op=add how=netlink by.comm=ip policy.src=$A/32 policy.dst=10.0.0.0/24 policy.proto=tcp \
        policy.dport=443 policy.dir=in policy.action=allow policy.priority=9 policy.ptype=main policy.mark=0x1/0xff \
        policy.if_id=0x3 policy.socket=false policy.templates.0.proto=ah policy.templates.1.proto=esp \
        policy.templates.1.level=use policy.templates.1.mode=tunnel policy.templates.1.spi=0x00000009 'policy.index=1..4294967295'
    at "xfrm policy add dir in src $A dst 10.0.0.0/24 proto tcp dport 443 priority 9 mark 1 mask 0xff if_id 3 \
tmpl proto ah reqid 1 mode transport tmpl src $A dst $B proto esp spi 9 reqid 2 mode tunnel level use"
}

step_policy_replace() {
    change what=policy op=add how=netlink by.comm=ip policy.action=allow
    change what=policy op=add how=netlink by.comm=ip policy.action=block
    change what=policy op=delete how=replaced by.comm=ip policy.action=allow
    at "xfrm policy add dir in src $A dst $B"
    at "xfrm policy update dir in src $A dst $B action block"
}

step_policy_delete() {
    change what=policy op=add policy.dir=fwd
    change what=policy op=delete how=netlink by.comm=ip policy.dir=fwd policy.src=$A/32
    at "xfrm policy add dir fwd src $A dst $B"
    at "xfrm policy delete dir fwd src $A dst $B"
}

step_policy_flush() {
    change what=policy op=add policy.dir=in
    change what=policy op=add policy.dir=out
    change what=policy op=delete how=flush by.comm=ip policy.dir=in
    change what=policy op=delete how=flush by.comm=ip policy.dir=out
    at "xfrm policy add dir in src $A dst $B"
    at "xfrm policy add dir out src fd00::/64 dst fd01::1 action block"
    at 'xfrm policy flush'
}

step_pfkey_policy() {
    change what=policy op=add how=netlink by.comm=lab-send policy.src=$A/32 policy.templates.0.proto=esp
    change what=policy op=delete how=netlink by.comm=lab-send policy.src=$A/32
    change what=policy op=add policy.src=$C/32
    change what=policy op=delete how=flush by.comm=lab-send policy.src=$C/32
    on lab-send pfkey do=spdadd src=$A dst=$B
    on lab-send pfkey do=spddelete src=$A dst=$B
    on lab-send pfkey do=spdadd src=$C dst=$B
    on lab-send pfkey do=spdflush
}

step_socket_policy() {
    change what=policy op=add by.comm=lab-send policy.socket=true policy.dir=in policy.src=0.0.0.0/0 policy.action=allow
    change what=policy op=add by.comm=lab-send policy.socket=true policy.dir=out policy.src=::/0 policy.action=block
    change what=policy op=delete policy.socket=true policy.dir=in
    interface
    listener=$(on lab-send listen src=$A policy=in:allow)
    left_behind="$left_behind $(on lab-send listen src=fd00::1 sport=10 policy=out:block)"
    kill "$listener"
}

# --- a state goes ----------------------------------------------------------------------------------------------------

step_delete() {
    change what=state op=add state.mark=0xd00/0xf00
    change what=state op=delete how=netlink by.comm=ip state.spi=0x00000003 state.dst=$B state.mark=0xd00/0xf00
    gone state.spi=0x00000003 state.dst=$B state.mark=0xd00/0xf00 state.reqid=7 how=netlink by.comm=ip \
        state.added_by.comm=ip
    at "xfrm state add $ID spi 3 $REST mark 0xd00 mask 0xf00"
    at "xfrm state delete $ID spi 3 mark 0xd00 mask 0xf00"
}

step_flush() {
    for spi in 0x00000101 0x00000102; do
        change what=state op=add state.spi=$spi
        change what=state op=delete how=flush by.comm=ip state.spi=$spi
        gone state.spi=$spi how=flush by.comm=ip
        at "xfrm state add $ID spi $spi $REST"
    done
    at 'xfrm state flush'
}

step_pfkey_delete() {
    change what=state op=add by.comm=ip
    change what=state op=delete how=netlink by.comm=lab-send state.spi=0x00000101
    gone state.spi=0x00000101 how=netlink by.comm=lab-send
    at "xfrm state add $ID spi 0x101 $REST"
    on lab-send pfkey do=delete src=$A dst=$B spi=0x101
}

step_pfkey_flush() {
    change what=state op=add by.comm=ip
    change what=state op=delete how=flush by.comm=lab-send state.spi=0x00000101
    gone state.spi=0x00000101 how=flush by.comm=lab-send
    at "xfrm state add $ID spi 0x101 $REST"
    on lab-send pfkey do=flush
}

# A device that takes states goes.
step_device_flush() {
    change what=state op=add state.offload.dir=out
    change what=state op=delete how=flush state.spi=0x00000101
    if ! modprobe netdevsim 2>/dev/null; then
        lacks 'a device with XFRM offload (CONFIG_NETDEVSIM)'
        return
    fi
    echo '9 1' >/sys/bus/netdevsim/new_device
    device=$(ls /sys/bus/netdevsim/devices/netdevsim9/net)
    ip link set "$device" netns "$netns"
    at "link set $device up"
    at "xfrm state add $ID spi 0x101 $REST offload dev $device dir out"
    echo 9 >/sys/bus/netdevsim/del_device
}

# The kernel counts in whole seconds, and asks for the hard limit first: one a second after the soft limit may take its
# place.
step_time_limit() {
    change what=state op=add state.lifetime.hard.add_s=5
    change what=state op=expire hard=false by=null state.spi=0x00000101 state.dying=true
    change what=state op=expire hard=true by=null state.spi=0x00000101
    change what=state op=delete how=timer by=null state.spi=0x00000101
    gone state.spi=0x00000101 how=timer by=null
    at "xfrm state add $ID spi 0x101 $REST limit time-soft 1 limit time-hard 5"
}

step_packet_limit() {
    change what=policy op=add
    change what=state op=add state.lifetime.hard.packets=2
    change what=state op=expire hard=false state.spi=0x00000101
    change what=state op=expire hard=true state.spi=0x00000101
    change what=state op=delete how=timer by=null state.spi=0x00000101
    gone state.spi=0x00000101 how=timer by=null state.lifetime.packets=2
    interface
    at "xfrm policy add dir out src $A dst $B tmpl proto esp reqid 7 mode transport"
    at "xfrm state add $ID spi 0x101 $REST limit packet-soft 1 limit packet-hard 2"
    on lab-send udp src=$A dst=$B count=3 interval=200
}

step_policy_time_limit() {
    change what=policy op=add policy.lifetime.hard.add_s=5
    change what=policy op=expire hard=false by=null policy.priority=4
    change what=policy op=expire hard=true by=null policy.priority=4
    change what=policy op=delete how=timer by=null policy.priority=4
    at "xfrm policy add dir out src $A dst $B priority 4 limit time-soft 1 limit time-hard 5"
}

# Who did it is known although the process and its name are gone by the time that anybody asks.
step_process_gone() {
    change what=state op=add by.comm=key-manager
    change what=state op=delete by.comm=key-manager how=netlink
    gone by.comm=key-manager
    cp "$(command -v ip)" /tmp/key-manager
    /tmp/key-manager -n "$netns" xfrm state add $ID spi 0x101 aead 'rfc4106(gcm(aes))' \
        0x0123456789abcdef0123456789abcdef01234567 128
    /tmp/key-manager -n "$netns" xfrm state delete $ID spi 0x101
    rm /tmp/key-manager
}

# The last one: its inode number may be given to another netns.
step_netns_exit() {
    for spi in 0x00000101 0x00000102 0x00000103; do
        change what=state op=add state.spi=$spi
        change what=state op=delete how=netns-exit state.spi=$spi
        gone state.spi=$spi how=netns-exit
        at "xfrm state add $ID spi $spi $REST"
    done
    change what=policy op=add policy.dir=in
    change what=policy op=delete how=netns-exit policy.dir=in
    at "xfrm policy add dir in src $A dst $B"
    ip netns delete "$netns"
}
