#include "layout/type_layout.h"

#include "base/budget.h"

namespace nfstriage::layout {
namespace {

constexpr unsigned kDeepest = 32;
constexpr std::uint64_t kMostMembers = 100'000;

bool is_aggregate(TypeKind kind) { return kind == TypeKind::structure || kind == TypeKind::union_; }

std::vector<LayoutMember> members(const Types& types, const DeclaredType& type, std::uint64_t base,
                                  unsigned depth, Budget& budget) {
    std::vector<LayoutMember> all;
    for (const DeclaredMember& member : type.members) {
        if (!budget.spend()) break;
        LayoutMember line;
        line.name = member.name;
        line.offset = base + member.offset;
        line.bit_offset = member.bit_offset;
        line.bit_size = member.bit_size;
        line.declaration = types.declaration(member.type, member.name);
        if (auto inner = types.declared(member.type)) {
            line.size = inner->size;
            line.elements = inner->count;
            if (is_aggregate(inner->kind) && inner->spelling.ends_with("{...}") &&
                depth < kDeepest) {
                line.opened = true;
                line.declaration = inner->kind == TypeKind::union_ ? "union" : "struct";
                line.parts = members(types, *inner, line.offset, depth + 1, budget);
            }
        }
        all.push_back(std::move(line));
    }
    return all;
}

}  // namespace

std::vector<LayoutMember> layout_of(const Types& types, const DeclaredType& type,
                                    std::uint64_t base) {
    Budget budget(kMostMembers);
    return members(types, type, base, 0, budget);
}

}  // namespace nfstriage::layout
