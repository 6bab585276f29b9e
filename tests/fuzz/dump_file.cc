// A dump in any format that we read ourselves, changed anywhere: an error that helps, or a dump
// whose pages read the same however they are asked for. The first byte chooses the file to be
// changed.
#include "dump/dump.h"
#include "dump/library.h"
#include "dump/vmcoreinfo_search.h"
#include "input.h"
#include "mkdump/elf_writer.h"
#include "mkdump/kdump_writer.h"
#include "mkdump/kernel.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

// What we do not know ourselves is an error here: libkdumpfile is not what is tested.
Result<std::unique_ptr<dump::Dump>> dump::open_with_library(
    const std::vector<std::filesystem::path>& parts, const OpenOptions&) {
    return error(parts.front().string(), 0, "a dump that we read ourselves", "give another file");
}

namespace {

constexpr std::uint64_t kData = 0xffff888012345000;

mkdump::Kernel small_kernel(const mkdump::Paging& paging) {
    mkdump::Kernel kernel(paging);
    File bytes(2 * 4096);
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(i % 7 < 3 ? i / 64 : i * 31 >> 3);
    std::uint64_t data = paging.arch == Arch::aarch64
                             ? (~std::uint64_t{0} << (paging.va_bits - 1)) + 0x40000000
                             : kData;
    kernel.write(data, bytes);
    kernel.machine().filtered.insert(3);
    dump::CpuNote cpu;
    cpu.pid = 100;
    cpu.registers.set(paging.arch == Arch::aarch64 ? "pc" : "rip", 0xffffffff81001000);
    kernel.machine().cpus.push_back(cpu);
    return kernel;
}

// A kernel whose VMCOREINFO stands in a page and in no note.
mkdump::Machine without_note() {
    mkdump::Machine machine = small_kernel({}).machine();
    std::string text = mkdump::vmcoreinfo_text(machine);
    machine.write(0x7000, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    machine.vmcoreinfo.clear();
    return machine;
}

using Parts = std::vector<File>;

std::vector<Parts> make_bases() {
    std::vector<Parts> bases;
    const mkdump::Machine x86 = small_kernel({}).machine();
    using dump::Codec;
    for (Codec codec : {Codec::none, Codec::zlib, Codec::lzo, Codec::snappy, Codec::zstd}) {
        mkdump::KdumpOptions options;
        options.codec = codec;
        bases.push_back(mkdump::write_kdump(x86, options));
    }
    mkdump::ElfOptions qemu;
    qemu.qemu = qemu.count_in_section = true;
    for (const mkdump::ElfOptions& options : {mkdump::ElfOptions{}, qemu})
        bases.push_back({mkdump::write_elf(x86, options)});
    bases.push_back({mkdump::write_elf(without_note(), qemu)});
    mkdump::FlattenOptions flat;
    flat.record_size = 3000;
    flat.shuffle = 1;
    bases.push_back({mkdump::flatten(bases[1][0], flat)});
    bases.push_back({mkdump::flatten(bases[5][0], {})});
    mkdump::KdumpOptions split;
    split.split_at = {x86.memory.rbegin()->first / 2};
    bases.push_back(mkdump::write_kdump(x86, split));
    mkdump::KdumpOptions old;
    old.version = 3;
    old.vmcoreinfo_in_notes = true;
    bases.push_back(mkdump::write_kdump(x86, old));
    for (const char* name : {"x86_64-5", "aarch64-4K-48", "aarch64-64K-48-built52"}) {
        auto machine = small_kernel(*mkdump::paging_from_name(name)).machine();
        bases.push_back({mkdump::write_elf(machine, {})});
    }
    return bases;
}

void check_error(const Error& error) {
    require(!error.expected.empty() && !error.remedy.empty(), "an error says what to do");
}

// The pages of the dump as `read_page` gives them; nothing for those it does not.
template <class Read>
std::vector<std::optional<File>> pages(Read read_page) {
    std::vector<std::optional<File>> found;
    for (std::uint64_t page = 0; page < 24; ++page) {
        File bytes(4096);
        found.push_back(read_page(page * 4096, bytes) ? std::optional(bytes) : std::nullopt);
    }
    return found;
}

void read_everything(const std::vector<std::filesystem::path>& paths) {
    auto first = dump::Dump::open(paths), second = dump::Dump::open(paths);
    require(first.has_value() == second.has_value(), "a file opens the second time as the first");
    if (!first) return check_error(first.error());
    const dump::Dump& one = **first;
    const dump::Dump& other = **second;
    require(one.complete() == one.missing().empty(), "what is missing is said");
    (void)one.format(), (void)one.uname(), (void)one.cpu_notes(), (void)one.raw_headers();
    for (const auto& [key, value] : one.vmcoreinfo().lines()) (void)one.vmcoreinfo().symbol(key);

    std::vector<dump::VRange> ranges = {{VAddr{kData}, 0x4000}, {VAddr{~std::uint64_t{0}}, 16}};
    other.memory().prefetch(ranges);
    auto physical = [](const dump::Dump& dump) {
        return pages([&](std::uint64_t at, File& out) {
            return dump.read_physical(PAddr{at}, out).has_value();
        });
    };
    require(physical(one) == physical(other), "pages read the same after prefetching");
    auto kernel = [](const dump::Dump& dump) {
        return pages([&](std::uint64_t at, File& out) {
            return dump.memory().read(VAddr{kData - 0x8000 + at}, out).has_value();
        });
    };
    require(kernel(one) == kernel(other), "addresses read the same after prefetching");
    for (std::uint64_t address :
         {kData, one.vmcoreinfo().symbol("init_uts_ns").value_or(VAddr{}).value,
          ~std::uint64_t{0} - 3, std::uint64_t{1} << 63}) {
        if (auto at = one.translate(VAddr{address})) {
            std::uint8_t direct = 0;
            auto byte = one.memory().u8(VAddr{address});
            bool there = one.read_physical(*at, {&direct, 1}).has_value();
            require(byte.has_value() == there && (!there || *byte == direct),
                    "an address reads as the place it is translated to");
        }
        (void)one.memory().cstring(VAddr{address}, 100);
    }
    (void)one.pages_read(), (void)one.pages_filtered(), (void)one.statistics();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::vector<Parts> bases = make_bases();
    Input input(data, size);
    std::size_t base = input.u8();
    Parts parts;
    if (base < bases.size()) {
        parts = bases[base];
        patch(parts.front(), input);
    } else {
        ByteSpan rest = input.rest();
        parts.push_back(File(rest.begin(), rest.end()));
    }
    std::vector<std::unique_ptr<MemoryFile>> files;
    std::vector<std::filesystem::path> paths;
    for (const File& part : parts) {
        files.push_back(std::make_unique<MemoryFile>(part));
        paths.push_back(files.back()->path());
    }
    read_everything(paths);
    return 0;
}
