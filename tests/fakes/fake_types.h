// A layout::Types that knows the structures, enumerators and prototypes a test tells it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "layout/types.h"

namespace nfstriage::fakes {

struct FakeMember {
    std::string name;  // a path for what lies in nested structures: "thread.sp"
    std::uint64_t offset = 0;
    std::uint64_t size = 8;
    unsigned bit_offset = 0, bit_size = 0;
    std::string pointee = {};  // not empty: a pointer to this
};

class FakeTypes : public layout::Types {
public:
    void add(std::string structure, std::uint64_t size, std::vector<FakeMember> members) {
        structures_[std::move(structure)] = {size, std::move(members)};
    }
    void add_enumerator(std::string name, std::int64_t value) {
        enumerators_[std::move(name)] = value;
    }
    void add_function(std::string name,
                      std::vector<std::pair<std::string, std::string>> parameters) {
        functions_[std::move(name)] = std::move(parameters);
    }

    std::string_view source() const override { return "profile"; }

    Maybe<layout::TypeInfo> type(std::string_view name) const override {
        auto it = structures_.find(name);
        if (it == structures_.end()) return unknown(Reason::no_type, std::string(name));
        layout::TypeInfo info;
        info.kind = layout::TypeKind::structure;
        info.name = std::string(name.substr(name.find(' ') + 1));
        info.size = it->second.size;
        return info;
    }
    Maybe<layout::Member> member(std::string_view structure, std::string_view path) const override {
        auto it = structures_.find(structure);
        if (it != structures_.end()) {
            for (const FakeMember& member : it->second.members)
                if (member.name == path) return convert(member);
        }
        return unknown(Reason::no_type, std::string(structure) + "." + std::string(path));
    }
    Maybe<bool> has_member(std::string_view structure, std::string_view path) const override {
        if (structures_.find(structure) == structures_.end())
            return unknown(Reason::no_type, std::string(structure));
        return member(structure, path).has_value();
    }
    Maybe<std::vector<layout::Field>> members(std::string_view structure) const override {
        auto it = structures_.find(structure);
        if (it == structures_.end()) return unknown(Reason::no_type, std::string(structure));
        std::vector<layout::Field> out;
        for (const FakeMember& member : it->second.members)
            out.push_back({member.name, convert(member)});
        return out;
    }
    Maybe<std::int64_t> enumerator(std::string_view name) const override {
        auto it = enumerators_.find(name);
        if (it == enumerators_.end()) return unknown(Reason::no_type, std::string(name));
        return it->second;
    }
    Maybe<std::vector<std::pair<std::string, std::string>>> parameters(
        std::string_view function) const override {
        auto it = functions_.find(function);
        if (it == functions_.end()) return unknown(Reason::no_type, std::string(function));
        return it->second;
    }

private:
    struct Structure {
        std::uint64_t size = 0;
        std::vector<FakeMember> members;
    };

    static layout::Member convert(const FakeMember& member) {
        layout::Member out;
        out.offset = member.offset;
        out.bit_offset = member.bit_offset;
        out.bit_size = member.bit_size;
        out.type.kind =
            member.pointee.empty() ? layout::TypeKind::integer : layout::TypeKind::pointer;
        out.type.size = member.size;
        out.type.pointee = member.pointee;
        return out;
    }

    std::map<std::string, Structure, std::less<>> structures_;
    std::map<std::string, std::int64_t, std::less<>> enumerators_;
    std::map<std::string, std::vector<std::pair<std::string, std::string>>, std::less<>> functions_;
};

}  // namespace nfstriage::fakes
