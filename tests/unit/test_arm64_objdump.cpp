// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// The arm64 decoder, held against what objdump says of the same words (tests/arm64/objdump): whether there is such an
// instruction, where it leads to, which general registers it writes, which memory it accesses, which numbers it loads
// and compares. XFRM_SNAP_ARM64_WORDS names another list of words, such as that of a whole kernel.
#include "../../user/resolve/arm64.hpp"
#include "../../user/resolve/resolve.hpp"
#include "fixtures.hpp"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <random>
#include <set>
#include <sstream>

using namespace xs;
using namespace xs::test;

namespace {

constexpr uint64_t kAt = 0x10000000;

// "ldr x0, [x1, #8]" in parts: the mnemonic, and the operands, brackets kept together.
struct Text {
  std::string name;
  std::vector<std::string> operands;
  const std::string& operand(size_t i) const {
    static const std::string none;
    return i < operands.size() ? operands[i] : none;
  }
};

Text parse(const std::string& text) {
  Text out;
  const size_t space = std::min(text.find(' '), text.size());
  out.name = text.substr(0, space);
  int depth = 0;
  std::string one;
  for (const char c : text.substr(space)) {
    depth += c == '[' || c == '{';
    depth -= c == ']' || c == '}';
    if (c == ',' && depth == 0)
      out.operands.push_back(std::exchange(one, ""));
    else if (c != ' ' || depth)
      one += c;
  }
  if (!one.empty()) out.operands.push_back(one);
  return out;
}

bool any_of(const std::string& name, std::initializer_list<const char*> starts) {
  return std::ranges::any_of(starts, [&](std::string_view s) { return name.starts_with(s); });
}

// The number of a general register; none: it is no such.
std::optional<Reg> general(std::string name) {
  if (name == "sp" || name == "wsp") return arm64::kStack;
  if (name == "xzr" || name == "wzr") return arm64::kZero;
  if (name.size() < 2 || (name[0] != 'x' && name[0] != 'w') || name.find_first_not_of("0123456789", 1) != name.npos)
    return {};
  return static_cast<Reg>(std::stoi(name.substr(1)));
}

std::optional<int64_t> number(const std::string& text) {
  const size_t at = text.find('#');
  if (at == text.npos) return {};
  return static_cast<int64_t>(std::strtoull(text.c_str() + at + 1, nullptr, 0));
}

// Scalable vectors and matrices, which the decoder takes for no instruction, and what is too new for its lists.
bool is_left_out(const Text& t, uint32_t word) {
  const uint32_t group = word >> 25 & 15;
  return group == 0 || group == 2 || any_of(t.name, {"tcancel", "tstart", "ttest", "tcommit"});
}

bool is_undefined(const Text& t) {
  return t.name == ".inst" || t.name == "udf" || t.name.empty();
}

Insn::Flow flow_of(const Text& t) {
  using Flow = Insn::Flow;
  if (any_of(t.name, {"b.", "bc.", "cbz", "cbnz", "tbz", "tbnz"})) return Flow::branch;
  if (t.name == "b" || t.name == "br" || any_of(t.name, {"braa", "brab"})) return Flow::jump;
  if (t.name == "bl" || any_of(t.name, {"blr"})) return Flow::call;
  if (t.name == "ret" || t.name == "hlt" || any_of(t.name, {"reta", "eret", "dcps", "drps"})) return Flow::end;
  if (t.name == "brk" && (number(t.operand(0)) == 4 || number(t.operand(0)) == 6)) return Flow::end;
  return Flow::next;
}

bool is_store(const std::string& name) {
  return any_of(name, {"st"}) &&
         !any_of(name, {"stadd", "stclr", "steor", "stset", "stsmax", "stsmin", "stumax", "stumin"});
}

// Those that the instruction writes, by what the text says.
std::set<Reg> written(const Text& t, uint32_t word) {
  std::set<Reg> out;
  const auto add = [&](const std::string& name) {
    if (const auto r = general(name); r && *r != arm64::kZero) out.insert(*r);
  };
  const bool vector = (word >> 25 & 7) == 7;
  if (any_of(t.name, {"svc", "hvc", "smc"}))
    for (Reg r = 0; r <= 17; r++)
      out.insert(r);
  const bool quiet =
      flow_of(t) != Insn::Flow::next ||
      any_of(t.name, {"cmp", "cmn", "tst", "ccm", "prf", "msr", "dc",   "ic",   "tlbi", "at",   "cfp",
                      "cpp", "dvp", "brk", "svc", "hvc", "smc", "rmif", "setf", "wfet", "wfit", "hint"}) ||
      t.name == "sys" || t.name == "cmpp";
  const bool tags = any_of(t.name, {"stg", "st2g", "stz"}) || t.name == "stgp";
  if (any_of(t.name, {"stxr", "stlxr", "stxp", "stlxp", "st64bv"}))
    add(t.operand(0));
  else if (any_of(t.name, {"cpy", "setp", "setm", "sete", "setgp", "setgm", "setge"})) {
    for (const std::string& o : t.operands) {
      const bool source = o == t.operand(2) && t.name.starts_with("set");
      if (!source) add(o.substr(o.find_first_not_of('['), o.find_first_of("]!") - o.find_first_not_of('[')));
    }
  } else if (any_of(t.name, {"ldadd", "ldclr", "ldeor", "ldset", "ldsmax", "ldsmin", "ldumax", "ldumin", "swp"}))
    add(t.operand(1));
  else if (any_of(t.name, {"casp"})) {
    add(t.operand(0));
    add(t.operand(1));
  } else if (t.name == "ld64b") {
    for (Reg r = 0; r < 8; r++)
      out.insert(static_cast<Reg>((word & 31) + r) & 31);
  } else if (any_of(t.name, {"ldp", "ldnp", "ldxp", "ldaxp"})) {
    add(t.operand(0));
    add(t.operand(1));
  } else if (!quiet && !is_store(t.name) && !tags &&
             !any_of(t.name, {"stadd", "stclr", "steor", "stset", "stsm", "stum"}))
    add(t.operand(0));
  if (vector) out.clear();
  if (vector && !t.operand(0).empty() && !t.operand(0).starts_with("{")) add(t.operand(0));
  for (size_t i = 0; i < t.operands.size(); i++) { // the base, where it moves
    const std::string& o = t.operands[i];
    if (!o.starts_with("[") || any_of(t.name, {"cpy", "set"})) continue;
    if (o.ends_with("!") || i + 1 < t.operands.size()) add(o.substr(1, o.find_first_of(",]") - 1));
  }
  return out;
}

std::set<Reg> written(const Insn& insn) {
  std::set<Reg> out;
  for (const Op& op : insn.ops)
    if (op.dst != kNoReg && op.dst != arm64::kScratch && op.kind != Op::Kind::test) out.insert(op.dst);
  return out;
}

// "[base + imm]" or "[base + index * scale]" of the first access; the base as it is before the instruction.
std::string accessed(const Insn& insn, Op::Kind kind) {
  int64_t moved = 0;
  for (const Op& op : insn.ops) {
    if (op.kind == Op::Kind::add && op.dst == op.base) moved = op.imm;
    if (op.kind != kind) continue;
    return op.index == kNoReg
               ? fmt::format("{}{:+}:{}", op.base, op.imm + moved, op.size)
               : fmt::format("{}+{}*{}:{}", op.base, op.index == arm64::kScratch ? "w" : "x", op.scale, op.size);
  }
  return "none";
}

int size_of(const Text& t) {
  const std::string& n = t.name;
  if (n.ends_with("b")) return 1;
  if (n.ends_with("h")) return 2;
  if (n.ends_with("sw")) return 4;
  return t.operand(0)[0] == 'x' ? 8 : 4;
}

// The same by the text, of plain loads and stores of one general register or two.
std::optional<std::string> accessed(const Text& t) {
  if (!any_of(t.name, {"ldr", "str", "ldur", "stur", "ldp", "stp", "ldtr", "sttr"}) || any_of(t.name, {"ldra"}))
    return {};
  const auto at = std::ranges::find_if(t.operands, [](const std::string& o) { return o.starts_with("["); });
  if (!general(t.operand(0)) || at == t.operands.end()) return {};
  const bool pair = t.name.starts_with("ldp") || t.name.starts_with("stp");
  if (pair && t.name.starts_with("ldp") && t.operand(0).substr(1) == at->substr(2, at->find_first_of(",]") - 2))
    return {};
  const std::string inside = at->substr(1, at->find(']') - 1);
  const size_t comma = inside.find(',');
  const auto base = general(inside.substr(0, comma));
  if (!base) return {};
  const std::string rest = comma == inside.npos ? "" : inside.substr(comma + 2);
  if (rest.empty() || rest[0] == '#')
    return fmt::format("{}{:+}:{}", *base, rest.empty() ? 0 : *number(rest), size_of(t));
  if (rest.starts_with("xzr")) return {};
  const size_t shift = rest.find('#');
  const int by = shift == rest.npos ? 0 : std::stoi(rest.substr(shift + 1));
  const bool word = rest[0] == 'w';
  return fmt::format("{}+{}*{}:{}", *base, word ? "w" : "x", 1 << by, size_of(t));
}

// What a register is known to hold afterwards, by the text: of mov, movz, movn, adr, adrp.
std::optional<int64_t> loaded(const Text& t) {
  if (t.name == "adr" || t.name == "adrp") return static_cast<int64_t>(std::strtoull(t.operand(1).c_str(), nullptr, 0));
  if (!any_of(t.name, {"mov"}) || t.name == "movk" || t.name == "movi" || !t.operand(1).starts_with("#")) return {};
  uint64_t n = static_cast<uint64_t>(*number(t.operand(1)));
  if (t.operands.size() > 2) n <<= *number(t.operand(2));
  if (t.name == "movn") n = ~n;
  return static_cast<int64_t>(t.operand(0)[0] == 'w' ? n & 0xffffffff : n);
}

std::string differs(uint32_t word, const Text& t) {
  std::array<uint8_t, 4> bytes;
  std::memcpy(bytes.data(), &word, sizeof(word));
  const auto insn = aarch64().decode(bytes, kAt);
  if (is_undefined(t)) return insn && !written(*insn).empty() ? "is undefined, but writes a register" : "";
  if (is_left_out(t, word)) return insn ? "is left out, but decoded" : "";
  if (!insn) return "is not decoded";
  if (insn->flow != flow_of(t)) return "goes on otherwise";
  if (!t.operands.empty() && t.operands.back().starts_with("0x") && insn->flow != Insn::Flow::next &&
      insn->target != std::strtoull(t.operands.back().c_str(), nullptr, 0))
    return "leads elsewhere";
  if (written(*insn) != written(t, word)) return "writes other registers";
  if (const auto a = accessed(t)) {
    const auto kind = is_store(t.name) ? Op::Kind::store : Op::Kind::load;
    const bool nowhere = t.operand(0).find("zr") != std::string::npos && kind == Op::Kind::load;
    if (!nowhere && accessed(*insn, kind) != *a) return "accesses " + accessed(*insn, kind) + " and not " + *a;
  }
  if (const auto n = loaded(t)) {
    const Op* op = insn->ops.empty() ? nullptr : &insn->ops[0];
    if (op && (op->kind != Op::Kind::constant || op->imm != *n)) return "loads another number";
  }
  if (any_of(t.name, {"cmp", "cmn"}) && t.name.size() == 3 && t.operand(1).starts_with("#") && t.operands.size() == 2) {
    const int64_t n = *number(t.operand(1)) * (t.name == "cmn" ? -1 : 1);
    if (!insn->compared || insn->compared->number != n) return "compares with another number";
  }
  return "";
}

std::string words_file() {
  const char* other = std::getenv("XFRM_SNAP_ARM64_WORDS");
  return other ? other : fixture("arm64-words.gz");
}

} // namespace

TEST_CASE("the arm64 decoder agrees with objdump") {
  const auto text = read_gzip(words_file());
  REQUIRE(text.has_value());
  std::istringstream in(*text);
  size_t count = 0;
  std::map<std::string, size_t> failures;
  for (std::string line; std::getline(in, line); count++) {
    const size_t tab = line.find('\t');
    const auto word = static_cast<uint32_t>(std::stoul(line.substr(0, tab), nullptr, 16));
    const Text t = parse(line.substr(tab + 1));
    const std::string wrong = differs(word, t);
    if (wrong.empty() || failures[t.name]++ > 20) continue;
    FAIL_CHECK(line << ": " << wrong);
  }
  CHECK(count > 1000);
}

TEST_CASE("random words never crash the arm64 decoder, and what is none writes nothing") {
  std::mt19937 random(22);
  bool good = true;
  for (int i = 0; i < 200000; i++) {
    std::array<uint8_t, 4> bytes;
    const uint32_t word = random();
    std::memcpy(bytes.data(), &word, sizeof(word));
    const auto insn = aarch64().decode(bytes, kAt);
    if (!insn) continue;
    for (const Op& op : insn->ops)
      for (const Reg r : {op.dst, op.base, op.index, op.src})
        good &= r == kNoReg || r < kMaxRegs;
  }
  CHECK(good);
  CHECK(!aarch64().decode(std::array<uint8_t, 3>{0x1f, 0x20, 0x03}, kAt));
}

TEST_CASE("an arm64 kernel whose text is damaged is resolved without a crash") {
  std::mt19937 random(22);
  KernelImage image = kernel_image("6.12-arm64");
  for (auto& [address, text] : image.text)
    for (uint8_t& byte : text)
      if (random() % 400 == 0) byte = static_cast<uint8_t>(random());
  CHECK(resolve(image).sites.size() < 100);
}
