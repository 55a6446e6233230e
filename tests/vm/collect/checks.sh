# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions with which a case of these scripts reports its result.

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
