#include "nfs/nlm_lock.h"

#include <array>

#include "nfs/macro_bits.h"
#include "nfs/nfsd_text.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::uint64_t kNever = ~std::uint64_t{0};         // NLM_NEVER of fs/lockd/svclock.c
constexpr std::int64_t kOffsetMax = 0x7fff'ffff'ffff'ffff;  // OFFSET_MAX: to the end
constexpr std::array<std::string_view, 3> kModes{"read", "write", "unlock"};  // F_RDLCK, ...
// nlm_stats of RFC 1813 appendix II (Open Group XNFS), as numbered on the wire
constexpr std::array<std::string_view, 10> kStatuses{
    "granted",  "denied", "denied_nolocks", "blocked", "denied_grace_period",
    "deadlock", "rofs",   "stale_fh",       "fbig",    "failed"};

Field<std::string> mode_of(const Object& lock) {
    // struct file_lock_core took these members between 6.1 and 6.12.
    auto type = lock.get<std::uint64_t>({"c.flc_type", "fl_type"});
    if (!type) return {type.why(), type.origin()};
    if (*type >= kModes.size()) return {std::to_string(*type), type.origin()};
    return {std::string(kModes[*type]), type.origin()};
}

Field<std::uint64_t> unsigned_start(const Object& lock) {
    return lock.get<std::uint64_t>("fl_start");
}

Field<std::uint64_t> length_from(const Object& lock) {
    auto start = lock.get<std::int64_t>("fl_start");
    auto end = lock.get<std::int64_t>("fl_end");
    if (!start) return {start.why(), start.origin()};
    if (!end) return {end.why(), end.origin()};
    if (*end == kOffsetMax) return {std::uint64_t{0}, end.origin()};
    if (*start < 0 || *end < *start) return {Reason::corrupt, end.origin()};
    return {static_cast<std::uint64_t>(*end - *start) + 1, end.origin()};
}

Field<std::string> path_of_file(const Maybe<Object>& file) {
    auto path = file ? file->at("f_path") : file;
    if (!path) return path.error().reason;
    return path_text(*path);
}

// struct file by which lockd has the file open: one for each access, in 4.19 a single one.
Maybe<Object> any_file(const Object& nlm_file) {
    for (std::string_view slot : {"f_file[0]", "f_file[1]"})
        if (nlm_file.has(slot))
            if (auto file = nlm_file.follow(slot)) return file;
    if (!nlm_file.has("f_file[0]")) return nlm_file.follow("f_file");
    return unknown(Reason::null, "nlm_file.f_file");
}

NlmBlock read_block(const Roots& roots, const BitNames& flags, const Object& block) {
    NlmBlock result;
    result.address = block.address();
    result.host = block.get<VAddr>("b_host");
    result.file = block.get<VAddr>("b_file");
    result.call = block.get<VAddr>("b_call");
    result.host_name = block.get<std::string>("b_host->h_name");
    auto lock = block.follow("b_call");
    if (lock) lock = lock->at("a_args.lock");
    if (lock) {
        auto size = lock->get<std::uint64_t>("len");
        auto caller = lock->get<VAddr>("caller");
        auto bytes = size && caller && *size <= 255 ? roots.reader.memory().bytes(*caller, *size)
                                                    : unknown(Reason::null);
        if (bytes) roots.reader.memory().mark({*caller, *size}, dump::Secret::word);
        result.caller = bytes ? Field<std::string>(std::string(bytes->begin(), bytes->end()))
                              : Field<std::string>(bytes.error().reason);
        result.owner_pid = lock->get<std::int64_t>("svid");
        if (auto range = lock->at("fl")) {
            result.start = unsigned_start(*range);
            result.length = length_from(*range);
            result.mode = mode_of(*range);
        }
    }
    auto file = block.follow("b_file");
    result.path = path_of_file(file ? any_file(*file) : file);
    result.granted = block.get<bool>("b_granted");
    result.queued = true;
    result.flags = flags.flags(block.get<std::uint64_t>("b_flags"));
    auto when = block.get<std::uint64_t>("b_when");
    if (when.is(kNever)) {
        result.retry_in = {Reason::null, when.origin()};
    } else {
        result.retry_in = {when ? roots.clock.until_jiffies(*when) : unknown(when.why()),
                           when.origin()};
    }
    result.references = block.get<std::uint64_t>("b_count");
    return result;
}

NlmWait read_wait(const Object& wait) {
    NlmWait result;
    result.address = wait.address();
    result.host = wait.get<VAddr>("b_host");
    result.lock = wait.get<VAddr>("b_lock");
    result.server = wait.get<std::string>("b_host->h_name");
    auto status = network_u32(wait, "b_status");
    if (!status)
        result.status = {status.why(), status.origin()};
    else if (*status < kStatuses.size())
        result.status = {std::string(kStatuses[*status]), status.origin()};
    else
        result.status = {std::to_string(*status), status.origin()};
    auto lock = wait.follow("b_lock");
    if (!lock) return result;
    result.owner_pid = lock->get<std::int64_t>({"c.flc_pid", "fl_pid"});
    result.start = lock->get<std::int64_t>("fl_start");
    result.end = lock->get<std::int64_t>("fl_end");
    result.mode = mode_of(*lock);
    std::string_view member = lock->first_of({"c.flc_file", "fl_file"});
    result.file = lock->get<VAddr>(member);
    auto file = lock->follow(member);
    result.path = path_of_file(file);
    if (auto inode = file ? file->follow("f_inode") : file) {
        result.inode_number = inode->get<std::uint64_t>("i_ino");
        if (auto nfs_inode = inode->container("struct nfs_inode", "vfs_inode"))
            result.file_handle = file_handle_text(*nfs_inode, "fh");
    }
    return result;
}

}  // namespace

void describe(const NlmBlock& block, Visitor& visitor) {
    visitor.object(block.kType, block.address);
    visitor.column("host_name", block.host_name, "the client");
    visitor.detail("host", block.host, "its nlm_host");
    visitor.detail("caller", block.caller, "how the client names itself in the call");
    visitor.column("owner_pid", block.owner_pid, "process on the client, svid");
    visitor.column("path", block.path, "file on this host");
    visitor.detail("file", block.file, "its nlm_file");
    visitor.detail("call", block.call, "nlm_rqst that will grant it");
    visitor.column("start", block.start, "first byte of the lock");
    visitor.column("length", block.length, "bytes of the lock; 0: to the end of the file");
    visitor.column("mode", block.mode, "read or write");
    visitor.column("granted", block.granted, "the lock was got and the client is being told");
    visitor.detail("queued", block.queued, "on nlm_blocked");
    visitor.detail("flags", block.flags, "b_flags");
    visitor.detail("retry_in_ns", block.retry_in, "until it is tried again; null: when woken");
    visitor.detail("references", block.references, "b_count");
}

void describe(const NlmWait& wait, Visitor& visitor) {
    visitor.object(wait.kType, wait.address);
    visitor.column("server", wait.server, "server that is asked for the lock");
    visitor.detail("host", wait.host, "its nlm_host");
    visitor.column("owner_pid", wait.owner_pid, "process of this host that wants it");
    visitor.column("path", wait.path, "file on this host");
    visitor.detail("file", wait.file, "struct file");
    visitor.detail("inode_number", wait.inode_number, "number of the inode");
    visitor.detail("file_handle", wait.file_handle, "NFS file handle, hexadecimal");
    visitor.detail("lock", wait.lock, "struct file_lock");
    visitor.column("start", wait.start, "first byte of the lock");
    visitor.column("end", wait.end, "last byte of the lock");
    visitor.column("mode", wait.mode, "read or write");
    visitor.column("status", wait.status, "what the server answered last");
}

void describe(const NlmFile& file, Visitor& visitor) {
    visitor.object(file.kType, file.address);
    visitor.column("path", file.path, "path on this host");
    visitor.detail("file_handle", file.file_handle, "as clients name it, hexadecimal");
    visitor.detail("read_file", file.read_file, "struct file open for reading; 0: none");
    visitor.detail("write_file", file.write_file, "struct file open for writing; 0: none");
    visitor.detail("inode", file.inode, "struct inode");
    visitor.column("references", file.references, "f_count");
    visitor.column("locks", file.locks, "locks counted when the file was last looked at, f_locks");
    visitor.column("blocks", file.blocks, "locks that wait, on f_blocks");
    visitor.detail("shares", file.shares, "DOS shares, on f_shares");
    visitor.detail("mutex_owner", file.mutex_owner, "task that holds f_mutex; 0: nobody");
}

void describe(const NlmLock& lock, Visitor& visitor) {
    visitor.object(lock.kType, lock.address);
    visitor.column("host_name", lock.host_name, "client that holds it");
    visitor.detail("host", lock.host, "its nlm_host");
    visitor.column("owner_pid", lock.owner_pid, "process on the client");
    visitor.column("path", lock.path, "file on this host");
    visitor.detail("file", lock.file, "its nlm_file");
    visitor.column("start", lock.start, "first byte");
    visitor.column("end", lock.end, "last byte");
    visitor.column("mode", lock.mode, "read or write");
}

NlmBlocked read_nlm_blocked(const Roots& roots) {
    NlmBlocked blocked;
    auto heads = roots.reader.symbols().all("nlm_blocked");
    // Both lists are static variables of that name, of svclock.c and clntlock.c.
    Unknown why{Reason::no_symbol, "nlm_blocked"};
    if (heads.size() < 2 && !(heads.empty() && is_absent(roots.reader, "nlm_blocked"))) {
        blocked.blocks.add_gap(why, "nlm_blocks");
        blocked.waits.add_gap(why, "nlm_waits");
    }
    const BitNames block_flags(roots.reader, "nlm_block.b_flags");
    for (const layout::Symbol& symbol : heads) {
        Object head = roots.reader.object("struct list_head", symbol.address);
        Budget budget = roots.budget();
        auto blocks = kernel::list(head, NlmBlock::kType, "b_list", budget);
        if (blocks.objects.empty()) {
            if (blocks.complete) continue;
            blocked.blocks.add_gap(blocks.why, "nlm_blocked");
            blocked.waits.add_gap(blocks.why, "nlm_blocked");
            continue;
        }
        // A block and its call point to each other.
        const Object& first = blocks.objects.front();
        auto call = first.follow("b_call");
        auto back = call ? call->pointer("a_block") : unknown(Reason::null);
        if (back && *back == first.address()) {
            blocked.blocks.add_gap(blocks, "nlm_blocked");
            for (const Object& block : blocks.objects)
                blocked.blocks.items.push_back(read_block(roots, block_flags, block));
            continue;
        }
        Budget again = roots.budget();
        auto waits = kernel::list(head, NlmWait::kType, "b_list", again);
        blocked.waits.add_gap(waits, "nlm_blocked");
        for (const Object& wait : waits.objects) blocked.waits.items.push_back(read_wait(wait));
    }
    return blocked;
}

Listing<Object> find_nlm_files(const Roots& roots) {
    constexpr std::uint64_t kHashSize = 128;  // FILE_NRHASH of fs/lockd/svcsubs.c
    auto table = roots.reader.symbols().address("nlm_files");
    if (!table) {
        Listing<Object> none;
        if (!is_absent(roots.reader, "nlm_files")) none.add_gap(table.error(), "nlm_files");
        return none;
    }
    return walk_table(roots, *table, kHashSize, "struct hlist_head", "nlm_files",
                      [](const Object& head, Budget& budget) {
                          return kernel::hlist(head, NlmFile::kType, "f_list", budget);
                      });
}

NlmFile read_nlm_file(const Roots& roots, const Object& file) {
    NlmFile result;
    result.address = file.address();
    auto open = any_file(file);
    result.path = path_of_file(open);
    result.file_handle = file_handle_text(file, "f_handle");
    result.read_file = file.get<VAddr>({"f_file[0]", "f_file"});
    result.write_file = file.get<VAddr>("f_file[1]");
    if (open)
        result.inode = open->get<VAddr>("f_inode");
    else
        result.inode = open.error().reason;
    result.references = file.get<std::uint64_t>("f_count");
    result.locks = file.get<std::uint64_t>("f_locks");
    result.blocks = length_field(roots, file, "f_blocks", NlmBlock::kType, "b_flist");
    std::uint64_t shares = 0;
    Budget budget = roots.budget();
    auto share = file.follow("f_shares");
    for (; share && budget.spend(); share = share->follow("s_next")) ++shares;
    if (!share && share.error().reason == Reason::null)
        result.shares = shares;
    else
        result.shares = share ? Reason::budget : share.error().reason;
    result.mutex_owner = mutex_owner(file, "f_mutex");
    return result;
}

Listing<NlmLock> read_nlm_locks(const Roots& roots, const Object& nlm_file) {
    Listing<NlmLock> locks;
    std::string of = "locks of nlm_file " + hex(nlm_file.address());
    auto file = any_file(nlm_file);
    if (!file) {
        if (file.error().reason != Reason::null) locks.add_gap(file.error(), of);
        return locks;
    }
    auto context = file->follow("f_inode->i_flctx");
    if (!context) {
        if (context.error().reason != Reason::null) locks.add_gap(context.error(), of);
        return locks;
    }
    auto path = path_of_file(file);
    Budget budget = roots.budget();
    Object probe = roots.reader.object(NlmLock::kType, VAddr{});
    auto walk = kernel::list(*context, "flc_posix", NlmLock::kType,
                             probe.first_of({"c.flc_list", "fl_list"}), budget);
    locks.add_gap(walk, of);
    for (const Object& lock : walk.objects) {
        auto operations = lock.symbol("fl_lmops");
        if (!operations.is("nlmsvc_lock_operations")) continue;
        NlmLock result;
        result.address = lock.address();
        result.file = nlm_file.address();
        result.path = path;
        result.mode = mode_of(lock);
        result.start = lock.get<std::int64_t>("fl_start");
        result.end = lock.get<std::int64_t>("fl_end");
        // The owner is an nlm_lockowner in 5.10, the host itself before; both are void *.
        auto owner = lock.get<VAddr>({"c.flc_owner", "fl_owner"});
        bool is_owner =
            roots.reader.types().has_member("struct nlm_host", "h_lockowners").value_or(false) &&
            roots.reader.describes("struct nlm_lockowner");
        if (owner && is_owner) {
            Object lockowner = roots.reader.object("struct nlm_lockowner", *owner);
            result.host = lockowner.get<VAddr>("host");
            result.host_name = lockowner.get<std::string>("host->h_name");
        }
        result.owner_pid = lock.get<std::int64_t>({"c.flc_pid", "fl_pid"});
        locks.items.push_back(std::move(result));
    }
    return locks;
}

}  // namespace nfstriage::nfs
