// mkdump RECIPE OUT: a text recipe becomes a vmcore (recipe.h has the directives); the parts of a
// split set are written to OUT.0, OUT.1 ... mkdump thin INPUT PFNLIST OUT: a copy of a real dump
// with only the listed pages.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/result.h"
#include "mkdump/recipe.h"
#include "mkdump/thin.h"

using namespace nfstriage;

namespace {

constexpr const char* kUsage =
    "usage: mkdump RECIPE OUT\n"
    "       mkdump thin INPUT PFNLIST OUT\n"
    "A recipe has one directive per line; kernel comes first:\n"
    "  kernel PAGING        x86_64-4 x86_64-5 aarch64-4K-48 aarch64-16K-47 aarch64-64K-48-built52 "
    "...\n"
    "  format kdump|elf     codec none|zlib|lzo|snappy|zstd     block_size N    version N\n"
    "  dump_level N         flattened [RECORD_SIZE]             split PFN ...   qemu   incomplete\n"
    "  nodename|release|version_text TEXT      vmcoreinfo LINE     symbol NAME ADDRESS\n"
    "  map VADDR PADDR SIZE [LEAF]             unmap VADDR         filtered PADDR ...\n"
    "  u64 ADDRESS VALUE ...   bytes ADDRESS HEX ...   text ADDRESS TEXT   fill ADDRESS SIZE BYTE\n"
    "  cpu PID REGISTER=VALUE ...\n"
    "Addresses from 2^52 up are virtual. PFNLIST holds one hexadecimal page frame number per "
    "line.\n";

int fail(const Error& error) {
    std::fprintf(stderr, "mkdump: %s\n", to_string(error).c_str());
    return 3;
}

Result<std::string> read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return error(path, std::nullopt, "a readable file", "check the path");
    return std::string(std::istreambuf_iterator<char>(in), {});
}

int make(const std::string& recipe, const std::string& out) {
    auto text = read_text(recipe);
    if (!text) return fail(text.error());
    auto files = mkdump::build_from_recipe(*text, recipe);
    if (!files) return fail(files.error());
    for (std::size_t i = 0; i < files->size(); ++i) {
        std::string path = files->size() == 1 ? out : out + "." + std::to_string(i);
        std::ofstream file(path, std::ios::binary | std::ios::trunc);
        file.write(reinterpret_cast<const char*>((*files)[i].data()),
                   static_cast<std::streamsize>((*files)[i].size()));
        file.close();
        if (!file) return fail({path, std::nullopt, "to write the dump", "check the path"});
    }
    return 0;
}

int make_thin(const std::string& input, const std::string& list, const std::string& out) {
    auto text = read_text(list);
    if (!text) return fail(text.error());
    auto pages = mkdump::parse_page_list(*text, list);
    if (!pages) return fail(pages.error());
    auto kept = mkdump::thin(input, *pages, out);
    if (!kept) return fail(kept.error());
    std::printf("%llu of %zu pages kept\n", static_cast<unsigned long long>(*kept), pages->size());
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() == 1 && words[0] == "--help") {
        std::fputs(kUsage, stdout);
        return 0;
    }
    if (words.size() == 4 && words[0] == "thin") return make_thin(words[1], words[2], words[3]);
    if (words.size() == 2) return make(words[0], words[1]);
    std::fputs(kUsage, stderr);
    return 2;
}
