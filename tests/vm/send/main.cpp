// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// lab-send: sends exact packets from inside a guest of the laboratory.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <string>

#include "args.hpp"
#include "commands.hpp"
#include "netns.hpp"
#include "socket.hpp"

namespace {

void run_in(const lab::Words& words);

void now(const lab::Words&) {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  std::printf("%lld\n", static_cast<long long>(t.tv_sec) * 1'000'000'000 + t.tv_nsec);
}

struct Command {
  const char* name;
  void (*run)(const lab::Words&);
  const char* usage;
};

constexpr char kUsage[] = "usage: lab-send COMMAND KEY=VALUE...\n"
                          "\n"
                          "Every sending command takes src= dst= and, if wanted, mark= dev= count= (1) interval= (0 "
                          "ms). It says how many packets\n"
                          "the kernel took; a refusal is no failure. Numbers are decimal or 0x hexadecimal. Exit: 0 "
                          "done, 1 failed, 2 wrong usage.\n"
                          "\n";

constexpr Command kCommands[] = {
    {"raw", lab::raw,
     "proto=esp|ah|comp spi= [seq=1] [step=0] [len=32] [cut=BYTES], or proto=NUMBER hex=: behind a plain IP header"},
    {"flood", lab::flood, "from= [seed=1]: ESP with random SPIs, from random ones of the 65536 addresses of from="},
    {"null", lab::null_esp_packet,
     "spis=OUTER,...,INNER [seq=1] [next=udp] [hex= | sport= dport= len=]: ESP in ESP, not encrypted"},
    {"packet", lab::whole_packet,
     "[proto=udp] [df=0] [more=0] [hex= | sport= dport= len=]: a whole IP packet through a raw socket"},
    {"udp", lab::udp,
     "[sport=] [dport=9] [len=32 | hex=] [segment=BYTES] [df=0] [sndbuf=] [policy=in|out:block|allow|esp]; with spi= "
     "[seq=1]: ESP in UDP, ports 4500"},
    {"tcp", lab::tcp, "[sport=] [dport=9]: one SYN; with len=: a connection, so many bytes at once, and a reset"},
    {"icmp", lab::icmp, "[type=echo request] [id=1] [len=32]"},
    {"cork", lab::cork, "[sport=] [dport=9] -- COMMAND: looks up the route, runs COMMAND, then sends"},
    {"replay", lab::replay,
     "dev= [count=1] [seq=] [flip=0] -- COMMAND: sends the ESP packet of COMMAND again; flip breaks its ICV"},
    {"ipip", lab::tunnel_with_checksum,
     "dev= mac= inner_src= inner_dst= [csum=20]: IP in IP, its checksum to be computed from an offset"},
    {"listen", lab::listen_udp,
     "src= [sport=9] [tcp=0] [encap=0] [policy=]: stays bound in the background and prints its process; encap takes "
     "ESP in "
     "UDP"},
    {"in", run_in, "NETNS COMMAND...: runs the command in the named netns or init; a lab-send in this same process"},
    {"counters", lab::counters,
     "[netns=NAME,...] [tag=WORD] [total=N timeout=MS]: TAG NETNS INUM COUNTER VALUE; waits until the sum is N"},
    {"churn", lab::churn,
     "name= count= [linger=0 ms]: makes netns NAME.0 and so on, errors in each, prints NETNS COUNTER VALUE, deletes "
     "it"},
    {"state", lab::add_state,
     "src= dst= spi= dir=in|out [reqid=0] [mode=transport|tunnel]: adds an ESP state with a direction"},
    {"migrate", lab::migrate,
     "src= dst= old_src= old_dst= new_src= new_dst= [reqid=0] [mode=transport]: moves the outbound policy of src= to "
     "dst=, and its states"},
    {"replay-state", lab::set_replay, "src= dst= spi= [seq=0] [oseq=0]: of an ESP state"},
    {"pfkey", lab::pfkey,
     "do=add|update|getspi|delete|flush|spdadd|spddelete|spdflush [src= dst= spi= reqid=0]: through PF_KEY"},
    {"storm", lab::storm,
     "count= [procs=1] [overlap=0] [add=1] [update=0] [delete=0 permille] [shuffle=1] [seed=1] [pause=0 us] [from=0] "
     "[gcm=0]: adds, updates and deletes states in random order"},
    {"mirrored", lab::mirrored,
     "what=states|policies [netns=NAME,...] [lack=0]: fails unless xfrm-snap's JSON on stdin is what the kernel lists, "
     "but for so many rows that it lacks"},
    {"await", lab::await,
     "file= text= pid= [seconds=60]: until the text is in the file; fails if the process ends before"},
    {"gone", lab::gone, "pid= [seconds=30]: until the process has ended"},
    {"now", now, "prints CLOCK_MONOTONIC, ns"},
    {"search", lab::search,
     "hex=SECRET,... [pid=] [maps=1] [file=]: where eight bytes of a secret stand, also as text: what PLACES BYTES "
     "FINDS"},
    {"plant", lab::plant, "hex=: a process that has it in its memory and in a map; prints its number"},
    {"terminal", lab::terminal,
     "until=FILE -- COMMAND: runs it in a terminal of its own, which goes when FILE appears"},
    {"fault", lab::with_fault, "prog=PINNED -- COMMAND: attaches a pinned fmod_ret program while COMMAND runs"},
    {"cipher", lab::make_cipher, "name=TEMPLATE(...): lets the kernel make an AEAD cipher of its templates"},
    {"first", lab::run_first,
     "-- COMMAND: runs it on processor 0, before all other work of that processor but its packets"},
};

void print_usage(FILE* stream) {
  std::fputs(kUsage, stream);
  for (const Command& command : kCommands)
    std::fprintf(stream, "  %-8s %s\n", command.name, command.usage);
}

int run(const Command& command, const lab::Words& words) {
  try {
    command.run(words);
    return 0;
  } catch (const lab::UsageError& error) {
    std::fprintf(stderr, "lab-send %s: %s\nusage: lab-send %s %s\n", command.name, error.what(), command.name,
                 command.usage);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "lab-send %s: %s\n", command.name, error.what());
    return 1;
  }
}

int dispatch(const lab::Words& words) {
  const std::string name = words.size() > 1 ? words[1] : "";
  if (name == "-h" || name == "--help") {
    print_usage(stdout);
    return 0;
  }
  for (const Command& command : kCommands)
    if (name == command.name) return run(command, lab::Words(words.begin() + 2, words.end()));
  std::fprintf(stderr, "lab-send: %s\n",
               name.empty() ? "a command is missing" : ("unknown command '" + name + "'").c_str());
  print_usage(stderr);
  return 2;
}

void run_in(const lab::Words& words) {
  if (words.size() < 2) throw lab::UsageError("a netns and a command are needed");
  lab::enter_netns(words[0]);
  const lab::Words rest(words.begin() + 1, words.end());
  if (rest[0] == "lab-send") std::exit(dispatch(rest));
  lab::execute(rest);
}

} // namespace

int main(int argc, char** argv) {
  return dispatch(lab::Words(argv, argv + argc));
}
