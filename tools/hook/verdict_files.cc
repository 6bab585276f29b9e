#include "hook/verdict_files.h"

#include <sys/stat.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/replace_files.h"
#include "report/json.h"
#include "report/text.h"

namespace nfstriage::hook {

VerdictFiles files_of(const verdict::Verdict& verdict) {
    return {report::to_json(verdict, {}), report::to_text(verdict, {})};
}

VerdictFiles files_of(const std::string& input, const Error& error) {
    return {report::error_to_json(input, error, {}), report::error_to_text(error, {})};
}

Result<void> write_verdict(const std::filesystem::path& folder, const VerdictFiles& files) {
    bool made = ::mkdir(folder.c_str(), S_IRWXU) == 0;
    if (!made && errno != EEXIST)
        return error(folder.string(), std::nullopt,
                     std::string("cannot be made: ") + std::strerror(errno),
                     "check the file system and its rights");
    // The text first: verdict.json is there only when both are.
    const std::array<NewFile, 2> both{NewFile{std::string(kTextName), files.text},
                                      NewFile{std::string(kJsonName), files.json}};
    auto done = replace_files(folder, both, kOwnerOnly);
    if (!made) return done;
    if (!done) {
        ::rmdir(folder.c_str());  // succeeds only while it is empty
        return done;
    }
    return sync_folder(folder.parent_path());  // else the new folder is gone after a hard reboot
}

void remove_leftovers(const std::filesystem::path& folder) {
    for (std::string_view name : {kJsonName, kTextName}) nfstriage::remove_leftovers(folder, name);
}

}  // namespace nfstriage::hook
