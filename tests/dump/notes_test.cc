// VMCOREINFO and the ELF notes, byte by byte.
#include "dump/notes.h"
#include "dump/made.h"
#include "dump/vmcoreinfo.h"

using namespace nfstriage;
using namespace nfstriage::dump;
using namespace nfstriage::dump::test;

TEST_CASE("VMCOREINFO lines are found by kind and name") {
    using namespace std::string_view_literals;
    auto info = Vmcoreinfo::parse(
        "OSRELEASE=5.10.0-test\nBUILD-ID=00ff\nPAGESIZE=4096\n"
        "SYMBOL(init_task)=ffffffff82a1aa40\nSYMBOL(with_prefix)=0xffffffff82a1aa48\n"
        "OFFSET(page.flags)=0\nSIZE(page)=64\nLENGTH(free_area)=11\n"
        "NUMBER(phys_base)=-1073741824\nNUMBER(kimage_voffset)=0xffff7fffc8000000\n"
        "KERNELOFFSET=0\nOSRELEASE=twice\njust words\n\0\0rest=1\n"sv);
    CHECK(info.text("OSRELEASE") == "5.10.0-test");
    CHECK(info.symbol("init_task") == VAddr{0xffffffff82a1aa40});
    CHECK(info.symbol("with_prefix") == VAddr{0xffffffff82a1aa48});
    CHECK(info.offset("page.flags") == 0);
    CHECK(info.size("page") == 64);
    CHECK(info.length("free_area") == 11);
    CHECK(info.number("phys_base") == -1073741824);
    CHECK(static_cast<std::uint64_t>(*info.number("kimage_voffset")) == 0xffff7fffc8000000);
    CHECK(info.text("just words") == "");
    CHECK_FALSE(info.text("rest"));
    CHECK_FALSE(info.symbol("absent"));
    CHECK_FALSE(info.offset("page"));
}

TEST_CASE("numbers that are none have no value") {
    auto info = Vmcoreinfo::parse(
        "SYMBOL(a)=xyz\nOFFSET(b)=-1\nSIZE(c)=12 34\nNUMBER(d)=99999999999999999999\nNUMBER(e)=\n"
        "NUMBER(f)=-\nNUMBER(g)=-9223372036854775808\nNUMBER(h)=-9223372036854775809\n");
    CHECK_FALSE(info.symbol("a"));
    CHECK_FALSE(info.offset("b"));
    CHECK_FALSE(info.size("c"));
    CHECK_FALSE(info.number("d"));
    CHECK_FALSE(info.number("e"));
    CHECK_FALSE(info.number("f"));
    CHECK(info.number("g") == INT64_MIN);
    CHECK_FALSE(info.number("h"));
}

TEST_CASE("registers of both architectures have the kernel's names") {
    auto arch = GENERATE(Arch::x86_64, Arch::aarch64);
    mkdump::Machine machine;
    machine.arch = arch;
    CpuNote cpu;
    cpu.pid = -1;
    std::vector<std::string> names =
        arch == Arch::x86_64
            ? std::vector<std::string>{"r15", "rbp", "rbx",    "r8",  "rax", "rdi",     "orig_rax",
                                       "rip", "cs",  "eflags", "rsp", "ss",  "fs_base", "gs_base"}
            : std::vector<std::string>{"x0", "x19", "x29", "x30", "sp", "pc", "pstate"};
    std::uint64_t value = 0x1111111111111111;
    for (const auto& name : names) cpu.registers.set(name, value += 3);
    machine.cpus = {cpu};
    auto bytes = mkdump::notes_of(machine, false);
    CHECK(arch_from_notes(bytes) == arch);
    auto notes = parse_notes(bytes, arch);
    REQUIRE(notes.cpus.size() == 1);
    CHECK(notes.damage.empty());
    CHECK(notes.cpus[0].pid == -1);
    value = 0x1111111111111111;
    for (const auto& name : names) CHECK(notes.cpus[0].registers.get(name) == (value += 3));
}

TEST_CASE("notes of absent CPUs and of others are passed over") {
    mkdump::Machine machine;
    machine.cpus.resize(1);
    auto one = mkdump::notes_of(machine, false);
    mkdump::File bytes(20);  // an absent CPU: zeros
    mkdump::put(bytes, bytes.size(), one);
    auto foreign = one;
    foreign[12] = 'X';  // "XORE"
    mkdump::put(bytes, bytes.size(), foreign);
    mkdump::put(bytes, bytes.size(), one);
    auto notes = parse_notes(bytes, Arch::x86_64);
    CHECK(notes.cpus.size() == 2);
    CHECK(notes.cpus[1].cpu == 1);
    CHECK(notes.damage.empty());
}

TEST_CASE("notes cut off or with odd sizes end the list and say so") {
    mkdump::Machine machine;
    machine.cpus.resize(2);
    machine.vmcoreinfo = {"OSRELEASE=5.10"};
    auto bytes = mkdump::notes_of(machine, true);
    CHECK(parse_notes(bytes, Arch::x86_64).vmcoreinfo == "OSRELEASE=5.10\n");
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        auto notes = parse_notes(std::span(bytes).first(size), Arch::x86_64);
        CHECK(notes.cpus.size() <= 2);
        if (size > 400 && size < 700) CHECK_FALSE(notes.damage.empty());
    }
    for (std::size_t at = 0; at < 12; at += 4) {
        auto odd = bytes;
        mkdump::put_number(odd, at, 0xffffffff, 4);
        CHECK(parse_notes(odd, Arch::x86_64).cpus.size() <= 2);
    }
}

TEST_CASE("QEMU's own notes supply the segment bases that its NT_PRSTATUS leaves out") {
    auto in_kernel = GENERATE(true, false);
    mkdump::Machine machine;
    machine.cpus.resize(2);
    auto bytes = mkdump::notes_of(machine, false);
    for (std::uint64_t cpu = 0; cpu < 2; ++cpu) {
        std::size_t at = bytes.size();
        mkdump::put_number(bytes, at, 5, 4);
        mkdump::put_number(bytes, at + 4, 440, 4);
        mkdump::put_number(bytes, at + 8, 0, 4);
        mkdump::put_text(bytes, at + 12, "QEMU");
        std::size_t desc = at + 12 + 8;
        bytes.resize(desc + 440);
        std::uint64_t kernel = 0xffff88801f400000 + cpu * 0x100000, user = 0x7f0000001000;
        mkdump::put_number(bytes, desc + 264, in_kernel ? kernel : user, 8);  // gs.base
        mkdump::put_number(bytes, desc + 432, in_kernel ? user : kernel, 8);  // kernel_gs_base
    }
    auto notes = parse_notes(bytes, Arch::x86_64);
    REQUIRE(notes.cpus.size() == 2);
    CHECK(notes.cpus[0].registers.get("gs_base") == 0xffff88801f400000);
    CHECK(notes.cpus[1].registers.get("gs_base") == 0xffff88801f500000);
}

TEST_CASE(
    "VMCOREINFO is searched in memory when the file has none, and a stale one is passed over") {
    auto stale = GENERATE(false, true);
    auto codec = GENERATE(Codec::none, Codec::zlib);
    auto elf = GENERATE(false, true);
    TemporaryFolder folder;
    auto kernel = small_kernel();
    auto& machine = kernel.machine();
    std::string text = mkdump::vmcoreinfo_text(machine);
    auto lines = machine.vmcoreinfo;
    if (stale) {  // of another boot, whose image lay elsewhere
        std::string old = text;
        old.replace(old.find("SYMBOL(init_top_pgt)=") + 21, 16, "ffffffff9b210000");
        machine.write(0x5000, mkdump::File(old.begin(), old.end()));
    }
    machine.write(0x1fff000, mkdump::File(text.begin(), text.end()));
    machine.vmcoreinfo.clear();
    mkdump::KdumpOptions options;
    options.codec = codec;
    auto file = elf ? mkdump::write_elf(machine, {}) : mkdump::write_kdump(machine, options)[0];
    machine.vmcoreinfo = lines;
    auto dump = Dump::open({save(file, folder / "dump")});
    REQUIRE(dump);
    CHECK_FALSE((*dump)->complete());
    CHECK_THAT((*dump)->missing().at(0), ContainsSubstring("0x1fff000"));
    check_small_kernel(**dump, kernel);
}
