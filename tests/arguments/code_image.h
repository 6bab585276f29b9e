// Assembly put where a module would have it: a flat image with its symbols, made by the assembler
// and linker at hand.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "debuginfo/compile.h"
#include "fakes/fake_memory.h"
#include "fakes/fake_symbols.h"

namespace nfstriage::arguments::test {

using debuginfo::test::Workshop;

constexpr std::uint64_t kText = 0xffffffffc0000000, kData = 0xffffffffc0010000;

// A flat image of assembly, its symbols told by nm.
class Image {
public:
    explicit Image(std::string_view source, const std::string& compiler = "cc") {
        std::string prefix = compiler == "cc" ? "" : "aarch64-linux-gnu-";
        workshop_.write("a.s", source);
        workshop_.write("a.lds",
                        "SECTIONS { . = 0xffffffffc0000000; .text : { *(.text) } "
                        ". = 0xffffffffc0010000; .rodata : { *(.rodata) } }\n");
        workshop_.run(compiler + " -c -o a.o a.s && " + prefix + "ld -T a.lds -o a a.o && " +
                      prefix + "objcopy -O binary -j .text a text && " + prefix +
                      "objcopy -O binary -j .rodata a data && " + prefix + "nm -n a > names");
        put("text", kText);
        put("data", kData);
        std::ifstream names(workshop_.path("names"));
        std::uint64_t address = 0;
        char type = 0;
        std::string name;
        while (names >> std::hex >> address >> type >> name) {
            if (name.starts_with("$") || name.starts_with(".")) continue;
            found_.push_back({address, type, name});
        }
        for (std::size_t i = 0; i < found_.size(); ++i) {
            std::uint64_t end = i + 1 < found_.size() ? found_[i + 1].address : found_[i].address;
            symbols.add(found_[i].name, found_[i].address, end - found_[i].address, found_[i].type,
                        "nfs");
        }
    }

    VAddr address(std::string_view name) const { return *symbols.address(name); }

    fakes::FakePages memory;
    fakes::FakeSymbols symbols;

private:
    struct Found {
        std::uint64_t address;
        char type;
        std::string name;
    };
    void put(std::string_view file, std::uint64_t address) {
        std::ifstream stream(workshop_.path(file), std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(stream), {}};
        memory.put_bytes(address,
                         {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    }
    Workshop workshop_;
    std::vector<Found> found_;
};

}  // namespace nfstriage::arguments::test
