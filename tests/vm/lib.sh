# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions for scenarios: namespaces a, b and c and the wires between them, security associations, policies.
#
# A scenario's namespaces are named SCENARIO.a and so on, so that one run of xfrm-snap sees all of them apart. In a
# variant that ends in -init the namespace of the key in $init_key is the first one of the machine.

newline='
'

# --- addresses: the same in every scenario, of the variant's family -------------------------------------------------

# a (A, inner IN_A) --- b (B, inner IN_B; GATE on its far side) --- c (FAR)
choose_family() {
    case $1 in
    6*)
        A=fd00::1 B=fd00::2 GATE=fd01::1 FAR=fd01::2 IN_A=fd09::1 IN_B=fd09::2 NOWHERE=fd99::9
        PREFIX=64 HOST=128 NODAD=nodad ICMP=ipv6-icmp
        ;;
    *)
        A=10.0.0.1 B=10.0.0.2 GATE=10.1.0.1 FAR=10.1.0.2 IN_A=10.9.0.1 IN_B=10.9.0.2 NOWHERE=203.0.113.9
        PREFIX=24 HOST=32 NODAD='' ICMP=icmp
        ;;
    esac
}

# --- what a scenario says of itself ---------------------------------------------------------------------------------

# expect netns=KEY counter=NAME|loss=CAUSE n=NUMBER [FIELD=VALUE...]
expect() {
    expected="$expected$*
"
    case " $* " in *" loss="*) return ;; esac
    for word; do
        case $word in n=*) total=$((total + ${word#n=})) ;; esac
    done
}

# Whether packets that come at once are handled at once: with PREEMPT_RT a timer may come between them.
softirqs_in_order() {
    ! grep -q PREEMPT_RT /proc/version
}

# Whether the kernel, or a module that is loaded, has the function as one of its own, not inlined.
has_function() {
    grep -qE "^[0-9a-f]+ [tT] $1(\.llvm\.[0-9]+)?([[:space:]]|\$)" /proc/kallsyms
}

# at_least VERSION: of the kernel
at_least() {
    [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -n 1)" = "$1" ]
}

# needs counter NAME | module NAME | function NAME | without FUNCTION | kernel VERSION | faults | COMMAND...: without it the
# scenario is skipped
needs() {
    case $1 in
    counter) grep -q "^$2 " /proc/net/xfrm_stat ;;
    faults) [ "$(uname -m)" = x86_64 ] || at_least 6.5 ;; # fmod_ret, which arm64 has had since then
    kernel) at_least "$2" ;;
    module) [ -d "/sys/module/$2" ] || modprobe "$2" 2>/dev/null ;;
    function) has_function "$2" ;;
    without) ! has_function "$2" ;;
    *) "$@" >/dev/null 2>&1 ;;
    esac || missing="${missing:+$missing, }$*"
}

# fault PROGRAM KEY COMMAND...: runs the command in the namespace while a program of faults.bpf.c makes a function of the
# kernel fail. The programs are loaded anew each time: Linux 5.10 attaches one only once.
fault() {
    program=$1
    name_of "$2"
    shift 2
    bpftool prog loadall /lab/vm/faults.o "/sys/fs/bpf/faults$began"
    lab-send fault prog="/sys/fs/bpf/faults$began/$program" -- lab-send in "$netns" "$@"
}

# --- namespaces -----------------------------------------------------------------------------------------------------

# Sets $netns to the name of a key's namespace.
name_of() {
    netns=$scenario.$1
    if [ "$1" = "$home" ]; then
        netns=init
    fi
}

# on KEY COMMAND...: runs the command in the namespace
on() {
    flush
    name_of "$1"
    shift
    lab-send in "$netns" "$@"
}

# at KEY WORD...: ip(8) in the namespace. In a setup the lines wait for each other, since starting ip costs more than
# its work.
at() {
    key=$1 line=''
    shift
    for word; do
        line="$line ${word:-\"\"}"
    done
    eval "lines_$key=\"\$lines_$key\$line\$newline\""
    if [ -n "$playing" ]; then
        flush
    fi
}

# Does what waits: first what makes namespaces and wires, then the lines of each namespace.
flush() {
    if [ -n "$lines_wires" ]; then
        ip -batch - <<END
$lines_wires
END
        lines_wires=''
    fi
    for key in $made; do
        eval "lines=\$lines_$key lines_$key="
        name_of "$key"
        if [ -z "$lines" ]; then
            continue
        elif [ "$netns" = init ]; then
            set --
        else
            set -- -n "$netns"
        fi
        ip "$@" -batch - <<END
$lines
END
    done
}

wires_line() {
    lines_wires=$lines_wires$*$newline
}

namespaces() {
    for key; do
        name_of "$key"
        if [ "$netns" != init ]; then
            wires_line netns add "$netns"
        fi
        made="$made $key"
        names="$names${names:+,}$netns"
    done
}

# Where `ip link add` puts a device of the key.
place_of() {
    name_of "$1"
    place=$netns
    if [ "$netns" = init ]; then
        place=1
    fi
}

# wire KEY DEV MAC KEY DEV MAC
wire() {
    place_of "$1"
    first=$place
    place_of "$4"
    wires_line link add "$2" address "$3" netns "$first" type veth peer name "$5" address "$6" netns "$place"
}

# address KEY DEV ADDRESS [NEIGHBOUR MAC]: no router solicitations, no duplicate detection, no neighbour discovery
address() {
    at "$1" link set lo up
    at "$1" link set "$2" addrgenmode none
    at "$1" link set "$2" up
    at "$1" address add "$3/$PREFIX" dev "$2" $NODAD
    if [ $# -gt 3 ]; then
        at "$1" neighbour replace "$4" lladdr "$5" dev "$2" nud permanent
    fi
}

# inner KEY DEV ADDRESS OTHER VIA: an inner address for a tunnel, and the way to the other one
inner() {
    at "$1" address add "$3/$HOST" dev "$2" $NODAD
    at "$1" route add "$4/$HOST" via "$5" dev "$2" src "$3"
}

# a --- b
pair() {
    namespaces a b
    wire a va 02:00:00:00:00:0a b vb 02:00:00:00:00:0b
    address a va $A $B 02:00:00:00:00:0b
    address b vb $B $A 02:00:00:00:00:0a
    inner a va $IN_A $IN_B $B
    inner b vb $IN_B $IN_A $A
}

# a alone, before a device that swallows all it is given
alone() {
    namespaces a
    at a link add d0 type dummy
    address a d0 $A
}

# a --- b --- c, where b forwards
chain() {
    pair
    namespaces c
    wire b wb 02:00:00:00:01:0b c wc 02:00:00:00:01:0c
    address b wb $GATE $FAR 02:00:00:00:01:0c
    address c wc $FAR $GATE 02:00:00:00:01:0b
    at a route add $FAR/$HOST via $B dev va
    at c route add $A/$HOST via $GATE dev wc
    on b sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
}

# wide DIR FROM TO WORD...: a policy of b for all addresses, that asks for a tunnel from one end to the other
wide() {
    dir=$1 from=$2 to=$3
    shift 3
    at b xfrm policy add dir "$dir" src $NET dst $NET proto udp "$@" tmpl src "$from" dst "$to" proto esp reqid 1 \
        mode tunnel
}

# Leaves the machine's first namespace as it was, however the scenario ended.
clean_init() {
    if [ -n "$home" ]; then
        ip -force -batch - 2>/dev/null <<END || true
xfrm state flush
xfrm policy flush
link del d0
link del va
link del vb
END
    fi
}

# --- security associations and policies -----------------------------------------------------------------------------

KEY_20=0x0123456789abcdef0123456789abcdef01234567
OTHER_20=0x76543210fedcba9876543210fedcba9876543210
KEY_16=0x0123456789abcdef0123456789abcdef
KEY_32=0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
OTHER_32=0xfedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210

# sa KEY SRC DST SPI ALGORITHM [WORD...]: reqid 1 and transport mode unless the words say otherwise; the algorithms in
# capitals have another key, those that end in 96 a shorter ICV.
sa() {
    where=$1 src=$2 dst=$3 spi=$4 algorithm=$5
    shift 5
    case " $* " in *" reqid "*) ;; *) set -- reqid 1 "$@" ;; esac
    case " $* " in *" mode "*) ;; *) set -- mode transport "$@" ;; esac
    proto=esp
    case $algorithm in
    gcm) set -- "$@" aead 'rfc4106(gcm(aes))' $KEY_20 128 ;;
    GCM) set -- "$@" aead 'rfc4106(gcm(aes))' $OTHER_20 128 ;;
    cbc) set -- "$@" auth-trunc 'hmac(sha256)' $KEY_32 128 enc 'cbc(aes)' $KEY_16 ;;
    CBC) set -- "$@" auth-trunc 'hmac(sha256)' $OTHER_32 128 enc 'cbc(aes)' $KEY_16 ;;
    cbc96) set -- "$@" auth-trunc 'hmac(sha256)' $KEY_32 96 enc 'cbc(aes)' $KEY_16 ;;
    null) set -- "$@" auth digest_null '' enc 'ecb(cipher_null)' '' ;;
    ah | AH | ah96) proto=ah ;;
    comp) proto=comp && set -- "$@" comp deflate ;;
    esac
    case $algorithm in
    ah) set -- "$@" auth-trunc 'hmac(sha256)' $KEY_32 128 ;;
    AH) set -- "$@" auth-trunc 'hmac(sha256)' $OTHER_32 128 ;;
    ah96) set -- "$@" auth-trunc 'hmac(sha256)' $KEY_32 96 ;;
    esac
    at "$where" xfrm state add src "$src" dst "$dst" proto $proto spi "$spi" "$@"
}

# both SRC DST SPI ALGORITHM [WORD...]: the same SA at a and b
both() {
    sa a "$@"
    sa b "$@"
}

# What most policies ask for.
TMPL='tmpl proto esp reqid 1 mode transport'

# policy KEY DIR SRC DST [WORD...]
policy() {
    where=$1 dir=$2 src=$3 dst=$4
    shift 4
    at "$where" xfrm policy add dir "$dir" src "$src/$HOST" dst "$dst/$HOST" "$@"
}

# bundle PORT INNER OUTER: a protects twice what goes to b's port, each time by PROTO:REQID in transport mode
bundle() {
    policy a out $A $B proto udp dport "$1" tmpl proto "${2%:*}" reqid "${2#*:}" mode transport \
        tmpl proto "${3%:*}" reqid "${3#*:}" mode transport
}

# await_acquires NETNS: something listens there for the kernel's acquires, as a key manager does, and never answers
await_acquires() {
    on "$1" ip xfrm monitor acquire >/dev/null &
    listeners="$listeners $!"
    tries=600
    while ! on "$1" grep -q '^[^ ]*  *6  *[0-9]*  *0*1 ' /proc/net/netlink && [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 20000
    done
}

# await_losses KEY N: until the run has told of so many losses there, or at once if none watches
await_losses() {
    name_of "$1"
    tries=600
    while have_snap && [ "$(grep '"type":"loss"' "/out/$run.json" | grep -c "\"name\":\"$netns\"")" -lt "$2" ] &&
        [ $tries -gt 0 ]; do
        tries=$((tries - 1))
        usleep 50000
    done
}

stop_listeners() {
    for pid in $listeners; do
        kill "$pid" || true
    done
}

# listen KEY ADDRESS [PORT [WORD...]]: a UDP socket until the scenario's end, so that nobody answers "port unreachable"
listen() {
    where=$1 bound=$2 port=${3:-9}
    shift 2
    if [ $# -gt 0 ]; then
        shift
    fi
    flush
    listeners="$listeners $(on "$where" lab-send listen "src=$bound" "sport=$port" "$@")"
}
