// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The file of --pcap: readable by its owner only, and whole after each packet.
#pragma once

#include "output.hpp"

#include "../render/pcapng.hpp"
#include "../sys/fd.hpp"
#include "../sys/result.hpp"

namespace xs {

class PcapFile {
public:
  // Opens a named pipe once it has a reader, for which it waits a few seconds at most. Returns no descriptor for any
  // other file: `open` opens that.
  static Result<Fd> await_reader(const std::string& path, const Stop& stop);
  // "-": standard output. `pipe`: from `await_reader`.
  static Result<PcapFile> open(const std::string& path, Fd pipe, const Stop& stop);

  // Writes the event's packet, if its bytes are known. After a failure, which is reported once, nothing more is
  // written. Waits for a slow reader until the run has been told to stop, and a moment longer.
  Status write(const Event& event, const Finding& finding);
  uint64_t packets() const { return packets_; }
  bool failed() const { return failed_; }
  // The reader of the pipe is gone, which is no failure.
  bool reader_left() const { return reader_left_; }
  const std::string& name() const { return name_; }

private:
  PcapFile(Fd file, std::string name, const Stop& stop)
      : file_(std::move(file)), name_(std::move(name)), patience_(&stop) {}
  Fd file_;
  std::string name_;
  Patience patience_;
  Pcapng blocks_;
  uint64_t packets_ = 0;
  int64_t whole_ = 0; // bytes up to the end of the last block
  bool given_up_ = false, failed_ = false;
  bool reader_left_ = false;

  Status put(const std::string& bytes);
  // `done`: bytes written of an incomplete block.
  Status give_up(int error, size_t done);
};

} // namespace xs
