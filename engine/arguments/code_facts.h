// What the code of a function does, read from its decoded body: whom it calls, what was inlined
// into it, which text it refers to, which member or bit it changes. For probes that ask whether a
// fix is in a kernel, and for clauses of rules. A function is asked for by its name in the source:
// every function of that name and every copy that the compiler made of it (.isra, .constprop,
// .part, .cold) belongs to it; `_noprof` counts as part of no name. We promise: yes is shown by an
// instruction, which is named. No is said only if every part of the function was decoded and, where
// inlining can hide the thing, something tells what was inlined: a profile of the kernel, or that
// the other function is global in another object, from where nothing is inlined. Calls through
// pointers are calls of nobody.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "arguments/function_code.h"
#include "base/maybe.h"
#include "base/tri.h"
#include "layout/code_table.h"

namespace nfstriage::arguments {

struct CodeAnswer {
    Tri holds = Tri::unknown;
    Reason reason = Reason::no_symbol;  // why it is unknown
    std::string why;  // "nfs_write_error+0x3a calls nfs_inode_remove_request"; what is missing
    std::vector<VAddr> sites;  // the instructions that show it, ascending
};

// What a kernel profile tells of inlining. Empty functions: nothing does.
struct InlineSource {
    // Innermost first, the real function last (KernelCode::source_of).
    std::function<Maybe<std::vector<layout::SourceFrame>>(VAddr)> source_of;
    // Functions into which `name` is inlined somewhere.
    std::function<std::vector<std::string>(std::string_view name)> hosts;
};

// Which calls in a body count: all, or those of the function's own source, not those of what was
// inlined into it, which needs a profile.
enum class CallScope : std::uint8_t { body, own };

class CodeFacts {
public:
    // The reader must outlive it.
    CodeFacts(CodeReader& reader, InlineSource source);

    // Direct calls and tail jumps, also through trampolines. Unknown: no_symbol (no such function,
    // or an unknown target), no_type (what was inlined is not known), no_decoder, budget, or why
    // the text is absent.
    CodeAnswer calls(std::string_view caller, std::string_view callee,
                     CallScope scope = CallScope::body);
    // `callee` is inlined directly into `caller`, or called by its own source.
    CodeAnswer inlines(std::string_view caller, std::string_view callee);
    // Somewhere in the body the address of a C string is made that is `text`, or has it as a part.
    // No is of the body only: text that a static structure points to is not seen.
    CodeAnswer refers_to_text(std::string_view function, std::string_view text, bool whole);
    // Whether a function of that name is compiled: by itself, or inlined into another.
    CodeAnswer exists(std::string_view function);

    // All that belongs to a function, decoded.
    struct Body {
        std::vector<std::shared_ptr<const FunctionCode>> functions;
        bool hosted = false;  // these are functions into which it was inlined
        bool complete = true;
        Reason reason = Reason::no_symbol;  // when not complete
        std::string why;
    };
    const Body& body_of(std::string_view function);
    CodeReader& reader() { return reader_; }
    bool knows_inlining() const { return static_cast<bool>(source_.source_of); }
    // "nfs_write_error+0x3a", of an instruction of `function`.
    static std::string place(const FunctionCode& function, VAddr instruction);
    // Whether the source of an instruction is `function` itself. Unknown without a profile.
    Tri is_own(VAddr instruction, std::string_view function);

private:
    const std::set<std::uint64_t>& entries_of(std::string_view function);
    bool arrives(VAddr target, const std::set<std::uint64_t>& entries);
    std::optional<VAddr> unknown_target(const Body& body);
    CodeAnswer not_called(const Body& body, std::string_view caller, std::string_view callee);
    // What `function` calls inlined: the frame in front of each that is `into`; none where nothing
    // tells. `whole`: every instruction of the body was asked about.
    std::vector<VAddr> inlined(const Body& body, std::string_view function, std::string_view into,
                               bool& whole);
    bool look_for_inlined(const FunctionCode& code, const CodeRange& part,
                          std::string_view function, std::string_view into,
                          std::vector<VAddr>& sites);

    CodeReader& reader_;
    InlineSource source_;
    std::map<std::string, Body, std::less<>> bodies_;
    std::map<std::string, std::set<std::uint64_t>, std::less<>> entries_;
};

}  // namespace nfstriage::arguments
