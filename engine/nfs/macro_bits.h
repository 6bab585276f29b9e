// Words of bits whose numbers are macros: no debug information has them. One table for all, in
// macro_bits.cc, with the kernel commits that gave a bit its number or another meaning. Where two
// kernels use one bit for different things, a member that came or went with the change tells which
// kernel this is; releases are never compared.
// We promise: where the dump's types have a name as an enumerator, its value is that one, and no
// other name is given to that number; a bit without a name is still shown.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/maybe.h"
#include "kernel/object.h"

namespace nfstriage::nfs {

struct MacroBit {
    std::string_view name;  // as in the kernel
    unsigned bit = 0;
    // Empty: 4.19 has it already. Else the commit that brought it, where one was confirmed, or the
    // first of 5.10, 6.1, 6.12 and 7.3 that has it, with what their stable updates took over.
    std::string_view since;
    // What tells that a kernel means this by the bit: `type` has `member`, or has not.
    // `enumerator`: only where the dump's types have the name, which is none but an enumerator.
    enum class If : std::uint8_t { always, member, no_member, enumerator } when = If::always;
    std::string_view type{}, member{};
};

struct MacroWord {
    std::string_view word;  // the member that holds it: "rpc_task.tk_flags"
    std::span<const MacroBit> bits;
    bool masks = false;         // where its names are enumerators, these are masks, not bit numbers
    std::string_view prefix{};  // of the names in the kernel, where the table leaves it out
};

// The words of SUNRPC, of the NFS client (nfs_macro_bits.cc), of the server (nfsd_macro_bits.cc),
// of inodes (writeback_macro_bits.cc).
std::span<const MacroWord> macro_words();
std::span<const MacroWord> nfs_macro_words();
std::span<const MacroWord> server_macro_words();
std::span<const MacroWord> inode_macro_words();

// The bits of one word in one kernel. Make it once for many values.
class BitNames {
public:
    // `word` as in MacroWord; one that the table has not names no bit.
    BitNames(const kernel::Reader& reader, std::string_view word);

    kernel::Flags flags(std::uint64_t value) const;
    kernel::Field<kernel::Flags> flags(const kernel::Field<std::uint64_t>& value) const;
    // The bit's number; nullopt where this kernel has no bit of that name.
    std::optional<unsigned> number(std::string_view name) const;
    // Whether the bit of that name is set; false where the kernel has none. Unknown(no_type): the
    // types do not tell whether it has, or by which number.
    Maybe<bool> is_set(std::uint64_t value, std::string_view name) const;
    kernel::Field<bool> is_set(const kernel::Field<std::uint64_t>& word,
                               std::string_view name) const;
    kernel::Field<bool> is_set(const kernel::Field<kernel::Flags>& word,
                               std::string_view name) const;
    // Whether one of two is.
    kernel::Field<bool> is_either_set(const kernel::Field<kernel::Flags>& word,
                                      std::string_view one, std::string_view other) const;

private:
    struct Bit {
        unsigned number;
        std::string_view name;
    };
    std::vector<Bit> bits_;
    std::vector<std::string_view> undecided_;        // names of which the types do not tell
    std::shared_ptr<const kernel::BitTable> names_;  // the first of bits_ for each number
};

}  // namespace nfstriage::nfs
