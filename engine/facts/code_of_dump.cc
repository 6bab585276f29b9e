// The code of a dump as facts/code.h asks about it: readers of arguments/ over its memory, symbols
// and profile.
#include <algorithm>

#include "arguments/code_members.h"
#include "arguments/code_strings.h"
#include "facts/code.h"
#include "nfs/family.h"

namespace nfstriage::facts {
namespace {

bool is_of_nfs(std::string_view module) { return nfs::component_of("", module).has_value(); }

// Everything of NFS needs sunrpc: where that is a module, all the others are.
bool may_be_built_in(const layout::KernelSymbols& symbols) {
    return std::none_of(symbols.modules().begin(), symbols.modules().end(),
                        [](const layout::Module& module) { return module.name == "sunrpc"; });
}

class DumpCode : public Code {
public:
    DumpCode(const dump::Dump& dump, const layout::KernelLayout& layout)
        : layout_(layout),
          reader_(layout.code_memory(dump), *layout.symbols, dump.arch()),
          facts_(reader_, source_of(layout)),
          members_(facts_, *layout.types),
          data_(dump.memory(), *layout.symbols, *layout.types, layout.symbols->modules()) {}

    bool knows_inlining() const override { return facts_.knows_inlining(); }
    CodeAnswer calls(std::string_view caller, std::string_view callee, CallScope scope) override {
        return facts_.calls(caller, callee, scope);
    }
    CodeAnswer inlines(std::string_view caller, std::string_view callee) override {
        return facts_.inlines(caller, callee);
    }
    CodeAnswer exists(std::string_view function) override { return facts_.exists(function); }
    CodeAnswer refers_to_text(std::string_view function, std::string_view text,
                              bool whole) override {
        return facts_.refers_to_text(function, text, whole);
    }
    CodeAnswer touches(std::string_view function, std::string_view structure,
                       std::string_view member) override {
        return members_.touches(function, structure, member);
    }
    CodeAnswer changes_bit(std::string_view function, std::string_view structure,
                           std::string_view member, unsigned bit) override {
        return members_.changes_bit(function, structure, member, bit);
    }

    CodeAnswer has_string(std::string_view module, std::string_view text) override {
        if (module != "nfs") return data_.has_string(module == "vmlinux" ? "" : module, text);
        CodeAnswer answer{Tri::no, Reason::no_symbol, "", {}};
        for (const layout::Module& loaded : layout_.symbols->modules()) {
            if (!is_of_nfs(loaded.name)) continue;
            CodeAnswer one = data_.has_string(loaded.name, text);
            if (one.holds == Tri::yes) return one;
            if (answer.holds != Tri::unknown) answer = std::move(one);
        }
        if (may_be_built_in(*layout_.symbols)) {
            CodeAnswer one = data_.has_string("", text);
            if (one.holds == Tri::yes) return one;
            if (one.holds == Tri::unknown) answer = std::move(one);
        }
        if (answer.holds == Tri::no && !layout_.modules_complete)
            return {Tri::unknown, Reason::not_dumped, "the list of modules is not whole", {}};
        if (answer.holds == Tri::no)
            answer.why = "neither NFS nor SUNRPC, as loaded, has such a string";
        return answer;
    }

private:
    static arguments::InlineSource source_of(const layout::KernelLayout& layout) {
        if (!layout.code) return {};
        const layout::KernelCode* code = layout.code.get();
        const layout::KernelSymbols* symbols = layout.symbols.get();
        return {[code](VAddr address) { return code->source_of(address); },
                [code, symbols](std::string_view name) {
                    std::vector<std::string> hosts;
                    for (const layout::Module& module : symbols->modules()) {
                        if (!is_of_nfs(module.name)) continue;
                        for (std::string& host : code->hosts(module.name, name))
                            hosts.push_back(std::move(host));
                    }
                    if (may_be_built_in(*symbols))
                        for (std::string& host : code->hosts("", name))
                            hosts.push_back(std::move(host));
                    return hosts;
                }};
    }

    const layout::KernelLayout& layout_;
    arguments::CodeReader reader_;
    arguments::CodeFacts facts_;
    arguments::CodeMembers members_;
    arguments::ReadOnlyData data_;
};

}  // namespace

std::unique_ptr<Code> code_of_dump(const dump::Dump& dump, const layout::KernelLayout& layout) {
    return std::make_unique<DumpCode>(dump, layout);
}

}  // namespace nfstriage::facts
