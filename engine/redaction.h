// Analyses in which names of hosts, addresses, paths, file names and file handles are replaced by
// keyed tokens before anything is read: every output of them is free of what they replaced, and the
// same whether made of the dump or of its redacted mini-dump. An input is read once to learn what
// in it is whose, then laid over with the tokens.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "redact/tokens.h"
#include "triage.h"

namespace nfstriage {

class Redacting {
public:
    explicit Redacting(const redact::Key& key) : key_(key) {}

    // The same input, to be read with names replaced. `catalogue`: the rules that will be asked.
    // Errors: unreadable.
    Result<Input> input(const Input& input, const Catalogue& catalogue,
                        const TriageOptions& options) const;

    // The text of a log. Errors: unreadable.
    Result<std::unique_ptr<log::Text>> log(log::Text& text) const;

    // How the input of this name is called where names are replaced.
    std::string name(const std::string& name) const { return redact::Tokens(key_).name(name); }
    // Short, and the same for no two inputs, though their names may be as alike as 1 and 2.
    std::string label(const std::string& name) const { return redact::Tokens(key_).label(name); }
    // What is wrong with an input, without the names in it.
    Error error(const Error& error) const;

private:
    redact::Key key_;
};

}  // namespace nfstriage
