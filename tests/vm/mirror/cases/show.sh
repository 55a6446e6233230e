# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 6.1 6.12 7.x'

# shown NAME: all that show says, as text, and of the states as JSON and in one netns
shown() {
    asked "$1.states.json" show states --json
    asked "$1.states.netns" show states --netns zoo.one
    for what in states policies; do
        asked "$1.$what" show $what
        asked "$1.$what-s" show $what -s
    done
}

case_show() {
    ip netns add zoo.one
    ip netns add zoo.two
    ip netns add zoo.empty
    zoo zoo.one 1 >/out/show/zoo.log 2>&1
    zoo init 2 >>/out/show/zoo.log 2>&1
    case=show/alone
    mkdir -p /out/$case
    shown alone
    listed init zoo.one zoo.empty
    case=show
    ls -A /sys/fs/bpf >/out/show/left
    cat /sys/kernel/debug/kprobes/list >>/out/show/left
    start snap
    zoo zoo.two 3 >>/out/show/zoo.log 2>&1
    zoo_policies_more zoo.one >>/out/show/zoo.log 2>&1
    shown running
    listed init zoo.one zoo.two zoo.empty
    stop snap
    # shellcheck disable=SC2086
    kill $zoo_listeners
    forget zoo.one zoo.two zoo.empty
}
