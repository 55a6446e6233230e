#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
"""Shows that the reader of ip-xfrm's words misses no field and no difference. The texts are what iproute2 6.1 printed
on Linux 6.12; the keys are made up."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import ip_xfrm  # noqa: E402  pylint: disable=wrong-import-position

GCM = """\
src 10.0.0.1 dst 10.0.0.2
	proto esp spi 0x00001000 reqid 1 mode tunnel
	replay-window 32 
	mark 0x1/0xff output-mark 0x5/0xff
	aead rfc4106(gcm(aes)) 0x0123456789abcdef0123456789abcdef01234567 128
	lastused 2026-11-23 09:19:55
	anti-replay context: seq 0x2, oseq 0x0, bitmap 0x00000003
	sel src 0.0.0.0/0 dst 0.0.0.0/0 
"""

ESN = """\
src 10.0.0.1 dst 10.0.0.2
	proto esp spi 0x00001004 reqid 0 mode tunnel
	replay-window 0 flag af-unspec esn
	aead rfc4106(gcm(aes)) 0x0123456789abcdef0123456789abcdef01234567 96
	anti-replay esn context:
	 seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0
	 replay_window 300, bitmap-length 10
	 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 
	 00000000 000000ff 
	if_id 0x2a
"""

AH = """\
src 10.0.0.1 dst 10.0.0.2
	proto ah spi 0x00001002 reqid 0 mode tunnel
	replay-window 0 
	auth-trunc hmac(sha1) 0x0123456789abcdef0123456789abcdef01234567 96
	anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000
	sel src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp sport 80 dport 443 dev va 
"""

NULL_IN_UDP = """\
src 10.0.0.1 dst 10.0.0.2
	proto esp spi 0x00001005 reqid 0 mode tunnel
	replay-window 0 
	auth-trunc digest_null  0
	enc ecb(cipher_null) 
	encap type espinudp sport 4500 dport 4501 addr 0.0.0.0
	anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000
	sel src 0.0.0.0/0 dst 0.0.0.0/0 
"""

# ip -s
STATISTICS = """\
src 10.0.0.1 dst 10.0.0.2
	proto esp spi 0x00001001(4097) reqid 16(0x00000010) mode transport
	replay-window 0 seq 0x285212672 flag noecn af-unspec align4extra_flag dont-encap-dscp oseq-may-wrap (0x01111111)
	auth-trunc hmac(sha256) 0x0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef (256 bits) 128
	enc cbc(aes) 0x0123456789abcdef0123456789abcdef (128 bits)
	anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000
	lifetime config:
	  limit: soft 1000(bytes), hard (INF)(bytes)
	  limit: soft (INF)(packets), hard 20(packets)
	  expire add: soft 0(sec), hard 30(sec)
	  expire use: soft 0(sec), hard 0(sec)
	lifetime current:
	  128(bytes), 2(packets)
	  add 2026-11-23 09:19:53 use -
	stats:
	  replay-window 1 replay 2 failed 3
"""

ROUTE = """\
src fd00::1 dst fd00::2
	proto hao reqid 0 mode ro
	replay-window 0 
	coa fd00::9
	anti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000
	sel src ::/0 dst ::/0 
"""

POLICY = """\
src 10.5.0.0/16 dst 10.6.0.0/24 proto tcp dport 443 dev va 
	dir fwd priority 0 ptype sub flag localok icmp
	tmpl src 1.1.1.1 dst 2.2.2.2
		proto esp spi 0x00001234 reqid 9 mode tunnel
		level use 
	tmpl src 0.0.0.0 dst 0.0.0.0
		proto comp reqid 10 mode transport
"""

BLOCK = """\
src 10.5.0.0/16 dst 10.6.0.0/24 
	dir out action block priority 17 ptype main 
	mark 0xd00/0xf00 
	if_id 0x7
"""

# ip -s
POLICY_STATISTICS = """\
src 10.0.0.1/32 dst 10.0.0.2/32 proto icmp uid 0
	dir out action allow index 1 priority 0 ptype main share any flag  (0x00000000)
	lifetime config:
	  limit: soft (INF)(bytes), hard (INF)(bytes)
	  limit: soft (INF)(packets), hard (INF)(packets)
	  expire add: soft 0(sec), hard 0(sec)
	  expire use: soft 0(sec), hard 0(sec)
	lifetime current:
	  0(bytes), 0(packets)
	  add 2026-11-23 09:19:54 use 2026-11-23 09:19:55
	tmpl src 0.0.0.0 dst 0.0.0.0
		proto esp spi 0x00000000(0) reqid 1(0x00000001) mode transport
		level required share any 
		enc-mask ffffffff auth-mask ffffffff comp-mask ffffffff
"""

KEY = "0x0123456789abcdef0123456789abcdef01234567"


def state(text):
    """The one state of the text."""
    [one] = ip_xfrm.parse_states(text)
    return one


def policy(text):
    """The one policy of the text."""
    [one] = ip_xfrm.parse_policies(text)
    return one


def state_differences(theirs, ours, ignore=frozenset()):
    """The fields in which two texts with one state differ."""
    problems = ip_xfrm.compare(ip_xfrm.parse_states(theirs), ip_xfrm.parse_states(ours), ignore)
    return [problem.split(": ", 1)[1] for problem in problems]


class Reading(unittest.TestCase):
    """Every word becomes a field, and no key does."""

    def test_state(self):
        self.assertEqual(state(GCM), {
            "src": "10.0.0.1", "dst": "10.0.0.2", "proto": "esp", "spi": 0x1000, "reqid": 1, "mode": "tunnel",
            "replay-window": 32, "mark": "0x1/0xff", "output-mark": "0x5/0xff", "aead": ["rfc4106(gcm(aes))", 128],
            "lastused": "2026-11-23 09:19:55", "replay.seq": 2, "replay.oseq": 0, "replay.bitmap": 3,
            "sel.src": "0.0.0.0/0", "sel.dst": "0.0.0.0/0"})

    def test_esn(self):
        self.assertEqual(state(ESN), {
            "src": "10.0.0.1", "dst": "10.0.0.2", "proto": "esp", "spi": 0x1004, "reqid": 0, "mode": "tunnel",
            "replay-window": 0, "flags": ["af-unspec", "esn"], "aead": ["rfc4106(gcm(aes))", 96], "esn.seq-hi": 0,
            "esn.seq": 0, "esn.oseq-hi": 0, "esn.oseq": 0, "esn.replay_window": 300, "esn.bitmap-length": 10,
            "esn.bitmap": [0] * 9 + [0xff], "if_id": 42})

    def test_selector(self):
        self.assertEqual({name: value for name, value in state(AH).items() if name.startswith("sel.")}, {
            "sel.src": "10.1.0.0/16", "sel.dst": "10.2.0.0/16", "sel.proto": 6, "sel.sport": 80, "sel.dport": 443,
            "sel.dev": "va"})

    def test_encapsulation_and_empty_keys(self):
        fields = state(NULL_IN_UDP)
        self.assertEqual(fields["auth-trunc"], ["digest_null", 0])
        self.assertEqual(fields["enc"], ["ecb(cipher_null)"])
        self.assertEqual([fields[f"encap.{name}"] for name in ("type", "sport", "dport", "addr")],
                         ["espinudp", 4500, 4501, "0.0.0.0"])

    def test_care_of_address(self):
        fields = state(ROUTE)
        self.assertEqual((fields["proto"], fields["mode"], fields["coa"]), ("hao", "ro", "fd00::9"))
        self.assertNotIn("spi", fields)

    def test_statistics(self):
        self.assertEqual(state(STATISTICS), {
            "src": "10.0.0.1", "dst": "10.0.0.2", "proto": "esp", "spi": 0x1001, "reqid": 16, "mode": "transport",
            "replay-window": 0, "seq": 285212672, "flags": ["af-unspec", "align4", "noecn"],
            "extra-flags": ["dont-encap-dscp", "oseq-may-wrap"], "auth-trunc": ["hmac(sha256)", 128],
            "enc": ["cbc(aes)"], "replay.seq": 0, "replay.oseq": 0, "replay.bitmap": 0, "soft.bytes": 1000,
            "hard.bytes": "(INF)", "soft.packets": "(INF)", "hard.packets": 20, "soft.add": 0, "hard.add": 30,
            "soft.use": 0, "hard.use": 0, "bytes": 128, "packets": 2, "add": "2026-11-23 09:19:53", "use": "-",
            "stats.replay-window": 1, "stats.replay": 2, "stats.failed": 3})

    def test_newer_words(self):
        text = ROUTE + "\tcrypto offload parameters: dev e0 dir in mode packet\n\ttfcpad 64\n\tdir out\n\tpcpu-num 3\n"
        fields = state(text)
        self.assertEqual([fields[name] for name in ("offload.dev", "offload.dir", "offload.mode", "tfcpad", "dir",
                                                    "pcpu-num")], ["e0", "in", "packet", 64, "out", 3])

    def test_policy(self):
        self.assertEqual(policy(POLICY), {
            "sel.src": "10.5.0.0/16", "sel.dst": "10.6.0.0/24", "sel.proto": 6, "sel.dport": 443, "sel.dev": "va",
            "dir": "fwd", "action": "allow", "priority": 0, "ptype": "sub", "flags": ["icmp", "localok"],
            "tmpl.0.src": "1.1.1.1", "tmpl.0.dst": "2.2.2.2", "tmpl.0.proto": "esp", "tmpl.0.spi": 0x1234,
            "tmpl.0.reqid": 9, "tmpl.0.mode": "tunnel", "tmpl.0.level": "use", "tmpl.1.src": "0.0.0.0",
            "tmpl.1.dst": "0.0.0.0", "tmpl.1.proto": "comp", "tmpl.1.reqid": 10, "tmpl.1.mode": "transport",
            "tmpl.1.level": "required"})

    def test_policy_that_blocks(self):
        self.assertEqual(policy(BLOCK), {
            "sel.src": "10.5.0.0/16", "sel.dst": "10.6.0.0/24", "dir": "out", "action": "block", "priority": 17,
            "ptype": "main", "mark": "0xd00/0xf00", "if_id": 7})

    def test_policy_statistics(self):
        fields = policy(POLICY_STATISTICS)
        self.assertEqual([fields[name] for name in ("index", "sel.uid", "hard.bytes", "use", "tmpl.0.enc-mask",
                                                    "tmpl.0.level")],
                         [1, 0, "(INF)", "2026-11-23 09:19:55", "ffffffff", "required"])
        self.assertNotIn("flags", fields)

    def test_policy_of_a_socket(self):
        fields = policy(BLOCK.replace("dir out action block", "socket in"))
        self.assertEqual((fields["socket"], fields["action"]), ("in", "allow"))

    def test_many(self):
        self.assertEqual([one["spi"] for one in ip_xfrm.parse_states(GCM + ESN + AH)], [0x1000, 0x1004, 0x1002])
        self.assertEqual(len(ip_xfrm.parse_policies(POLICY + BLOCK)), 2)
        self.assertEqual(ip_xfrm.parse_states(""), [])

    def test_unknown_words_are_not_passed_over(self):
        for text in (GCM + "\tcolour blue\n", "Not a state\n", GCM.replace("reqid 1", "reqid"),
                     GCM.replace("replay-window 32 ", "replay-window many")):
            with self.assertRaises(ip_xfrm.CannotRead):
                ip_xfrm.parse_states(text)


class Keys(unittest.TestCase):
    """Keys are left out, whatever stands for them."""

    def test_no_key_is_in_a_field(self):
        for text in (GCM, ESN, AH, STATISTICS):
            self.assertNotIn("0123456789", str(state(text)))

    def test_what_stands_for_a_key_is_no_difference(self):
        for hidden in ("<<Keys hidden>>", "<<Keys hidden>> (160 bits)", "0x99", "0x99 (8 bits)"):
            self.assertEqual(state_differences(GCM, GCM.replace(KEY, hidden)), [])
        self.assertEqual(state_differences(NULL_IN_UDP, NULL_IN_UDP.replace("null)", "null) <<Keys hidden>>")), [])

    def test_the_bits_of_the_icv_are(self):
        self.assertEqual(state_differences(GCM, GCM.replace(KEY + " 128", "<<Keys hidden>> 64")),
                         ["aead is ['rfc4106(gcm(aes))', 128] in ip, ['rfc4106(gcm(aes))', 64] in xfrm-snap"])


class Comparing(unittest.TestCase):
    """Every difference is told."""
    def test_equal_in_another_order(self):
        self.assertEqual(state_differences(GCM + ESN + AH, AH + GCM + ESN), [])

    def test_each_changed_word_is_a_difference(self):
        for word, other, name in (
                ("reqid 1", "reqid 2", "reqid"), ("tunnel", "beet", "mode"), ("32 ", "16 ", "replay-window"),
                ("0x5/0xff", "0x5/0xfe", "output-mark"), (", oseq 0x0", ", oseq 0x1", "replay.oseq"),
                ("dst 0.0.0.0/0", "dst 0.0.0.0/1", "sel.dst"), (":55", ":56", "lastused")):
            [problem] = state_differences(GCM, GCM.replace(word, other))
            self.assertTrue(problem.startswith(name + " is "), problem)

    def test_each_missing_line_is_a_difference(self):
        for text in (GCM, ESN, AH, NULL_IN_UDP, STATISTICS, ROUTE):
            lines = text.splitlines(keepends=True)
            for at in range(2, len(lines)):
                if lines[at].strip() in ("anti-replay esn context:", "lifetime config:", "lifetime current:", "stats:"):
                    continue
                self.assertTrue(state_differences(text, "".join(lines[:at] + lines[at + 1:])), lines[at])

    def test_ignored_fields(self):
        later = GCM.replace("seq 0x2", "seq 0x9").replace("00000003", "ffffffff").replace(":55", ":59")
        self.assertEqual(len(state_differences(GCM, later)), 3)
        self.assertEqual(state_differences(GCM, later, ip_xfrm.MOVING), [])

    def test_missing_and_added_objects(self):
        self.assertEqual(state_differences(GCM + ESN, GCM), ["only in ip"])
        self.assertEqual(state_differences(GCM, GCM + GCM), ["only in xfrm-snap"])

    def test_objects_of_one_identity_find_their_likes(self):
        other = GCM.replace("reqid 1", "reqid 2")
        self.assertEqual(state_differences(GCM + other, other + GCM), [])

    def test_policies(self):
        theirs = ip_xfrm.parse_policies(POLICY)
        problems = ip_xfrm.compare(theirs, ip_xfrm.parse_policies(POLICY.replace("reqid 10", "reqid 1")))
        self.assertEqual(problems, ["dir fwd sel.src 10.5.0.0/16 sel.dst 10.6.0.0/24 sel.proto 6 priority 0 ptype sub: "
                                    "tmpl.1.reqid is 10 in ip, 1 in xfrm-snap"])
        fewer = POLICY[:POLICY.index("\ttmpl src 0.0.0.0")]
        self.assertEqual(len(ip_xfrm.compare(theirs, ip_xfrm.parse_policies(fewer))), 6)

    def test_what_an_older_iproute2_does_not_print(self):
        self.assertEqual(ip_xfrm.unknown_to("ip utility, iproute2-6.1.0, libbpf 1.1.2"),
                         {"offload.mode", "dir", "pcpu-num"})
        self.assertEqual(ip_xfrm.unknown_to("ip utility, iproute2-6.15.0, libbpf 1.5.0"), {"pcpu-num"})
        self.assertEqual(ip_xfrm.unknown_to("ip utility, iproute2-7.1.0"), frozenset())
        self.assertEqual(state_differences(GCM, GCM + "\tdir in\n"), ["dir is nothing in ip, 'in' in xfrm-snap"])
        self.assertEqual(state_differences(GCM, GCM + "\tdir in\n", ip_xfrm.unknown_to("iproute2-6.1.0")), [])


if __name__ == "__main__":
    unittest.main()
