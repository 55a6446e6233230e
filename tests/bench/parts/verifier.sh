# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# How many instructions the kernel followed to prove each program safe.

part_verifier() {
    begin -v
    finish
    sed -n 's/.*the verifier followed //p' /tmp/err | tr ' ' '\n' | while read -r program && read -r followed; do
        result "verifier/$program" "$followed" instructions
    done
}
