// mkdump [--types FILE] RECIPE OUT: a text recipe becomes a vmcore (recipe.h has the directives);
// the parts of a split set are written to OUT.0, OUT.1 ... mkdump thin INPUT PFNLIST OUT: a copy of
// a real dump with only the listed pages.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "mkdump/recipe.h"
#include "mkdump/thin.h"
#include "mkdump/types_file.h"

using namespace nfstriage;

namespace {

constexpr const char* kUsage =
    "usage: mkdump [--types FILE] RECIPE OUT\n"
    "       mkdump ld-script RECIPE OUT\n"
    "       mkdump thin INPUT PFNLIST OUT\n"
    "FILE is a kernel profile or BTF; recipes that name types need it. OUT of ld-script places "
    "the\n"
    "recipe's symbols at their link addresses. PFNLIST holds one hexadecimal page frame number "
    "per\n"
    "line. A recipe has one directive per line; kernel comes first:\n"
    "  kernel PAGING [image ADDRESS] [size BYTES] [root ADDRESS] [init_uts_ns ADDRESS]\n"
    "         [uts_name OFFSET]\n"
    "         x86_64-4 x86_64-5 aarch64-4K-48 aarch64-16K-47 aarch64-64K-48-built52 ...\n"
    "  format kdump|elf     codec none|zlib|lzo|snappy|zstd     block_size N    version N\n"
    "  dump_level N         flattened [RECORD_SIZE]             split PFN ...   qemu   incomplete\n"
    "  nodename|release|version_text TEXT      vmcoreinfo LINE     no_vmcoreinfo START\n"
    "  symbol NAME ADDRESS  kaslr OFFSET\n"
    "  map VADDR PADDR SIZE [LEAF]             unmap VADDR         filtered PADDR ...\n"
    "  u64 ADDRESS VALUE ...   bytes ADDRESS HEX ...   text ADDRESS TEXT\n"
    "  fill ADDRESS SIZE BYTE ...\n"
    "  cpu PID REGISTER=VALUE ...              cpus COUNT PID REGISTER=VALUE ...\n"
    "  call RETURN_ADDRESS [TARGET]            percpu CPU OFFSET   kallsyms ADDRESS\n"
    "  ring struct NAME MEMBER HEAD|- OBJECT ...\n"
    "and, with lines of their own up to `end`:\n"
    "  symbols              TYPE NAME ADDRESS [SIZE]\n"
    "  module NAME ADDRESS BASE SIZE TEXT_SIZE TABLES     TYPE NAME ADDRESS [SIZE]\n"
    "  object ADDRESS struct NAME                         MEMBER VALUE | MEMBER \"text\"\n"
    "  log                  [SECONDS.MICROSECONDS] TEXT\n"
    "  orc ADDRESS [MODULE] ADDRESS call|regs|regs_partial sp|bp|... OFFSET | ADDRESS end\n"
    "Addresses from 2^52 up are virtual. `invented` ahead of a line says that it is not from the\n"
    "case that the recipe rebuilds.\n";

int fail(const Error& error) {
    std::fprintf(stderr, "mkdump: %s\n", to_string(error).c_str());
    return 3;
}

Result<std::string> read_text(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return error(path, std::nullopt, "a readable file", "check the path");
    return std::string(std::istreambuf_iterator<char>(in), {});
}

bool write_file(const std::string& path, std::span<const std::uint8_t> bytes) {
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    file.close();
    return static_cast<bool>(file);
}

int make(const std::string& types_file, const std::string& recipe, const std::string& out) {
    auto text = read_text(recipe);
    if (!text) return fail(text.error());
    mkdump::TypesFile types;
    if (!types_file.empty()) {
        auto loaded = mkdump::load_types(types_file);
        if (!loaded) return fail(loaded.error());
        types = std::move(*loaded);
    }
    auto built = mkdump::build_scene(*text, recipe, types.types.get());
    if (!built) return fail(built.error());
    for (std::size_t i = 0; i < built->files.size(); ++i) {
        std::string path = built->files.size() == 1 ? out : out + "." + std::to_string(i);
        if (!write_file(path, built->files[i]))
            return fail({path, std::nullopt, "to write the dump", "check the path"});
    }
    return 0;
}

int make_script(const std::string& recipe, const std::string& out) {
    auto text = read_text(recipe);
    if (!text) return fail(text.error());
    auto script = mkdump::linker_script(*text, recipe);
    if (!script) return fail(script.error());
    std::span bytes{reinterpret_cast<const std::uint8_t*>(script->data()), script->size()};
    if (!write_file(out, bytes))
        return fail({out, std::nullopt, "to write the linker script", "check the path"});
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
    if (words.size() == 3 && words[0] == "ld-script") return make_script(words[1], words[2]);
    if (words.size() == 4 && words[0] == "--types") return make(words[1], words[2], words[3]);
    if (words.size() == 2) return make({}, words[0], words[1]);
    std::fputs(kUsage, stderr);
    return 2;
}
