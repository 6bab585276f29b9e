#include "nfs/writeback_flags.h"

namespace nfstriage::nfs {
namespace {

// PG_FOLIO, which 6.1 has not and 6.12 has, moves those behind it by one; PG_READ_FAILED stands
// between PG_UPTODATE and PG_WB_END of some kernels.
constexpr std::string_view kRequestFlags[] = {
    "PG_BUSY",        "PG_MAPPED",   "PG_FOLIO",    "PG_CLEAN",      "PG_COMMIT_TO_DS",
    "PG_INODE_REF",   "PG_HEADLOCK", "PG_TEARDOWN", "PG_UNLOCKPAGE", "PG_UPTODATE",
    "PG_READ_FAILED", "PG_WB_END",   "PG_REMOVE",   "PG_CONTENDED1", "PG_CONTENDED2"};

// Where several names share a bit, the one that page caches use stands first.
constexpr std::string_view kFolioFlags[] = {
    "PG_locked",   "PG_writeback",  "PG_referenced",  "PG_uptodate",     "PG_dirty",
    "PG_lru",      "PG_head",       "PG_waiters",     "PG_active",       "PG_workingset",
    "PG_error",    "PG_slab",       "PG_checked",     "PG_owner_priv_1", "PG_owner_2",
    "PG_arch_1",   "PG_reserved",   "PG_private",     "PG_private_2",    "PG_mappedtodisk",
    "PG_reclaim",  "PG_swapbacked", "PG_unevictable", "PG_dropbehind",   "PG_mlocked",
    "PG_uncached", "PG_hwpoison",   "PG_young",       "PG_idle",         "PG_arch_2",
    "PG_arch_3"};

constexpr std::string_view kMappingFlags[] = {"AS_EIO",
                                              "AS_ENOSPC",
                                              "AS_MM_ALL_LOCKS",
                                              "AS_UNEVICTABLE",
                                              "AS_EXITING",
                                              "AS_NO_WRITEBACK_TAGS",
                                              "AS_THP_SUPPORT",
                                              "AS_LARGE_FOLIO_SUPPORT",
                                              "AS_RELEASE_ALWAYS",
                                              "AS_STABLE_WRITES",
                                              "AS_INACCESSIBLE",
                                              "AS_WRITEBACK_MAY_DEADLOCK_ON_RECLAIM",
                                              "AS_KERNEL_FILE"};

}  // namespace

FlagNames::FlagNames(const kernel::Reader& reader, std::span<const std::string_view> enumerators) {
    auto names = std::make_shared<kernel::BitTable>();
    for (std::string_view name : enumerators) {
        auto bit = reader.types().enumerator(name);
        if (!bit || *bit < 0 || *bit >= 64) continue;
        std::string& known = names->names[static_cast<std::size_t>(*bit)];
        if (!known.empty()) continue;
        known = std::string(name);
        known_.push_back({known, std::uint64_t{1} << *bit});
    }
    names->complete = !known_.empty();
    names_ = std::move(names);
}

Flags FlagNames::named(std::uint64_t bits) const { return {bits, names_}; }

Field<Flags> FlagNames::named(const Field<std::uint64_t>& word) const {
    if (!word) return {word.why(), word.origin()};
    return {named(*word), word.origin()};
}

Maybe<std::uint64_t> FlagNames::mask(std::string_view name) const {
    for (const Known& flag : known_)
        if (flag.name == name) return flag.mask;
    return unknown(Reason::no_type, std::string(name));
}

Maybe<bool> FlagNames::is_set(const Field<Flags>& word, std::string_view name) const {
    auto flag = mask(name);
    if (!flag) return tl::unexpected<Unknown>(flag.error());
    if (!word) return unknown(word.why(), std::string(name));
    return (word->bits & *flag) != 0;
}

FlagNames nfs_page_flags(const kernel::Reader& reader) { return {reader, kRequestFlags}; }
FlagNames folio_flags(const kernel::Reader& reader) { return {reader, kFolioFlags}; }
FlagNames mapping_flags(const kernel::Reader& reader) { return {reader, kMappingFlags}; }

}  // namespace nfstriage::nfs
