// The code of a dump as facts/code.h asks about it: readers of arguments/ over its memory, symbols
// and profile.
#include <algorithm>

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

class DumpStrings {
public:
    DumpStrings(const dump::Dump& dump, const layout::KernelLayout& layout)
        : layout_(layout),
          data_(dump.memory(), *layout.symbols, *layout.types, layout.symbols->modules()) {}

    CodeAnswer find(std::string_view module, std::string_view text) {
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
    const layout::KernelLayout& layout_;
    arguments::ReadOnlyData data_;
};

arguments::InlineSource source_of(const layout::KernelLayout& layout) {
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

}  // namespace

std::unique_ptr<Code> code_of_dump(const dump::Dump& dump, const layout::KernelLayout& layout) {
    auto strings = std::make_shared<DumpStrings>(dump, layout);
    return code_of({.memory = layout.code_memory(dump),
                    .symbols = *layout.symbols,
                    .types = *layout.types,
                    .arch = dump.arch(),
                    .inlining = source_of(layout),
                    .has_string = [strings](std::string_view module, std::string_view text) {
                        return strings->find(module, text);
                    }});
}

}  // namespace nfstriage::facts
