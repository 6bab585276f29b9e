#include "lend_text.h"

#include <memory>

#include "debuginfo/text_memory.h"
#include "kernel/identity.h"

namespace nfstriage {

TextRemarks lend_text(const dump::Dump& dump, layout::KernelLayout& layout,
                      const std::vector<std::filesystem::path>& sources) {
    auto stext = layout.symbols->address("_stext");
    if (sources.empty() || !stext) return {};
    kernel::Identity identity = kernel::read_identity(dump, *layout.symbols);
    auto text = debuginfo::find_text(
        sources, {dump.arch(), identity.release, identity.version, identity.build_id});
    if (!text) {
        if (!text.error().file.empty())
            layout.remarks.push_back("no text was taken from debuginfo: " +
                                     to_string(text.error()));
        return {};
    }
    std::uint64_t shift = stext->value - (*text)->stext();
    auto memory = std::make_unique<debuginfo::TextMemory>(dump.memory(), *layout.symbols,
                                                          std::move(*text), shift);
    const debuginfo::TextMemory* lent = memory.get();
    layout.text = std::move(memory);
    return [lent] { return lent->remarks(); };
}

}  // namespace nfstriage
