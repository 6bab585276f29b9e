// Questions about the crashed kernel's code, as rules and probes ask them: who calls whom, what was
// inlined, which strings there are. A dump answers them (code_of_dump); a console log cannot;
// scenes of tests answer what was written down. The meaning of each answer is in
// arguments/code_facts.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "arguments/code_facts.h"
#include "dump/dump.h"
#include "layout/kernel_layout.h"

namespace nfstriage::facts {

using arguments::CallScope;
using arguments::CodeAnswer;

class Code {
public:
    virtual ~Code() = default;

    // Whether something tells what was inlined.
    virtual bool knows_inlining() const = 0;
    virtual CodeAnswer calls(std::string_view caller, std::string_view callee, CallScope scope) = 0;
    virtual CodeAnswer inlines(std::string_view caller, std::string_view callee) = 0;
    virtual CodeAnswer exists(std::string_view function) = 0;
    virtual CodeAnswer refers_to_text(std::string_view function, std::string_view text,
                                      bool whole) = 0;
    // `member` of "struct x" is read or written through a pointer to one.
    virtual CodeAnswer touches(std::string_view function, std::string_view structure,
                               std::string_view member) = 0;
    // An atomic operation on bit `bit` of that member.
    virtual CodeAnswer changes_bit(std::string_view function, std::string_view structure,
                                   std::string_view member, unsigned bit) = 0;
    // In the data of `module`; "vmlinux", or "nfs" for all that are loaded of NFS and SUNRPC.
    virtual CodeAnswer has_string(std::string_view module, std::string_view text) = 0;
};

// What the code of a kernel is read from, all of which must outlive the answers.
struct CodeSource {
    const dump::Memory& memory;  // its text, and its read-only data
    const layout::Symbols& symbols;
    const layout::Types& types;
    Arch arch = Arch::x86_64;
    arguments::InlineSource inlining = {};
    // A place where `callee` is inlined into the source of `caller`, by what a profile tells; asked
    // where the text of `caller` is not there. May be empty.
    std::function<std::optional<VAddr>(std::string_view caller, std::string_view callee)>
        inlined_at = {};
    std::function<CodeAnswer(std::string_view module, std::string_view text)> has_string;
};

// Nothing is read before a question.
std::unique_ptr<Code> code_of(CodeSource source);

// Both must outlive the result.
std::unique_ptr<Code> code_of_dump(const dump::Dump& dump, const layout::KernelLayout& layout);

}  // namespace nfstriage::facts
