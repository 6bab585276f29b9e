// nfstriage_pack_catalogue RULES KNOWLEDGE OUTPUT: checks all rules and records and writes them as
// C++ source that carries them packed. Run by the build; any mistake in them is its failure.
#include <cstdio>
#include <fstream>
#include <string>

#include "knowledge/lint.h"
#include "knowledge/load.h"
#include "knowledge/packed.h"
#include "rules/load.h"
#include "rules/packed.h"

using namespace nfstriage;

namespace {

constexpr std::size_t kBytesOnALine = 4000;

int fail(const std::string& why) {
    std::fprintf(stderr, "%s\n", why.c_str());
    return 1;
}

void write_literal(std::ofstream& out, std::string_view bytes) {
    for (std::size_t begin = 0; begin < bytes.size(); begin += kBytesOnALine) {
        out << "\n    \"";
        for (char c : bytes.substr(begin, kBytesOnALine)) {
            bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '?';
            char octal[5];
            std::snprintf(octal, sizeof octal, "\\%03o",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));
            if (plain)
                out << c;
            else
                out << octal;
        }
        out << '"';
    }
}

void write_function(std::ofstream& out, const char* name, std::string_view bytes) {
    out << "\nstd::string_view nfstriage::" << name << "() {\n    static constexpr char kBytes[] =";
    write_literal(out, bytes);
    out << ";\n    return {kBytes, sizeof kBytes - 1};\n}\n";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return fail("usage: nfstriage_pack_catalogue RULES KNOWLEDGE OUTPUT");
    auto rules = rules::load_rules(argv[1]);
    if (!rules) return fail(to_string(rules.error()));
    auto files = knowledge::record_files(argv[2]);
    if (!files) return fail(to_string(files.error()));
    auto wrong = std::move(rules->diagnostics);
    for (rules::Diagnostic& diagnostic : knowledge::lint(*files))
        wrong.push_back(std::move(diagnostic));
    for (const rules::Diagnostic& diagnostic : wrong)
        std::fputs(rules::to_string(diagnostic).c_str(), stderr);
    if (!wrong.empty()) return 1;

    std::ofstream out(argv[3], std::ios::trunc);
    out << "// Written by nfstriage_pack_catalogue.\n#include \"built_in.h\"\n";
    write_function(out, "built_in_rules", rules::pack(rules->rules));
    write_function(out, "built_in_records", knowledge::pack(knowledge::load_directory(argv[2])));
    out.close();
    return out ? 0 : fail(std::string(argv[3]) + ": cannot be written");
}
