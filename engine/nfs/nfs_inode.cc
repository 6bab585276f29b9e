#include "nfs/nfs_inode.h"

#include "kernel/locks.h"

namespace nfstriage::nfs {
namespace {

// include/uapi/linux/stat.h
constexpr std::uint64_t kTypeMask = 0170000;
constexpr std::uint64_t kRegular = 0100000;

std::string_view kind_of(std::uint64_t mode) {
    switch (mode & kTypeMask) {
        case 0010000:
            return "fifo";
        case 0020000:
            return "character device";
        case 0040000:
            return "directory";
        case 0060000:
            return "block device";
        case kRegular:
            return "regular";
        case 0120000:
            return "symlink";
        case 0140000:
            return "socket";
        default:
            return "none";
    }
}

// include/linux/errseq.h: the low 12 bits are the error, the next tells whether it was reported.
constexpr std::uint64_t kErrorMask = 0xfff, kErrorSeen = 0x1000;

// The numbers of i_state's bits changed with its width.
std::string_view state_word(const kernel::Reader& reader, std::string_view member) {
    auto state = reader.types().member(NfsInode::kType, member);
    return state && state->type.size == 4 ? "inode.i_state of 4 bytes" : "inode.i_state of 8 bytes";
}

// Whether a list has an entry: its head leads elsewhere.
Maybe<bool> any_on(const kernel::Object& owner, std::string_view head) {
    auto at = owner.at(head);
    if (!at) return tl::unexpected<Unknown>(at.error());
    auto next = at->pointer("next");
    if (!next) return tl::unexpected<Unknown>(next.error());
    return !next->is_null() && *next != at->address();
}

// Marks of the page cache's tree as its topmost node has them (include/linux/fs.h:
// PAGECACHE_TAG_*).
Field<Flags> marks_of(const kernel::Object& inode) {
    constexpr std::size_t kMarks = 3;
    static const auto names = std::make_shared<const kernel::BitTable>(kernel::BitTable{
        {"PAGECACHE_TAG_DIRTY", "PAGECACHE_TAG_WRITEBACK", "PAGECACHE_TAG_TOWRITE"}});
    auto tree = inode.at("vfs_inode.i_data.i_pages");
    if (!tree) return tree.error().reason;
    // i_pages has been an xarray since v4.20 (3159f943aafd); a radix tree calls its marks tags.
    const bool is_xarray = tree->has("xa_head");
    auto head = tree->number(is_xarray ? "xa_head" : "rnode");
    if (!head) return head.error().reason;
    const std::uint64_t node_mark = is_xarray ? 2 : 1;
    if ((*head & 3) != node_mark || *head <= 4096) return Flags{};
    kernel::Object node = tree->reader().object(
        is_xarray ? "struct xa_node" : "struct radix_tree_node", VAddr{*head - node_mark});
    auto marks = node.address_of(node.first_of({"marks", "tags"}));
    auto size = node.reader().types().member(node.type(), node.first_of({"marks", "tags"}));
    if (!marks || !size) return marks ? size.error().reason : marks.error().reason;
    auto bytes = node.reader().memory().bytes(*marks, size->type.size);
    if (!bytes) return bytes.error().reason;
    Flags flags{0, names};
    const std::size_t each = bytes->size() / kMarks;
    for (std::size_t mark = 0; mark < kMarks; ++mark) {
        bool set = false;
        for (std::size_t i = 0; i < each; ++i) set = set || (*bytes)[mark * each + i] != 0;
        if (set) flags.bits |= std::uint64_t{1} << mark;
    }
    return flags;
}

}  // namespace

void describe(const NfsInode& inode, Visitor& visitor) {
    visitor.object(inode.kType, inode.address);
    visitor.column("fileid", inode.fileid, "number of the file on its server");
    visitor.column("path", inode.path, "where it is seen on this host");
    visitor.column("requests", inode.requests, "nfs_pages of the file, nrequests");
    visitor.column("dirty_bytes", inode.dirty, "not sent yet", "bytes");
    visitor.column("writeback_bytes", inode.under_writeback, "being written", "bytes");
    visitor.column("unstable_bytes", inode.unstable, "written, not committed yet", "bytes");
    visitor.column("at_risk_bytes", inode.at_risk,
                   "lost if the host does not come back; each byte once", "bytes");
    visitor.detail("kind", inode.kind, "regular, directory, symlink, ...");
    visitor.detail("mode", inode.mode, "i_mode", "hex");
    visitor.detail("size_bytes", inode.size, "i_size", "bytes");
    visitor.detail("inode", inode.inode, "the struct inode inside of it");
    visitor.detail("ino", inode.ino, "i_ino");
    visitor.detail("super_block", inode.super_block, "struct super_block");
    visitor.detail("nfs_server", inode.server, "struct nfs_server");
    visitor.detail("generation", inode.generation, "i_generation");
    visitor.detail("links", inode.links, "i_nlink");
    visitor.detail("references", inode.references, "i_count");
    visitor.detail("writers", inode.writers, "i_writecount");
    visitor.detail("open_contexts", inode.open_contexts, "nfs_open_contexts on open_files");
    visitor.detail("pages", inode.pages, "pages in the cache, nrpages");
    visitor.detail("writeback_index", inode.page_index, "where background writeback goes on");
    visitor.detail("inode_state", inode.inode_state, "i_state");
    visitor.detail("flags", inode.flags, "nfs_inode.flags, NFS_INO_*");
    visitor.detail("cache_validity", inode.cache_validity, "what has to be asked again");
    visitor.detail("mapping_flags", inode.mapping_flags, "address_space.flags");
    visitor.detail("mapping_marks", inode.mapping_marks, "what some page of the file is");
    visitor.detail("requests_found", inode.found_requests, "nfs_pages of the file that were found");
    visitor.detail("redirtied", inode.redirtied, "pages that went back to dirty, redirtied_pages");
    visitor.detail("uncommitted", inode.uncommitted, "nfs_pages that wait for COMMIT, ncommit");
    visitor.detail("commits_in_progress", inode.commit_rpcs, "COMMITs under way, rpcs_out");
    visitor.detail("pnfs_written", inode.pnfs_written,
                   "nfs_pages that wait for COMMIT to a "
                   "data server");
    visitor.detail("pnfs_committing", inode.pnfs_committing,
                   "nfs_pages in COMMITs to data servers");
    visitor.detail("oldest_write_ns", inode.oldest_write, "age of the oldest task that writes it");
    visitor.detail("read_io_bytes", inode.read_io, "read in all, as pNFS thresholds count",
                   "bytes");
    visitor.detail("write_io_bytes", inode.write_io, "written in all, as pNFS thresholds count",
                   "bytes");
    visitor.detail("write_error", inode.write_error, "errno of the last failed write, 0 for none",
                   "errno");
    visitor.detail("write_error_reported", inode.write_error_reported,
                   "somebody was told of that error by fsync() or close()");
    visitor.detail("rwsem_held", inode.rwsem_held, "i_rwsem is taken");
    visitor.detail("rwsem_owner", inode.rwsem_owner,
                   "struct task_struct that holds i_rwsem to write");
    visitor.detail("rwsem_readers", inode.rwsem_readers, "tasks that hold i_rwsem to read");
    visitor.detail("rwsem_waiters", inode.rwsem_waiters, "tasks that wait for i_rwsem");
    visitor.detail("rwsem", inode.rwsem, "address of i_rwsem");
    visitor.detail("commit_mutex", inode.commit_mutex, "address of commit_mutex");
    visitor.detail("commit_mutex_owner", inode.commit_mutex_owner,
                   "struct task_struct that holds commit_mutex");
    visitor.detail("commit_mutex_waiters", inode.commit_mutex_waiters,
                   "tasks that wait for commit_mutex");
    visitor.detail("layout", inode.layout, "struct pnfs_layout_hdr");
    visitor.detail("delegation", inode.delegation, "struct nfs_delegation");
}

Maybe<kernel::Object> pnfs_commit_info(const kernel::Object& nfs_inode) {
    auto layout = nfs_inode.follow("layout");
    if (!layout) return layout;
    auto server = nfs_inode.pointer("vfs_inode.i_sb->s_fs_info");
    if (!server) return tl::unexpected<Unknown>(server.error());
    auto id = nfs_inode.reader().object("struct nfs_server", *server).number("pnfs_curr_ld->id");
    if (!id) return tl::unexpected<Unknown>(id.error());
    // Numbers of layout types as RFC 8881 and RFC 8435 assign them.
    constexpr std::uint64_t kFiles = 1, kFlexFiles = 4;
    if (*id != kFiles && *id != kFlexFiles) return unknown(Reason::null, "no layout of files");
    auto outer = layout->container(
        *id == kFiles ? "struct nfs4_filelayout" : "struct nfs4_flexfile_layout", "generic_hdr");
    if (!outer) return outer;
    return outer->at("commit_info");
}

namespace {

// From AS_FOLIO_ORDER_MIN up the word says which sizes folios may have.
std::uint64_t mask_of_mapping_flags(const kernel::Reader& reader) {
    auto orders = reader.types().enumerator("AS_FOLIO_ORDER_MIN");
    return orders && *orders > 0 && *orders < 64 ? (std::uint64_t{1} << *orders) - 1
                                                 : ~std::uint64_t{0};
}

}  // namespace

NfsInodeReader::NfsInodeReader(const Roots& roots)
    : roots_(roots),
      mapping_flags_(nfs::mapping_flags(roots.reader)),
      mapping_mask_(mask_of_mapping_flags(roots.reader)),
      flags_(roots.reader, "nfs_inode.flags"),
      validity_(roots.reader, "nfs_inode.cache_validity"),
      state_member_(roots.reader.object(NfsInode::kType, VAddr{})
                        .first_of({"vfs_inode.i_state.__state", "vfs_inode.i_state"})),
      state_(roots.reader, state_word(roots.reader, state_member_)) {}

NfsInode NfsInodeReader::read(const kernel::Object& nfs_inode) const {
    NfsInode result;
    read_file(nfs_inode, result);
    read_mapping(nfs_inode, result);
    read_locks(nfs_inode, result);
    if (result.is_regular) read_writes(nfs_inode, result);
    return result;
}

void NfsInodeReader::read_file(const kernel::Object& inode, NfsInode& result) const {
    result.address = inode.address();
    if (auto at = inode.address_of("vfs_inode"))
        result.inode = *at;
    else
        result.inode = at.error().reason;
    result.super_block = inode.get<VAddr>("vfs_inode.i_sb");
    result.fileid = inode.get<std::uint64_t>("fileid");
    result.ino = inode.get<std::uint64_t>("vfs_inode.i_ino");
    result.generation = inode.get<std::uint64_t>("vfs_inode.i_generation");
    result.mode = inode.get<std::uint64_t>("vfs_inode.i_mode");
    if (result.mode)
        result.kind = {std::string(kind_of(*result.mode)), result.mode.origin()};
    else
        result.kind = {result.mode.why(), result.mode.origin()};
    result.is_regular = result.mode && (*result.mode & kTypeMask) == kRegular;
    result.size = inode.get<std::uint64_t>("vfs_inode.i_size");
    result.links = inode.get<std::uint64_t>({"vfs_inode.__i_nlink", "vfs_inode.i_nlink"});
    result.references = inode.get<std::uint64_t>("vfs_inode.i_count");
    result.writers = inode.get<std::int64_t>("vfs_inode.i_writecount");
    result.flags = flags_.flags(inode.get<std::uint64_t>("flags"));
    result.cache_validity = validity_.flags(inode.get<std::uint64_t>("cache_validity"));
    result.inode_state = state_.flags(inode.get<std::uint64_t>(state_member_));
    Budget budget = roots_.budget();
    auto open = kernel::list(inode, "open_files", "struct nfs_open_context", "list", budget);
    if (open.complete)
        result.open_contexts = {open.objects.size(), inode.origin("open_files")};
    else
        result.open_contexts = {open.why.reason, inode.origin("open_files")};
    result.delegation = inode.get<VAddr>("delegation");
    result.layout = inode.get<VAddr>("layout");
}

void NfsInodeReader::read_locks(const kernel::Object& inode, NfsInode& result) const {
    Budget budget = roots_.budget();
    auto waiters = [](const kernel::Lock& lock) -> Field<std::uint64_t> {
        if (!lock.complete) return lock.why.reason;
        return std::uint64_t{lock.waiters.size()};
    };
    if (auto at = inode.at("vfs_inode.i_rwsem")) {
        kernel::Lock lock = kernel::read_rwsem(*at, roots_.clock, budget);
        result.rwsem = at->address();
        if (lock.hold)
            result.rwsem_held = {*lock.hold != kernel::Hold::free, lock.hold.origin()};
        else
            result.rwsem_held = {lock.hold.why(), lock.hold.origin()};
        result.rwsem_owner = lock.owner;
        result.rwsem_readers = lock.readers;
        result.rwsem_waiters = waiters(lock);
    }
    if (!result.is_regular) return;
    if (auto at = inode.at("commit_mutex")) {
        kernel::Lock lock = kernel::read_mutex(*at, budget);
        result.commit_mutex = at->address();
        result.commit_mutex_owner = lock.owner;
        result.commit_mutex_waiters = waiters(lock);
    }
}

void NfsInodeReader::read_mapping(const kernel::Object& inode, NfsInode& result) const {
    result.pages = inode.get<std::uint64_t>("vfs_inode.i_data.nrpages");
    result.page_index = inode.get<std::uint64_t>("vfs_inode.i_data.writeback_index");
    auto mapping = inode.get<std::uint64_t>("vfs_inode.i_data.flags");
    if (mapping) mapping = {*mapping & mapping_mask_, mapping.origin()};
    result.mapping_flags = mapping_flags_.named(mapping);
    result.mapping_marks = marks_of(inode);
    auto error = inode.get<std::uint64_t>("vfs_inode.i_data.wb_err");
    if (error) {
        result.write_error = {-static_cast<std::int64_t>(*error & kErrorMask), error.origin()};
        result.write_error_reported = {(*error & kErrorSeen) != 0, error.origin()};
    } else {
        result.write_error = {error.why(), error.origin()};
        result.write_error_reported = {error.why(), error.origin()};
    }
}

void NfsInodeReader::read_writes(const kernel::Object& inode, NfsInode& result) const {
    result.requests = inode.get<std::uint64_t>("nrequests");
    result.redirtied = inode.get<std::uint64_t>("redirtied_pages");
    result.uncommitted = inode.get<std::uint64_t>("commit_info.ncommit");
    result.commit_rpcs = inode.get<std::uint64_t>("commit_info.rpcs_out");
    result.read_io = inode.get<std::uint64_t>("read_io");
    result.write_io = inode.get<std::uint64_t>("write_io");
    if (auto pnfs = pnfs_commit_info(inode)) {
        result.pnfs_written = pnfs->get<std::uint64_t>("nwritten");
        result.pnfs_committing = pnfs->get<std::uint64_t>("ncommitting");
    } else {
        result.pnfs_written = result.pnfs_committing = pnfs.error().reason;
    }
}

Maybe<bool> NfsInodeReader::is_active(const kernel::Object& inode) const {
    std::optional<Unknown> why;
    // Whether the member is one of a kernel like this and has a bit of `mask`.
    auto has_bits = [&](std::string_view path, std::uint64_t mask = ~std::uint64_t{0}) {
        if (!inode.has(path)) return false;
        auto value = inode.number(path);
        if (!value) why = value.error();
        return value && (*value & mask) != 0;
    };
    std::uint64_t dirty = 0;
    for (std::string_view name : {"I_DIRTY_SYNC", "I_DIRTY_DATASYNC", "I_DIRTY_PAGES", "I_SYNC"})
        if (auto bit = state_.number(name)) dirty |= std::uint64_t{1} << *bit;
    auto open = any_on(inode, "open_files");
    if (!open) why = open.error();
    if (open.value_or(false) || has_bits("vfs_inode.i_rwsem.count") ||
        has_bits("vfs_inode.i_data.wb_err", kErrorMask) || has_bits(state_member_, dirty))
        return true;
    auto mode = inode.number("vfs_inode.i_mode");
    if (!mode) return tl::unexpected<Unknown>(mode.error());
    if ((*mode & kTypeMask) == kRegular &&
        (has_bits("nrequests") || has_bits("commit_info.ncommit") ||
         has_bits("commit_info.rpcs_out")))
        return true;
    if (why) return tl::unexpected<Unknown>(*why);
    return false;
}

}  // namespace nfstriage::nfs
