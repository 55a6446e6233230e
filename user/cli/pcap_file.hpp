// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The file of --pcap: readable by its owner only, and whole after each packet.
#pragma once

#include "../render/pcapng.hpp"
#include "../sys/fd.hpp"
#include "../sys/result.hpp"

namespace xs {

class PcapFile {
public:
  // "-": standard output.
  static Result<PcapFile> open(const std::string& path);

  // Writes the event's packet, if its bytes are known. After a failure, which is told once, nothing is written any
  // more.
  Status write(const Event& event, const Finding& finding);
  uint64_t packets() const { return packets_; }
  bool failed() const { return failed_; }
  // A pipe's reader has gone, which is no failure.
  bool reader_left() const { return reader_left_; }
  const std::string& name() const { return name_; }

private:
  Fd file_;
  std::string name_;
  Pcapng blocks_;
  uint64_t packets_ = 0;
  int64_t whole_ = 0; // bytes up to the end of the last block
  bool failed_ = false;
  bool reader_left_ = false;

  Status put(const std::string& bytes);
  Status give_up(int error);
};

} // namespace xs
