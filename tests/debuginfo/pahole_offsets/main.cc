// The types that a profile of these debug files would have, as a BTF file:
//   nfstriage_types OUT FILE...      modules first, vmlinux last
#include <cstdio>
#include <fstream>

#include "debuginfo/dwarf_types.h"

using namespace nfstriage;
using namespace nfstriage::debuginfo;

namespace {

int complain(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    return 1;
}

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) return complain("usage: nfstriage_types OUT FILE...");
    std::vector<std::unique_ptr<ElfObject>> files;
    std::vector<std::unique_ptr<DwarfObject>> owned;
    std::vector<const DwarfObject*> objects;
    for (int i = 2; i < count; ++i) {
        auto elf = ElfObject::open(arguments[i]);
        if (!elf) return complain(to_string(elf.error()));
        auto dwarf = DwarfObject::open(**elf);
        if (!dwarf) return complain(to_string(dwarf.error()));
        files.push_back(std::move(*elf));
        owned.push_back(std::move(*dwarf));
        objects.push_back(owned.back().get());
    }
    auto types = collect_types(objects, kernel_type_options());
    if (!types) return complain(to_string(types.error()));
    for (const std::string& remark : types->remarks) std::printf("remark: %s\n", remark.c_str());
    std::printf("%zu bytes, %llu types, %llu structures, %llu functions\n", types->btf.size(),
                static_cast<unsigned long long>(types->types),
                static_cast<unsigned long long>(types->structures),
                static_cast<unsigned long long>(types->functions));
    std::ofstream out(arguments[1], std::ios::binary);
    out.write(reinterpret_cast<const char*>(types->btf.data()),
              static_cast<std::streamsize>(types->btf.size()));
    return out ? 0 : complain("cannot write");
}
