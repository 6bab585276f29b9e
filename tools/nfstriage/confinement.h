// The process that an input is read in: in the sandbox (process/sandbox.h), apart from what it
// leaves to this one (process/outside.h). Made from what the command line names: that can be read,
// the output can be written, nothing else.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/private_folder.h"
#include "input_options.h"
#include "process/sandbox.h"

namespace nfstriage::command {

// What a subcommand needs besides its inputs, profiles and debuginfo.
struct Needs {
    std::vector<std::string> reads;  // other files
    bool scratch = false;            // a folder to write to, even if nothing is to be unpacked
    bool output = true;              // writes to -o
};

class Confinement {
public:
    Confinement(const InputOptions& options, Needs needs);

    // A folder that is gone after the run, and $TMPDIR until then; empty where none is needed, can
    // be made, or there is no sandbox.
    std::filesystem::path scratch() const { return scratch_ ? scratch_->path() : ""; }

    // Runs `work`, which gives the exit status, where --sandbox says: in the sandbox or not. Where
    // something is left to be done outside (a service, a scratch, an output that may be taken
    // back), in a process of its own, from which nothing but its exit status comes back; else here,
    // for good: a process more would cost a millisecond. Errors are told and are an exit status.
    // If a process of its own dies of a signal, so do we, after we have said so.
    int run(const std::function<int()>& work);

private:
    bool leaves_something() const;
    int run_here(Sandbox sandbox, const std::function<int()>& work) const;
    int run_in_child(Sandbox sandbox, const std::function<int()>& work);
    std::vector<Grant> grants() const;

    const InputOptions& options_;
    Needs needs_;
    std::shared_ptr<PrivateFolder> scratch_;
    std::optional<Error> no_scratch_;  // why there is none; told by whoever has to have it
};

}  // namespace nfstriage::command
