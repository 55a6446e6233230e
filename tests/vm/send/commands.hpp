// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The sub-commands of lab-send. Each knows its keys, and throws UsageError or SystemError.
#pragma once

#include <string>
#include <vector>

namespace lab {

using Words = std::vector<std::string>;

// datagrams.cpp: plain sockets, so that output policies apply
void udp(const Words& words);
void tcp(const Words& words);
void icmp(const Words& words);
void cork(const Words& words);
void listen_udp(const Words& words);

// raw.cpp: packets as given
void flood(const Words& words);
void raw(const Words& words);
void null_esp_packet(const Words& words);
void whole_packet(const Words& words);

// frames.cpp: whole Ethernet frames
void replay(const Words& words);
void tunnel_with_checksum(const Words& words);

// counters.cpp: what /proc/net/xfrm_stat says
void counters(const Words& words);

// terminal.cpp: one that goes away
void terminal(const Words& words);

// churn.cpp: netns that come and go
void churn(const Words& words);

// change.cpp, pfkey.cpp, storm.cpp: states and policies come, change and go
void migrate(const Words& words);
void set_replay(const Words& words);
void pfkey(const Words& words);
void storm(const Words& words);

// await.cpp: until another process is so far
void await(const Words& words);
void gone(const Words& words);

// mirrored.cpp: is what show says what the kernel lists?
void mirrored(const Words& words);

// search.cpp: secrets in memory and in maps
void search(const Words& words);
void plant(const Words& words);

// kernel.cpp: what ip(8) cannot ask of the kernel
void add_state(const Words& words);
void with_fault(const Words& words);
void make_cipher(const Words& words);
void run_first(const Words& words);

} // namespace lab
