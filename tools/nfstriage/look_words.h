// The command lines of the commands that look at one thing in a dump: inputs first, then the words
// that say what to look at.
#pragma once

#include <string>
#include <vector>

namespace nfstriage::command {

// Takes what follows the inputs out of `inputs`. The first word is an input, and so is each next
// one that is a file or folder; what begins at the first that is none is returned.
std::vector<std::string> take_words(std::vector<std::string>& inputs);

// "rpc_task.tk_flags,tk_client->cl_vers": a type and paths of members.
struct TypeWords {
    std::string type;
    std::vector<std::string> members;
};
TypeWords parse_type_words(const std::string& word);

}  // namespace nfstriage::command
