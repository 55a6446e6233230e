// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Executes functions of the small kernel with concrete values, to check what the resolver claims.
#pragma once

#include "random_program.hpp"

#include <map>
#include <set>

namespace xs::test {

class Machine {
public:
  Machine(const KernelImage& image, const Resolution& resolution, Random& random);

  // Runs the function once, on a random way. Empty: every claim at every increment that came by was true, or the run
  // did what no C program does and ended; else what was wrong.
  std::string run();
  size_t checked() const { return checked_; }

private:
  struct Undefined {}; // no C program does this

  const KernelImage& image_;
  const Resolution& resolution_;
  Random& random_;
  uint64_t reg_[kMaxRegs] = {};
  std::map<uint64_t, uint64_t> memory_; // 8-byte words by address
  std::set<uint64_t> freed_;
  std::vector<std::pair<uint64_t, uint64_t>> exposed_; // start and end
  std::set<uint64_t> looked_up_;                       // flows in the frame that callees have read
  struct {
    bool valid = false, truth = false, null = false;
  } question_;
  size_t checked_ = 0;
  std::string wrong_;

  void start();
  uint64_t word(uint64_t address);
  uint64_t read(uint64_t address, unsigned size);
  void write(uint64_t address, uint64_t value, unsigned size);
  uint64_t garbage();
  uint64_t address(const Op& op) const;
  void apply(const Op& op);
  void call(const Insn& insn);
  void called(std::string_view name);
  void scribble(uint64_t from, uint64_t to);
  bool taken(const Insn& insn);
  void check(uint64_t at);
  bool holds(const Operand& operand, Role role);
};

} // namespace xs::test
