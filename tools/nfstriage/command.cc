#include "command.h"

#include <filesystem>
#include <system_error>

namespace nfstriage::command {
namespace {

std::string beside_program(const char* folder) {
    std::error_code failure;
    auto program = std::filesystem::read_symlink("/proc/self/exe", failure);
    if (failure) return folder;
    return (program.parent_path().parent_path() / "share" / "nfstriage" / folder).string();
}

}  // namespace

void DataFolders::add_options(CLI::App& app) {
    app.add_option("--rules", rules, "Folder of rules to use instead of the program's own")
        ->type_name("DIR");
    app.add_option("--knowledge", knowledge,
                   "Folder of records of known bugs to use instead of the program's own")
        ->type_name("DIR");
}

std::string DataFolders::rules_folder() const {
    return rules.empty() ? beside_program("rules") : rules;
}

std::string DataFolders::knowledge_folder() const {
    return knowledge.empty() ? beside_program("knowledge") : knowledge;
}

}  // namespace nfstriage::command
