// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Writes the manual page.
#include "manual.hpp"
#include "option_table.hpp"

#include "../model/version.hpp"

#include <fmt/format.h>

namespace xs {
namespace {

constexpr const char* kHead = R"(.\" SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
.\" Made of the option table by make docs; do not edit.
.TH XFRM-SNAP 8 "" "xfrm-snap {}" "System Administration"
.SH NAME
xfrm-snap \- explain every error that Linux counts in /proc/net/xfrm_stat, and packets that IPsec loses without a counter
.SH SYNOPSIS
.B xfrm-snap
.RI [ COMMAND ]
.RI [ OPTION ...]
.SH DESCRIPTION
A counter in
.I /proc/net/xfrm_stat
rises: Linux has thrown away an IPsec packet.
.B xfrm-snap
attaches a probe to every place in the running kernel that counts such an error, or where IPsec loses packets without
counting them, and keeps a live mirror of all SAs and policies.
For each error or loss it prints the packet, the place, the netns, the SA and the policy; at the end it proves that it
missed no error.
Without a command it traces until Ctrl-C.
)";

constexpr const char* kTail = R"(.SH OUTPUT
Data goes to stdout, line by line, also into a pipe; status goes to stderr.
With
.B \-\-json
each line is a JSON object:
.BR ready ,
.BR error ,
.BR loss ,
.BR change ,
and
.B summary
as the last one.
Unknown is null.
The sum of
.B n
over the error lines of a counter and netns is the number of increments that xfrm-snap saw.
A loss has no counter:
.B packets
says how many packets were lost,
.B errno
what their sender got.
.SH FILTERS
Errors that a filter leaves out are counted in the kernel, but not reported: the summary lists them separately, so that
every increment of the kernel's counters is still accounted for.
All filters must match.
A filter that is repeated matches if one of its values does.
An unknown value of a packet matches no filter.
An inode number means the netns that has it when xfrm-snap starts.
.B \-\-changes
obeys
.B \-\-netns
only.
.SH SIGNALS
SIGINT, SIGTERM and SIGHUP end it, as does the end of
.BR \-\-duration :
with the summary, and within three seconds whatever the reader of its output does.
Lines that the reader has not read by then are dropped; the summary and a message on standard error say how many.
A second signal ends it at once, without a summary.
.SH EXIT STATUS
0: fine, also after SIGINT, SIGTERM or a closed pipe; 1: could not run, or was ended at once; 2: wrong usage.
.SH ENVIRONMENT
.B NO_COLOR
set to anything: no colour, unless
.B \-\-color always
asks for it.
.SH FILES
.I /sys/fs/bpf/xfrm-snap
holds the maps while it runs:
.BR states ,
.BR policies ,
.BR deleted ,
.BR tc ,
.BR errors ,
.BR sites ,
.B lost
and
.BR totals .
.B bpftool map dump pinned
prints them.
None of them contains a key.
.PP
.I /run/xfrm-snap/switches
records which of the kernel's switches it has turned.
If it was killed together with the child that restores them, the next start or
.B xfrm-snap check
restores them.
.SH SEE ALSO
.BR ip-xfrm (8),
.BR ip-netns (8),
.BR bpftool (8)
)";

// Escapes for roff: hyphens can be copied as minus signs, and no line begins with a request.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-' || c == '\\') out += '\\';
    out += c;
  }
  return out.starts_with('.') || out.starts_with('\'') ? "\\&" + out : out;
}

std::string entry(std::string_view names, std::string_view argument, const std::string& help, bool needed = true) {
  std::string shown(names);
  if (const size_t comma = shown.find(','); comma != std::string::npos) shown.insert(comma + 1, " ");
  const std::string word = fmt::format("\\fI{}\\fR", roff(argument));
  const std::string value = argument.empty() ? "" : " " + (needed ? word : "[" + word + "]");
  return fmt::format(".TP\n\\fB{}\\fR{}\n{}.\n", roff(shown), value, roff(help));
}

std::string option_entry(const OptionRow& row) {
  std::string help = row.help;
  if (*row.standard) help += fmt::format(" [{}]", row.standard);
  return entry(row.names, row.argument, help);
}

std::string commands_section() {
  std::string out = ".SH COMMANDS\n";
  for (const CommandRow& row : command_table()) {
    const std::string words =
        *row.words ? fmt::format("; {} is one of {}", row.argument, listed(split_words(row.words))) : "";
    out += entry(row.name, row.argument, row.about + words, row.needed);
  }
  return out;
}

std::string options_section() {
  std::string out = ".SH OPTIONS\n";
  std::string_view group;
  for (const OptionRow& row : option_table()) {
    if (group != row.group) out += fmt::format(".SS {}\n", roff(row.group));
    if (group.empty()) out += entry(kHelp.names, "", kHelp.help) + entry(kVersion.names, "", kVersion.help);
    group = row.group;
    out += option_entry(row);
  }
  return out;
}

} // namespace

std::string manual_page() {
  return fmt::format(kHead, XFRM_SNAP_VERSION) + commands_section() + options_section() + kTail;
}

} // namespace xs
