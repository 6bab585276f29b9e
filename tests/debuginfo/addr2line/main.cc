// addr2line: compares our code table with eu-addr2line (elfutils) on random addresses of a kernel's
// debug files: function names, the whole chain of inlined calls, file and line. Where eu-addr2line
// says otherwise, binutils' addr2line decides: elfutils 0.188 loses or doubles frames where ranges
// of inlined calls touch.
//   nfstriage_addr2line ADDRESSES FILE...   ADDRESSES: how many, of each file
// Without arguments it takes the debug root in NFSTRIAGE_DEBUG_ROOT (".../usr/lib/debug" or a
// parent), and is skipped (77) when that is not set or eu-addr2line is not installed. Prints every
// disagreement; fails unless ours is right at all addresses.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "debuginfo/code_writer.h"
#include "layout/code_table.h"
#include "oracle.h"

namespace fs = std::filesystem;
using namespace nfstriage;
using debuginfo::ElfSection;

namespace {

constexpr std::uint64_t kShfAlloc = 2, kShfExec = 4;

using test::agrees, test::Answer, test::ask, test::no_code, test::Question;

struct Score {
    std::uint64_t asked = 0, agreed = 0;
    std::uint64_t settled = 0;  // eu-addr2line says otherwise, binutils' addr2line agrees with us
    std::uint64_t no_code = 0;
};

void print(const fs::path& file, const ElfSection& section, const Question& question,
           const std::vector<std::string>& second, const Answer& ours) {
    std::cout << file.filename().string() << " " << section.name << " 0x" << std::hex
              << question.address << std::dec << "\n";
    for (const std::string& frame : question.theirs)
        std::cout << "  eu-addr2line " << frame << "\n";
    for (const std::string& frame : second) std::cout << "  addr2line    " << frame << "\n";
    if (!ours) std::cout << "  ours         " << to_string(ours.error()) << "\n";
    for (std::size_t i = 0; ours && i < ours->size(); i++)
        std::cout << "  ours         " << (*ours)[i].function << " " << (*ours)[i].file << ":"
                  << (*ours)[i].line << "\n";
}

bool compare(const fs::path& file, const ElfSection& section, bool relocatable,
             const layout::CodeTable& table, std::vector<Question> questions, Score& score) {
    if (!ask("eu-addr2line", file, section, relocatable, questions)) return false;
    std::vector<Question> open;
    for (const Question& question : questions) {
        Answer ours = table.source_of(question.address);
        if (!ours && no_code(question.theirs)) {
            score.no_code++;
            continue;
        }
        score.asked++;
        if (agrees(question.theirs, ours))
            score.agreed++;
        else
            open.push_back(question);
    }
    if (open.empty()) return true;
    std::vector<Question> second = open;
    for (Question& question : second) question.theirs.clear();
    if (!ask("addr2line", file, section, relocatable, second)) return false;
    for (std::size_t i = 0; i < open.size(); i++) {
        Answer ours = table.source_of(open[i].address);
        print(file, section, open[i], second[i].theirs, ours);
        if (agrees(second[i].theirs, ours)) score.settled++;
    }
    return true;
}

bool compare(const fs::path& file, std::size_t count, Score& total) {
    auto elf = debuginfo::ElfObject::open(file);
    if (!elf) return std::cerr << to_string(elf.error()) << "\n", false;
    auto dwarf = debuginfo::DwarfObject::open(**elf);
    if (!dwarf) return std::cerr << to_string(dwarf.error()) << "\n", false;
    // Of vmlinux, too, every unit.
    auto section = debuginfo::code_section(**dwarf, debuginfo::module_code_options());
    if (!section) return std::cerr << to_string(section.error()) << "\n", false;
    auto table = layout::CodeTable::open(section->bytes);
    if (!table) return std::cerr << to_string(table.error()) << "\n", false;

    // Other executable sections hold replacements and trampolines without functions.
    auto is_text = [](const ElfSection& each) {
        return (each.flags & kShfAlloc) && (each.flags & kShfExec) && each.size > 0 &&
               each.name.find("text") != std::string::npos && each.name != ".static_call.text";
    };
    std::uint64_t all = 0;
    for (const ElfSection& each : (*elf)->sections())
        if (is_text(each)) all += each.size;
    std::mt19937_64 random(4711);
    Score score;
    for (const ElfSection& each : (*elf)->sections()) {
        if (!is_text(each)) continue;
        std::vector<Question> questions(count * each.size / all + 3);
        for (Question& question : questions) question.address = each.address + random() % each.size;
        if (!compare(file, each, (*elf)->relocatable(), *table, std::move(questions), score))
            return false;
    }
    std::cout << file.filename().string() << ": " << score.agreed << " of " << score.asked
              << " addresses agree, " << score.settled << " more by addr2line; " << score.no_code
              << " others hold no code\n";
    total.asked += score.asked;
    total.agreed += score.agreed;
    total.settled += score.settled;
    return true;
}

std::vector<fs::path> kernel_files(const fs::path& root) {
    std::vector<fs::path> files;
    std::error_code ignored;
    for (const auto& entry : fs::recursive_directory_iterator(root, ignored)) {
        if (entry.is_symlink() || !entry.is_regular_file()) continue;
        std::string name = entry.path().filename().string();
        if (name == "vmlinux" || name.starts_with("vmlinux-") || name == "nfs.ko" ||
            name == "nfsv4.ko" || name == "nfsd.ko" || name == "sunrpc.ko" ||
            name == "nfs.ko.debug" || name == "nfsv4.ko.debug" || name == "nfsd.ko.debug" ||
            name == "sunrpc.ko.debug")
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

int main(int argc, char** argv) {
    if (std::system("eu-addr2line --version > /dev/null 2>&1") != 0) {
        std::cout << "skipped: eu-addr2line is not installed\n";
        return 77;
    }
    std::size_t count = 3000;
    std::vector<fs::path> files;
    if (argc > 2) {
        count = std::strtoul(argv[1], nullptr, 10);
        files.assign(argv + 2, argv + argc);
    } else {
        const char* root = std::getenv("NFSTRIAGE_DEBUG_ROOT");
        if (root == nullptr) {
            std::cout << "skipped: NFSTRIAGE_DEBUG_ROOT is not set\n";
            return 77;
        }
        files = kernel_files(root);
    }
    Score total;
    for (const fs::path& file : files)
        if (!compare(file, count, total)) return 1;
    std::cout << total.agreed << " of " << total.asked << " addresses agree, " << total.settled
              << " more by addr2line\n";
    return total.agreed >= 2000 && total.agreed + total.settled == total.asked ? 0 : 1;
}
