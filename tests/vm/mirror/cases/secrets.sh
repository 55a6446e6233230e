# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
kernels='5.10 7.x'

# The keys of all states of this case, none has eight bytes in a row with another one or with itself.
AEAD_KEY=d1b54a32c9f07e1846a3905bf2687dce3417e0a9
AUTH_KEY=5e9c0d7bb1f82463a7d6e4195f3280ccba61973e48f5120dd9866fb3547ec12a
CRYPT_KEY=83f16ac45d2e90b7e8351fd07c49a2be
LATER_KEY=2b7d99f4610ec8a35fb8e0134cd776291e85faa4

secret_states() {
    {
        echo "xfrm state add src $A dst $B proto esp spi $1 reqid 1 mode tunnel aead rfc4106(gcm(aes)) 0x$AEAD_KEY 128"
        echo "xfrm state add src $A dst $B proto esp spi $(($1 + 1)) reqid 1 mode tunnel auth-trunc hmac(sha256) \
0x$AUTH_KEY 128 enc cbc(aes) 0x$CRYPT_KEY"
        echo "xfrm state add src $A dst $B proto ah spi $1 reqid 1 mode transport auth-trunc hmac(sha256) 0x$AUTH_KEY 128"
        echo "xfrm state add src $B dst $A proto esp spi $1 reqid 1 mode transport replay-window 512 flag esn \
aead rfc4106(gcm(aes)) 0x$AEAD_KEY 128"
        echo "xfrm state update src $A dst $B proto esp spi $1 reqid 1 mode tunnel aead rfc4106(gcm(aes)) 0x$LATER_KEY 128"
    } | ip -n "$2" -batch -
}

secret_search() {
    lab-send search hex=$AEAD_KEY,$AUTH_KEY,$CRYPT_KEY,$LATER_KEY "$@"
}

case_secrets() {
    netns=secret
    ip netns add $netns
    interface
    at "xfrm policy add dir in src $A dst $B tmpl proto esp reqid 1 mode tunnel"
    secret_states 0x700 $netns
    planted=$(lab-send plant hex=$AUTH_KEY)
    secret_search pid="$planted" maps=1 >/out/secrets/control
    kill "$planted"
    wait_for 30 sh -c '! bpftool map list | grep -q .'
    asked alone show states --json
    start snap --changes --stack
    secret_states 0x800 $netns
    on lab-send raw src=$A dst=$A spi=0x700 count=3 >/dev/null
    on lab-send raw src=$A dst=$A spi=0x800 count=3 >/dev/null
    at "xfrm state delete src $A dst $B proto esp spi 0x700" 'xfrm state flush proto ah'
    on lab-send raw src=$A dst=$A spi=0x700 count=3 >/dev/null
    asked states show states
    asked deleted show deleted --json
    sleep 1
    secret_search pid=$snap maps=1 >/out/secrets/found
    secret_search pid=$snap maps=1 >>/out/secrets/found
    for map in $(bpftool map list | sed -n 's/^\([0-9]*\): .*/\1/p'); do
        bpftool map dump id "$map"
    done >/tmp/dump 2>/dev/null
    wc -c </tmp/dump >/out/secrets/dump
    listed $netns
    stop snap
    for file in /tmp/dump /out/secrets/snap.json /out/secrets/snap.err; do
        secret_search file=$file >>/out/secrets/found
    done
    for file in alone states deleted; do
        zcat /out/secrets/$file.gz >/tmp/text
        secret_search file=/tmp/text >>/out/secrets/found
    done
    ip -n $netns xfrm state >/tmp/text
    secret_search file=/tmp/text >>/out/secrets/control
    forget $netns
}
