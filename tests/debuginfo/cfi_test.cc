#include <map>
#include <sstream>

#include "catch.h"
#include "compile.h"
#include "debuginfo/dwarf_cfi.h"

using namespace nfstriage;
using debuginfo::test::kCrossCompiler;
using debuginfo::test::Workshop;
using layout::CfiRow;

namespace {

constexpr const char* kSource = R"(
extern int call(int *a, long b, long c, long d, long e, long f, long g);
int many(int *a, long b, long c) {
    int local[40];
    for (int i = 0; i < 40; i++)
        local[i] = call(a, b + i, c, i, b * c, b - c, i ^ 3);
    if (call(local, 1, 2, 3, 4, 5, 6) > 3)
        return call(a, b, c, 0, 0, 0, 0) + local[3];
    return local[call(a, c, b, 0, 0, 0, 0) & 7];
}
int variable(int n) {
    int room[n];
    return call(room, n, 0, 0, 0, 0, 0) + room[0];
}
int leaf(int x) { return x + 1; }
)";

std::uint16_t number(const std::string& name, bool arm) {
    static const std::map<std::string, std::uint16_t> x86 = {
        {"rax", 0}, {"rdx", 1}, {"rcx", 2}, {"rbx", 3}, {"rsi", 4},
        {"rdi", 5}, {"rbp", 6}, {"rsp", 7}, {"ra", 16}, {"sp", 31}};
    if (name == "ra" && arm) return 30;  // readelf names the return address so
    if (auto found = x86.find(name); found != x86.end()) return found->second;
    return static_cast<std::uint16_t>(std::stoi(name.substr(1)));  // r12, x29
}

struct Shown {  // a row as readelf prints it
    std::uint64_t begin = 0;
    std::string cfa;
    std::map<std::uint16_t, std::string> registers;
};

std::string cfa_text(const CfiRow& row, bool arm) {
    if (!row.cfa) return "exp";
    static const std::map<int, std::string> x86 = {{6, "rbp"}, {7, "rsp"}, {10, "r10"}};
    std::string reg = arm ? (row.cfa->reg == 31 ? "sp" : "x" + std::to_string(row.cfa->reg))
                          : x86.at(row.cfa->reg);
    return reg + (row.cfa->offset < 0 ? "" : "+") + std::to_string(row.cfa->offset);
}

std::string rule_text(const CfiRow::Register* rule) {
    if (rule == nullptr || rule->rule == CfiRow::Rule::undefined) return "u";
    if (rule->rule == CfiRow::Rule::saved)
        return "c" + std::string(rule->offset < 0 ? "" : "+") + std::to_string(rule->offset);
    return rule->rule == CfiRow::Rule::other ? "exp" : "v";
}

// Compares the table of an object with `readelf --debug-dump=frames-interp`, at every address.
std::size_t compare(const Workshop& shop, const std::string& name, bool arm) {
    auto elf = debuginfo::ElfObject::open(shop.path(name));
    REQUIRE(elf);
    auto section = debuginfo::cfi_section(**elf);
    REQUIRE(section);
    CHECK(section->remarks.empty());
    auto table = layout::CfiTable::open(section->bytes);
    REQUIRE(table);
    std::istringstream lines(shop.run("readelf --debug-dump=frames-interp " + name));
    std::string line, word;
    std::vector<std::uint16_t> columns;
    std::uint64_t end = 0;
    std::vector<Shown> rows;
    std::size_t compared = 0;
    auto finish = [&] {
        for (std::size_t i = 0; i < rows.size(); i++) {
            std::uint64_t stop = i + 1 < rows.size() ? rows[i + 1].begin : end;
            for (std::uint64_t at = rows[i].begin; at < stop; at++) {
                INFO(name << " " << std::hex << at);
                auto row = table->at(at);
                REQUIRE(row);
                REQUIRE(cfa_text(*row, arm) == rows[i].cfa);
                for (const auto& [reg, text] : rows[i].registers) {
                    INFO("register " << reg);
                    REQUIRE(rule_text(row->find(reg)) == (text == "s" ? "u" : text));
                }
                for (const auto& each : row->registers)
                    REQUIRE(rows[i].registers.count(each.reg) == 1);
                compared++;
            }
        }
        rows.clear();
    };
    while (std::getline(lines, line)) {
        if (auto pc = line.find("pc="); line.find(" FDE ") != std::string::npos) {
            finish();
            end = std::stoull(line.substr(line.find("..", pc) + 2), nullptr, 16);
        } else if (line.find(" CIE ") != std::string::npos) {
            finish();
            end = 0;
        } else if (line.find("LOC") != std::string::npos) {
            columns.clear();
            std::istringstream words(line);
            words >> word >> word;
            while (words >> word) columns.push_back(number(word, arm));
        } else if (end != 0 && line.size() > 16 &&
                   line.find_first_not_of("0123456789abcdef") == 16) {
            Shown& row = rows.emplace_back();
            std::istringstream words(line);
            words >> word >> row.cfa;
            row.begin = std::stoull(word, nullptr, 16);
            for (std::uint16_t reg : columns)
                if (words >> word) row.registers[reg] = word;
        }
    }
    finish();
    return compared;
}

}  // namespace

TEST_CASE("call frames agree with readelf at every address, from both sections and architectures") {
    Workshop shop;
    std::vector<std::string> compilers = {"cc"};
    if (Workshop::has(kCrossCompiler)) compilers.emplace_back(kCrossCompiler);
    for (const std::string& compiler : compilers) {
        bool arm = compiler != "cc";
        std::string ld = arm ? "aarch64-linux-gnu-ld" : "ld";
        for (const char* options :
             {"-g -O2 -fno-asynchronous-unwind-tables", "-g -O2 -fasynchronous-unwind-tables",
              "-g -O1 -fomit-frame-pointer -fasynchronous-unwind-tables",
              "-g -O0 -fno-asynchronous-unwind-tables"}) {
            INFO(compiler << " " << options);
            shop.compile("frames.o", kSource, std::string(options) + " -fno-pie -c", compiler);
            shop.run(ld + " --unresolved-symbols=ignore-all -e many -o frames frames.o");
            CHECK(compare(shop, "frames", arm) > 150);
        }
    }
}

TEST_CASE("call frames of a module are where its text is") {
    Workshop shop;
    shop.compile("module.o", kSource, "-g -O2 -fno-asynchronous-unwind-tables -fno-pie -c");
    auto elf = debuginfo::ElfObject::open(shop.path("module.o"));
    REQUIRE(elf);
    auto section = debuginfo::cfi_section(**elf);
    REQUIRE(section);
    auto table = layout::CfiTable::open(section->bytes);
    REQUIRE(table);
    auto symbols = (*elf)->symbols();
    REQUIRE(symbols);
    for (const auto& symbol : *symbols) {
        if (symbol.size == 0) continue;
        auto row = table->at(symbol.address);
        REQUIRE(row);
        CHECK(row->begin == symbol.address);
        CHECK(row->cfa == CfiRow::Cfa{7, 8});
        REQUIRE(row->find(16) != nullptr);
        CHECK(row->find(16)->offset == -8);
    }
}

TEST_CASE("an object without call frames has an empty section") {
    Workshop shop;
    shop.compile("none.o", "int x;", "-c");
    auto elf = debuginfo::ElfObject::open(shop.path("none.o"));
    REQUIRE(elf);
    auto section = debuginfo::cfi_section(**elf);
    REQUIRE(section);
    CHECK(section->bytes.empty());
}

TEST_CASE("damaged call frames are left out, whatever was damaged") {
    Workshop shop;
    shop.compile("frames.o", kSource, "-g -O2 -fasynchronous-unwind-tables -fno-pie -c");
    shop.run("ld --unresolved-symbols=ignore-all -e many -o frames frames.o");
    std::string good = debuginfo::test::read_whole(shop.path("frames"));
    auto elf = debuginfo::ElfObject::open(shop.path("frames"));
    REQUIRE(elf);
    auto section = (*elf)->sections()[(*elf)->find(".eh_frame").value()];
    std::size_t remarked = 0;
    for (std::uint64_t at = 0; at < section.file_size; at++)
        for (int value : {0x00, 0x7f, 0xff}) {
            std::string bad = good;
            bad[section.offset + at] = static_cast<char>(value);
            auto damaged = debuginfo::ElfObject::open(shop.write("bad", bad));
            REQUIRE(damaged);
            auto read = debuginfo::cfi_section(**damaged);
            REQUIRE(read);
            remarked += read->remarks.size();
        }
    CHECK(remarked > 0);
}
