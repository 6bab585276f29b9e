// From an address in the crashed kernel's text to the code table of the profile that describes it:
// vmlinux by the shift of KASLR, modules by symbol, because a loaded module keeps no trace of where
// its sections began.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "layout/cfi_table.h"
#include "layout/code_table.h"
#include "layout/kernel_symbols.h"
#include "layout/orc_table.h"
#include "layout/profile.h"
#include "layout/profile_symbols.h"

namespace nfstriage::layout {

class KernelCode {
public:
    // Both must outlive this. `shift`: run-time minus link address of vmlinux.
    KernelCode(const Profile& profile, const KernelSymbols& symbols, std::uint64_t shift);

    struct Place {
        const CodeTable* table = nullptr;  // of vmlinux or the module; lives as long as this
        std::uint64_t address = 0;         // in the table's own address space
    };

    // Unknown: no_symbol (outside of known text, or a static name of which the module has another
    // number than the profile), no_type (the profile does not describe that object), corrupt.
    Maybe<Place> place(VAddr address) const;

    // Source of an instruction: inlined functions first, the real one last. For a return address
    // ask for the byte before it. Unknown as place(), or as CodeTable::source_of.
    Maybe<std::vector<SourceFrame>> source_of(VAddr address) const;

    // Functions of `object` ("" is vmlinux) into which `function` is inlined somewhere; none where
    // the profile does not describe the object.
    std::vector<std::string> hosts(const std::string& object, std::string_view function) const;

    // How to unwind from an instruction. Unknown as place(); no_symbol where no entry covers it.
    Maybe<CfiRow> cfi(VAddr address) const;
    Maybe<OrcBytes> orc(VAddr address) const;

private:
    struct Object {
        Maybe<CodeTable> code;
        Maybe<CfiTable> cfi;
        Maybe<OrcTable> orc;
        Maybe<ProfileSymbols> symbols;
    };
    struct Linked {  // an address, as its object was linked
        const Object* object = nullptr;
        std::uint64_t address = 0;
    };
    const Object& object(const std::string& name) const;
    Maybe<Linked> link(VAddr address) const;

    const Profile& profile_;
    const KernelSymbols& symbols_;
    std::uint64_t shift_;
    mutable std::map<std::string, Object> objects_;  // "" is vmlinux
};

}  // namespace nfstriage::layout
