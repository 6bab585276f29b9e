// The facts of one crash, computed from its Scene when a rule asks and kept for the next question.
// Nothing here judges: a fact is what was printed or read, or Unknown with the reason.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "facts/scene.h"
#include "facts/value.h"

namespace re2 {
class RE2;
}

namespace nfstriage::facts {

// Refers to `scene`, which must outlive it and every value taken from it.
class Facts {
public:
    explicit Facts(const Scene& scene);
    ~Facts();
    Facts(const Facts&) = delete;
    Facts& operator=(const Facts&) = delete;

    const Scene& scene() const { return scene_; }

    // The fact of that name of the vocabulary. Unknown: not_in_log when a log does not print it,
    // no_symbol, no_type, not_dumped as its source says. A name outside the vocabulary is
    // Unknown(corrupt): the rule loader lets none through.
    Value get(std::string_view name) const;

    // Whether a symbol table has `name`. False only if the whole table was read (for functions
    // always, for data if the table has data). Unknown(no_symbol) without a table.
    Value has_symbol(std::string_view name) const;
    // Whether `structure` ("struct nfs4_client", or without "struct") has `member`.
    // Unknown(no_type) unless the structure is described.
    Value has_member(std::string_view structure, std::string_view member) const;
    // A register of the crash report, the panic context or the first error ("crash", "panic",
    // "first_error"), by its name or as pc, sp, fp, arg0 ... arg5 (the argument registers of the C
    // calling convention). Unknown: not_in_log, not_dumped when it was not saved.
    Value register_value(std::string_view context, std::string_view name) const;
    // An enumerator of the crashed kernel's types, else a macro constant of ours.
    Value enumerator(std::string_view name) const;
    // Whether a line of the log matches. Linear in the log's size.
    Value log_has(const re2::RE2& pattern) const;
    // `address` as a pointer to C type `type` ("struct nfs_page *"). Null is Unknown(null).
    Value object(std::string_view type, const Value& address) const;
    // Argument `index` of the innermost reliable frame of `function`. Unknown(no_decoder) as long
    // as nothing recovers arguments.
    Value argument(std::string_view function, std::uint64_t index, std::string_view type) const;
    // `base->path`, read from memory by the crashed kernel's own layout. Unknown: no_type, null, or
    // what reading the memory gives. Integers keep the member's own width and sign.
    Value member(const Value& base, std::string_view path) const;
    // Whether the type behind `base` has `path`: how `a->x ?: a->y` chooses before memory is read.
    Maybe<bool> type_has_member(std::string_view type, std::string_view path) const;

    // Questions about the kernel's code, as facts/code.h has them. A console log does not answer:
    // Unknown(not_in_log).
    Value calls(std::string_view caller, std::string_view callee) const;
    Value inlines(std::string_view caller, std::string_view callee) const;
    Value prints(std::string_view function, std::string_view text) const;
    Value touches(std::string_view function, std::string_view structure,
                  std::string_view member) const;
    Value has_string(std::string_view module, std::string_view text) const;

private:
    struct Cache;
    const Scene& scene_;
    std::unique_ptr<Cache> cache_;
};

}  // namespace nfstriage::facts
