#include "sandbox_option.h"

#include <vector>

#include <spdlog/spdlog.h>

namespace nfstriage::command {

void add_sandbox_option(CLI::App& app, std::string& value) {
    app.add_option("--sandbox", value,
                   "Whether inputs are read by a process that has no network, starts no programs "
                   "and writes nothing but the output: auto (default) as far as the kernel has "
                   "what it takes, strict: all of it or an error, off")
        ->check(CLI::IsMember({"off", "auto", "strict"}));
}

Sandbox sandbox_of(const std::string& value) {
    if (value == "strict") return Sandbox::strict;
    return value == "auto" ? Sandbox::as_possible : Sandbox::off;
}

bool tell_missing(Sandbox sandbox) {
    if (sandbox == Sandbox::off) return true;
    std::vector<Error> missing = missing_of_sandbox();
    for (const Error& part : missing) {
        if (sandbox == Sandbox::strict)
            spdlog::error("--sandbox=strict: {}", to_string(part));
        else
            spdlog::debug("the sandbox is not whole: {}", to_string(part));
    }
    return missing.empty() || sandbox != Sandbox::strict;
}

}  // namespace nfstriage::command
