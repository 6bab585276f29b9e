// The part of the table of macro bits (macro_bits.h) that belongs to inodes.
#include <array>

#include "nfs/macro_bits.h"

namespace nfstriage::nfs {
namespace {

// include/linux/nfs_fs.h, "Bit offsets in flags field". No number was given twice.
constexpr MacroBit kFlags[] = {
    {"NFS_INO_ADVISE_RDPLUS", 0, ""},
    {"NFS_INO_STALE", 1, ""},
    {"NFS_INO_ACL_LRU_SET", 2, ""},
    {"NFS_INO_INVALIDATING", 3, ""},
    {"NFS_INO_PRESERVE_UNLINKED", 4, "6.1"},
    {"NFS_INO_FSCACHE", 5, ""},
    {"NFS_INO_FSCACHE_LOCK", 6, ""},
    {"NFS_INO_FORCE_READDIR", 7, "after 5.10, gone by 6.1"},
    {"NFS_INO_LAYOUTCOMMIT", 9, ""},
    {"NFS_INO_LAYOUTCOMMITTING", 10, ""},
    {"NFS_INO_LAYOUTSTATS", 11, ""},
    {"NFS_INO_ODIRECT", 12, ""},
    {"NFS_INO_REQ_DIR_DELEG", 13, "7.3"},
};

// include/linux/nfs_fs.h, "Cache validity bit flags", attribute by attribute since 16e143751727.
constexpr MacroBit kCacheValidity[] = {
    {"NFS_INO_INVALID_DATA", 1, ""},
    {"NFS_INO_INVALID_ATIME", 2, ""},
    {"NFS_INO_INVALID_ACCESS", 3, ""},
    {"NFS_INO_INVALID_ACL", 4, ""},
    {"NFS_INO_REVAL_PAGECACHE", 5, ""},
    {"NFS_INO_REVAL_FORCED", 6, ""},
    {"NFS_INO_INVALID_LABEL", 7, ""},
    {"NFS_INO_INVALID_CHANGE", 8, ""},
    {"NFS_INO_INVALID_CTIME", 9, ""},
    {"NFS_INO_INVALID_MTIME", 10, ""},
    {"NFS_INO_INVALID_SIZE", 11, ""},
    {"NFS_INO_INVALID_OTHER", 12, ""},
    {"NFS_INO_DATA_INVAL_DEFER", 13, "5.10"},
    {"NFS_INO_INVALID_BLOCKS", 14, "5.10"},
    {"NFS_INO_INVALID_XATTR", 15, "5.10"},
    {"NFS_INO_INVALID_NLINK", 16, "6.1"},
    {"NFS_INO_INVALID_MODE", 17, "6.1"},
    {"NFS_INO_INVALID_BTIME", 18, "7.3"},
    {"NFS_INO_INVALID_UNCACHEABLE_FILE_DATA", 19, "7.3"},
};

// include/linux/fs.h, while i_state was an unsigned long.
constexpr MacroBit kStateOfLong[] = {
    {"I_DIRTY_SYNC", 0, ""},
    {"I_DIRTY_DATASYNC", 1, ""},
    {"I_DIRTY_PAGES", 2, ""},
    {"I_NEW", 3, ""},
    {"I_WILL_FREE", 4, ""},
    {"I_FREEING", 5, ""},
    {"I_CLEAR", 6, ""},
    {"I_SYNC", 7, ""},
    {"I_REFERENCED", 8, ""},
    {"I_DIO_WAKEUP", 9, ""},
    {"I_LINKABLE", 10, ""},
    {"I_DIRTY_TIME", 11, ""},
    {"I_DIRTY_TIME_EXPIRED", 12, ""},
    {"I_WB_SWITCH", 13, ""},
    {"I_OVL_INUSE", 14, ""},
    {"I_CREATING", 15, ""},
    {"I_DONTCACHE", 16, "5.10"},
    {"I_SYNC_QUEUED", 17, "5.10"},
    {"I_PINNING_NETFS_WB", 18, "6.1, as I_PINNING_FSCACHE_WB"},
    {"I_LRU_ISOLATING", 19, "5.10"},
};

// The same in 6.12, 32 bits wide and numbered anew so that tasks can wait for its lowest bytes;
// enumerators, as masks, and with other numbers in 7.3.
constexpr MacroBit kStateOfInt[] = {
    {"I_NEW", 0, ""},        {"I_SYNC", 1, ""},           {"I_LRU_ISOLATING", 2, ""},
    {"I_DIRTY_SYNC", 3, ""}, {"I_DIRTY_DATASYNC", 4, ""}, {"I_DIRTY_PAGES", 5, ""},
    {"I_WILL_FREE", 6, ""},  {"I_FREEING", 7, ""},        {"I_CLEAR", 8, ""},
    {"I_REFERENCED", 9, ""}, {"I_LINKABLE", 10, ""},      {"I_DIRTY_TIME", 11, ""},
    {"I_WB_SWITCH", 12, ""}, {"I_OVL_INUSE", 13, ""},     {"I_CREATING", 14, ""},
    {"I_DONTCACHE", 15, ""}, {"I_SYNC_QUEUED", 16, ""},   {"I_PINNING_NETFS_WB", 17, ""},
};

constexpr std::array kWords{
    MacroWord{"nfs_inode.flags", kFlags},
    MacroWord{"nfs_inode.cache_validity", kCacheValidity},
    MacroWord{"inode.i_state of 8 bytes", kStateOfLong},
    MacroWord{"inode.i_state of 4 bytes", kStateOfInt, true},
};

}  // namespace

std::span<const MacroWord> inode_macro_words() { return kWords; }

}  // namespace nfstriage::nfs
