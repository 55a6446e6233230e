// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Copies types one by one; structs that the resolver never looks into keep their name and size only.
#include "btf_subset.hpp"

#include <algorithm>
#include <bpf/btf.h>
#include <list>

namespace xs {
namespace {

constexpr std::string_view kFollowed[] = {"sk_buff",
                                          "net_device",
                                          "net",
                                          "xfrm_state",
                                          "xfrm_policy",
                                          "sock",
                                          "dst_entry",
                                          "linux_xfrm_mib",
                                          "flowi",
                                          "ip_tunnel",
                                          "ip6_tnl",
                                          "xfrm_if",
                                          "xfrm_dst",
                                          "inet_sock",
                                          "rtable",
                                          "rt6_info",
                                          "crypto_async_request",
                                          "neighbour",
                                          "crypto_request",
                                          "xfrm4_protocol",
                                          "xfrm6_protocol"};

// The type behind typedefs and modifiers other than const, which says what a callee may write.
TypeId plain(const btf* b, TypeId id) {
  const btf_type* t = btf__type_by_id(b, id);
  while (t && ((btf_is_mod(t) && !btf_is_const(t)) || btf_is_typedef(t) || btf_is_type_tag(t))) {
    id = t->type;
    t = btf__type_by_id(b, id);
  }
  return id;
}

bool followed(std::string_view name) {
  return std::ranges::find(kFollowed, name) != std::end(kFollowed);
}

// Ids are given out first, in the order in which types are met, so that types may refer to each other in circles.
class Subset {
public:
  // `base`: vmlinux's, for a module's; it takes in what the module's types refer to.
  Subset(const btf* from, Subset* base)
      : from_(from), base_(base), types_(from), first_(base ? btf__type_cnt(btf__base_btf(from)) : 1) {}

  void add_roots(const std::set<std::string, std::less<>>& functions) {
    const TypeId count = btf__type_cnt(from_);
    for (TypeId id = first_; id < count; id++) {
      const btf_type* t = btf__type_by_id(from_, id);
      const char* name = text(t->name_off);
      if ((btf_is_func(t) && functions.contains(name)) || (btf_is_struct(t) && followed(name))) add(id, true);
    }
  }

  // How many types the result has of this object's own.
  TypeId count() const { return static_cast<TypeId>(wanted_.size()); }

  // `start`: the id of the first of them.
  void emit(btf* to, TypeId start) {
    to_ = to;
    start_ = start;
    for (const Wanted& w : wanted_)
      emit(btf__type_by_id(from_, w.id), w.members);
  }

private:
  struct Wanted {
    TypeId id;
    bool members;
  };
  const btf* from_;
  Subset* base_;
  Types types_;
  const TypeId first_; // own types start here, those before are the base's
  TypeId start_ = 1;   // the same in the result
  btf* to_ = nullptr;
  std::map<TypeId, size_t> index_; // into wanted_
  std::vector<Wanted> wanted_;

  const char* text(uint32_t offset) const { return btf__name_by_offset(from_, offset); }

  void add(TypeId id, bool whole) {
    id = plain(from_, id);
    if (id == 0) return;
    if (id < first_) return base_->add(id, whole);
    const auto [it, fresh] = index_.try_emplace(id, wanted_.size());
    const btf_type* t = btf__type_by_id(from_, id);
    if (fresh) wanted_.push_back({id, false});
    const bool members = whole || followed(text(t->name_off)) || types_.only_numbers(id);
    Wanted& w = wanted_[it->second];
    if (!fresh && (w.members || !members)) return;
    w.members = members;
    visit(t, members);
  }

  // Meets everything that the type refers to.
  void visit(const btf_type* t, bool members) {
    if (btf_is_ptr(t)) add(t->type, members && btf_is_func_proto(btf__type_by_id(from_, plain(from_, t->type))));
    if (btf_is_const(t)) add(t->type, members);
    if (btf_is_func(t)) add(t->type, true);
    if (btf_is_array(t)) {
      add(btf_array(t)->type, members);
      add(btf_array(t)->index_type, false);
    }
    if (btf_is_composite(t) && members)
      for (int i = 0; i < btf_vlen(t); i++)
        add(btf_members(t)[i].type, true);
    if (!btf_is_func_proto(t) || !members) return;
    add(t->type, false);
    for (int i = 0; i < btf_vlen(t); i++)
      add(btf_params(t)[i].type, false);
  }

  int known(TypeId id) const {
    id = plain(from_, id);
    if (id < first_ && base_) return base_->known(id);
    const auto it = index_.find(id);
    return it == index_.end() ? 0 : static_cast<int>(start_ + it->second);
  }

  void emit(const btf_type* t, bool members) {
    const char* name = text(t->name_off);
    if (btf_is_ptr(t))
      btf__add_ptr(to_, known(t->type));
    else if (btf_is_const(t))
      btf__add_const(to_, known(t->type));
    else if (btf_is_array(t))
      btf__add_array(to_, known(btf_array(t)->index_type), known(btf_array(t)->type),
                     static_cast<int>(btf_array(t)->nelems));
    else if (btf_is_composite(t))
      emit_composite(t, members);
    else if (btf_is_func_proto(t))
      emit_prototype(t, members);
    else if (btf_is_func(t))
      btf__add_func(to_, name, BTF_FUNC_GLOBAL, known(t->type));
    else if (btf_is_any_enum(t))
      btf__add_enum(to_, *name ? name : nullptr, t->size);
    else if (btf_is_fwd(t))
      btf__add_fwd(to_, name, btf_kflag(t) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
    else
      btf__add_int(to_, *name ? name : "scalar", t->size ? t->size : 1, 0);
  }

  void emit_prototype(const btf_type* t, bool members) {
    btf__add_func_proto(to_, known(t->type));
    for (int i = 0; i < btf_vlen(t) && members; i++)
      btf__add_func_param(to_, text(btf_params(t)[i].name_off), known(btf_params(t)[i].type));
  }

  void emit_composite(const btf_type* t, bool members) {
    const char* name = text(t->name_off);
    if (btf_is_struct(t))
      btf__add_struct(to_, name, t->size);
    else
      btf__add_union(to_, name, t->size);
    for (int i = 0; i < btf_vlen(t) && members; i++)
      btf__add_field(to_, text(btf_members(t)[i].name_off), known(btf_members(t)[i].type), btf_member_bit_offset(t, i),
                     btf_member_bitfield_size(t, i));
  }
};

} // namespace

BtfPtr btf_subset(const KernelBtf& from, const std::set<std::string, std::less<>>& functions) {
  Subset vmlinux(from.vmlinux.get(), nullptr);
  std::list<Subset> modules;
  for (const auto& [name, b] : from.modules)
    modules.emplace_back(b.get(), &vmlinux).add_roots(functions);
  vmlinux.add_roots(functions);
  BtfPtr out(btf__new_empty());
  vmlinux.emit(out.get(), 1);
  TypeId next = 1 + vmlinux.count();
  for (Subset& module : modules) {
    module.emit(out.get(), next);
    next += module.count();
  }
  return out;
}

} // namespace xs
