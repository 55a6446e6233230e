// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The words of a command line: key=value pairs that the sub-command knows, and a command after "--".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace lab {

/// A wrong command line; the text says what is wrong and what would be right.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Something the kernel refused; the text says what was tried and why it failed.
struct SystemError : std::runtime_error {
  explicit SystemError(const std::string& tried);
};

/// The words after the sub-command's name.
class Args {
public:
  /// `known` names the keys of the sub-command, separated by blanks; any other key is a UsageError.
  Args(const std::vector<std::string>& words, const std::string& known);

  bool has(const std::string& key) const { return values_.count(key) != 0; }
  std::string text(const std::string& key) const;
  std::string text(const std::string& key, const std::string& fallback) const;
  /// A number in C's notation (10, 0x99) up to 2^32-1.
  uint32_t number(const std::string& key) const;
  uint32_t number(const std::string& key, uint32_t fallback) const;
  uint16_t port(const std::string& key, uint16_t fallback) const;
  /// Numbers separated by commas.
  std::vector<uint32_t> numbers(const std::string& key) const;
  /// Bytes in hexadecimal; blanks and colons between them are ignored.
  std::vector<uint8_t> bytes(const std::string& key) const;
  /// What follows "--"; empty if there is none.
  const std::vector<std::string>& command() const { return command_; }

private:
  std::map<std::string, std::string> values_;
  std::vector<std::string> command_;
};

} // namespace lab
