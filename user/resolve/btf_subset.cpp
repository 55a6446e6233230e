// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// Copies types one by one; structs that the resolver never looks into keep their name and size only.
#include "btf_subset.hpp"

#include <algorithm>
#include <bpf/btf.h>

namespace xs {
namespace {

constexpr std::string_view kFollowed[] = {"sk_buff",       "net_device",     "net",
                                          "xfrm_state",    "xfrm_policy",    "sock",
                                          "dst_entry",     "linux_xfrm_mib", "flowi",
                                          "ip_tunnel",     "ip6_tnl",        "xfrm_if",
                                          "xfrm_dst",      "inet_sock",      "crypto_async_request",
                                          "rtable",        "rt6_info",       "neighbour",
                                          "crypto_request"};

TypeId plain(const btf* b, TypeId id) {
  const btf_type* t = btf__type_by_id(b, id);
  while (t && (btf_is_mod(t) || btf_is_typedef(t) || btf_is_type_tag(t))) {
    id = t->type;
    t = btf__type_by_id(b, id);
  }
  return id;
}

// Ids are given out first, in the order in which types are met, so that types may refer to each other in circles.
class Subset {
public:
  explicit Subset(const btf* from) : from_(from), to_(btf__new_empty()) {}

  void add(TypeId function) { id_of(function, true); }

  BtfPtr emit() {
    for (size_t i = 0; i < order_.size(); i++)
      emit(order_[i].first, order_[i].second);
    return std::move(to_);
  }

private:
  const btf* from_;
  BtfPtr to_;
  std::map<TypeId, int> ids_;
  std::vector<std::pair<TypeId, bool>> order_; // type, with its members?

  const char* text(uint32_t offset) const { return btf__name_by_offset(from_, offset); }

  int id_of(TypeId id, bool whole) {
    id = plain(from_, id);
    if (id == 0) return 0;
    const auto [it, fresh] = ids_.try_emplace(id, static_cast<int>(ids_.size() + 1));
    const int mine = it->second;
    if (fresh) {
      const btf_type* t = btf__type_by_id(from_, id);
      const bool members = whole || std::ranges::find(kFollowed, text(t->name_off)) != std::end(kFollowed);
      order_.emplace_back(id, members);
      visit(t, members);
    }
    return mine;
  }

  // Meets everything that the type refers to.
  void visit(const btf_type* t, bool members) {
    if (btf_is_ptr(t)) id_of(t->type, false);
    if (btf_is_func(t)) id_of(t->type, true);
    if (btf_is_array(t)) {
      id_of(btf_array(t)->type, members);
      id_of(btf_array(t)->index_type, false);
    }
    if (btf_is_composite(t) && members)
      for (int i = 0; i < btf_vlen(t); i++)
        id_of(btf_members(t)[i].type, true);
    if (btf_is_func_proto(t) && members) {
      id_of(t->type, false);
      for (int i = 0; i < btf_vlen(t); i++)
        id_of(btf_params(t)[i].type, false);
    }
  }

  int known(TypeId id) const {
    const auto it = ids_.find(plain(from_, id));
    return it == ids_.end() ? 0 : it->second;
  }

  void emit(TypeId id, bool members) {
    const btf_type* t = btf__type_by_id(from_, id);
    const char* name = text(t->name_off);
    btf* to = to_.get();
    if (btf_is_ptr(t)) {
      btf__add_ptr(to, known(t->type));
    } else if (btf_is_array(t)) {
      btf__add_array(to, known(btf_array(t)->index_type), known(btf_array(t)->type),
                     static_cast<int>(btf_array(t)->nelems));
    } else if (btf_is_composite(t)) {
      emit_composite(t, members);
    } else if (btf_is_func_proto(t)) {
      btf__add_func_proto(to, known(t->type));
      for (int i = 0; i < btf_vlen(t) && members; i++)
        btf__add_func_param(to, text(btf_params(t)[i].name_off), known(btf_params(t)[i].type));
    } else if (btf_is_func(t)) {
      btf__add_func(to, name, BTF_FUNC_GLOBAL, known(t->type));
    } else if (btf_is_any_enum(t)) {
      btf__add_enum(to, *name ? name : nullptr, t->size);
    } else if (btf_is_fwd(t)) {
      btf__add_fwd(to, name, btf_kflag(t) ? BTF_FWD_UNION : BTF_FWD_STRUCT);
    } else {
      btf__add_int(to, *name ? name : "scalar", t->size ? t->size : 1, 0);
    }
  }

  void emit_composite(const btf_type* t, bool members) {
    const char* name = text(t->name_off);
    btf* to = to_.get();
    if (btf_is_struct(t))
      btf__add_struct(to, name, t->size);
    else
      btf__add_union(to, name, t->size);
    for (int i = 0; i < btf_vlen(t) && members; i++)
      btf__add_field(to, text(btf_members(t)[i].name_off), known(btf_members(t)[i].type), btf_member_bit_offset(t, i),
                     btf_member_bitfield_size(t, i));
  }
};

} // namespace

BtfPtr btf_subset(const btf* from, const std::set<std::string, std::less<>>& functions) {
  Subset subset(from);
  const TypeId count = btf__type_cnt(from);
  for (TypeId id = 1; id < count; id++) {
    const btf_type* t = btf__type_by_id(from, id);
    if (btf_is_func(t) && functions.contains(btf__name_by_offset(from, t->name_off))) subset.add(id);
  }
  return subset.emit();
}

} // namespace xs
