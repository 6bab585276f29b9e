// What an installation changes, as a list of steps that are shown before, or instead of, being
// done. Planning reads the host and decides; it changes nothing. A plan for a host that is set up
// already has no steps.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace nfstriage::setup {

// The file gets this text in one move: a reader sees the old file or the new one. Mode, owner and
// extended attributes (the SELinux label is one) stay; a new file is root's, with mode 0644.
struct WriteFile {
    std::string path, text;
};

struct MakeLink {
    std::string path, target;
};

// A file of this program's user becomes `path`, mode 0644.
struct CopyFile {
    std::string from, path;
};

// A file or a link. Then its folder too, if `and_folder` and nothing is left in there.
struct RemoveFile {
    std::string path;
    bool and_folder = false;
};

// On the host itself only; elsewhere it is printed, to be run there.
struct RunCommand {
    std::vector<std::string> words;
};

using Step = std::variant<WriteFile, MakeLink, CopyFile, RemoveFile, RunCommand>;

struct Plan {
    std::vector<Step> steps;
    std::vector<std::string> warnings;  // what the administrator should know or do
};

}  // namespace nfstriage::setup
