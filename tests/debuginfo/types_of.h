// Types collected from files made by a test.
#pragma once

#include <memory>
#include <vector>

#include "catch.h"
#include "debuginfo/dwarf_types.h"
#include "layout/btf_types.h"

namespace nfstriage::debuginfo::test {

struct Files {
    std::vector<std::unique_ptr<ElfObject>> elf;
    std::vector<std::unique_ptr<DwarfObject>> dwarf;

    explicit Files(const std::vector<std::filesystem::path>& paths) {
        for (const auto& path : paths) {
            auto object = ElfObject::open(path);
            INFO((object ? std::string() : to_string(object.error())));
            REQUIRE(object);
            auto debug = DwarfObject::open(**object);
            INFO((debug ? std::string() : to_string(debug.error())));
            REQUIRE(debug);
            elf.push_back(std::move(*object));
            dwarf.push_back(std::move(*debug));
        }
    }
    Result<CollectedTypes> collect(const TypeOptions& options) const {
        std::vector<const DwarfObject*> objects;
        for (const auto& object : dwarf) objects.push_back(object.get());
        return collect_types(objects, options);
    }
};

inline layout::BtfTypes types_of(const CollectedTypes& collected) {
    auto btf = layout::Btf::parse(collected.btf);
    REQUIRE(btf);
    return layout::BtfTypes(std::move(*btf));
}

}  // namespace nfstriage::debuginfo::test
