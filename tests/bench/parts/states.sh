# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Measures the cost of adding and deleting a state.

FEW=500 # states
MANY=4500

# work COMMAND...: instructions, also of what the kernel does later
work() {
    began=$(busy)
    "$@" >/dev/null 2>&1
    sleep 1
    echo $(($(busy) - began))
}

# per_state WORD...: instructions per state of lab-send storm
per_state() {
    few=$(work lab-send in states lab-send storm count=$FEW shuffle=0 "$@")
    many=$(work lab-send in states lab-send storm count=$MANY from=$FEW shuffle=0 "$@")
    echo $(((many - few) / (MANY - FEW)))
}

# storms NAME [gcm=1]: adding and deleting states in a netns of their own, each by a message of netlink
storms() {
    name=$1
    shift
    ip netns add states
    lab-send in states lab-send storm count=$((FEW + MANY)) shuffle=0 >/dev/null # the kernel's tables grow
    ip -n states xfrm state flush
    sleep 1
    result "$name/add" "$(per_state "$@")" ns/state
    result "$name/delete" "$(per_state add=0 delete=1000)" ns/state
    ip netns delete states
}

part_states() {
    storms warm gcm=1
    storms state/without gcm=1
    storms null/without
    begin
    storms state/attached gcm=1
    storms null/attached
    finish
}
