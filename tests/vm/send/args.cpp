// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Reads the words of a command line.
#include "args.hpp"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <sstream>

namespace lab {
namespace {

bool contains(const std::string& known, const std::string& key) {
  std::istringstream words(known);
  for (std::string word; words >> word;)
    if (word == key) return true;
  return false;
}

uint32_t parse_number(const std::string& key, const std::string& text) {
  size_t used = 0;
  unsigned long long value = 0;
  try {
    value = std::stoull(text, &used, 0);
  } catch (const std::logic_error&) {
    used = 0;
  }
  if (used == 0 || used != text.size() || value > UINT32_MAX || text[0] == '-')
    throw UsageError(key + "=" + text + ": not a number up to 0xffffffff");
  return static_cast<uint32_t>(value);
}

} // namespace

SystemError::SystemError(const std::string& tried) : runtime_error(tried + ": " + std::strerror(errno)) {}

Args::Args(const std::vector<std::string>& words, const std::string& known) {
  for (size_t i = 0; i < words.size(); i++) {
    if (words[i] == "--") {
      command_.assign(words.begin() + i + 1, words.end());
      return;
    }
    const size_t equals = words[i].find('=');
    const std::string key = words[i].substr(0, equals);
    if (equals == std::string::npos || !contains(known, key))
      throw UsageError("unknown word '" + words[i] + "'; known: KEY=VALUE with KEY one of " + known);
    values_[key] = words[i].substr(equals + 1);
  }
}

std::string Args::text(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) throw UsageError(key + "= is missing");
  return found->second;
}

std::string Args::text(const std::string& key, const std::string& fallback) const {
  return has(key) ? text(key) : fallback;
}

uint32_t Args::number(const std::string& key) const {
  return parse_number(key, text(key));
}

uint32_t Args::number(const std::string& key, uint32_t fallback) const {
  return has(key) ? number(key) : fallback;
}

uint16_t Args::port(const std::string& key, uint16_t fallback) const {
  const uint32_t value = number(key, fallback);
  if (value > UINT16_MAX) throw UsageError(key + "=" + text(key) + ": a port is at most 65535");
  return static_cast<uint16_t>(value);
}

std::vector<uint32_t> Args::numbers(const std::string& key) const {
  std::vector<uint32_t> found;
  std::istringstream words(text(key));
  for (std::string word; std::getline(words, word, ',');)
    found.push_back(parse_number(key, word));
  return found;
}

std::vector<uint8_t> Args::bytes(const std::string& key) const {
  std::string digits;
  for (const char c : text(key, ""))
    if (std::isxdigit(static_cast<unsigned char>(c)))
      digits += c;
    else if (c != ' ' && c != ':')
      throw UsageError(key + "=" + text(key) + ": not bytes in hexadecimal");
  if (digits.size() % 2) throw UsageError(key + "= has an odd number of digits");
  std::vector<uint8_t> found;
  for (size_t i = 0; i < digits.size(); i += 2)
    found.push_back(static_cast<uint8_t>(std::stoul(digits.substr(i, 2), nullptr, 16)));
  return found;
}

} // namespace lab
