#include "nfs/nfs_page.h"

#include "base/bytes.h"

namespace nfstriage::nfs {

void describe(const NfsPage& request, Visitor& visitor) {
    visitor.object(request.kType, request.address);
    visitor.column("fileid", request.fileid, "number of the file on its server");
    visitor.column("position_bytes", request.position, "place in the file", "bytes");
    visitor.column("length_bytes", request.bytes, "wb_bytes", "bytes");
    visitor.column("state", request.state,
                   "dirty, locked, writeback, unstable (waits for COMMIT), committing, idle (its "
                   "folio is clean), read, direct");
    visitor.column("flags", request.flags, "wb_flags");
    visitor.column("references", request.references, "wb_kref");
    visitor.column("folio", request.folio, "struct folio or page that it is of");
    visitor.detail("inode", request.inode, "struct nfs_inode");
    visitor.detail("folio_flags", request.folio_flags, "flags of the folio, without its zone");
    visitor.detail("index", request.index, "wb_index: the folio's place in the file, in pages");
    visitor.detail("offset_bytes", request.offset, "wb_offset: first byte in the folio", "bytes");
    visitor.detail("pgbase_bytes", request.pgbase, "wb_pgbase: first byte in memory", "bytes");
    visitor.detail("head", request.head, "first request of its group, wb_head");
    visitor.detail("next_in_group", request.next, "next of the group's ring, wb_this_page");
    visitor.detail("group_size", request.group_size, "requests in its group");
    visitor.detail("lock_context", request.lock_context, "struct nfs_lock_context");
    visitor.detail("open_context", request.open_context, "struct nfs_open_context");
    visitor.detail("sends", request.sends, "how often it was sent, wb_nio");
    visitor.detail("task", request.task, "struct rpc_task that carries it");
    visitor.detail("task_age_ns", request.age, "how long that task exists");
    visitor.detail("direct", request.direct, "O_DIRECT: the memory is the process's own");
    visitor.detail("on_folio", request.on_folio, "its folio's private word leads to it");
    visitor.detail("on_commit_list", request.on_commit_list,
                   "on a list of what waits for COMMIT, of its inode or of a pNFS layout");
    visitor.detail("in_write", request.in_write, "a task's WRITE has it");
    visitor.detail("in_read", request.in_read, "a task's READ has it");
    visitor.detail("in_commit", request.in_commit, "a task's COMMIT has it");
}

NfsPageReader::NfsPageReader(const kernel::Reader& reader)
    : reader_(reader),
      shape_(reader.object(NfsPage::kType, VAddr{})),
      // wb_page became a union with wb_folio between 6.1 and 6.12.
      folio_member_(shape_.first_of({"wb_folio", "wb_page"})),
      // wb_context moved into the lock context between 4.19 and 5.10.
      open_context_(shape_.first_of({"wb_context", "wb_lock_context->open_context"})),
      page_size_(reader.dump().page_size()),
      flags_(nfs_page_flags(reader)),
      folios_(reader) {}

NfsPage NfsPageReader::read(VAddr address) const {
    kernel::Object request = reader_.object(shape_.type(), address);
    NfsPage result;
    result.address = address;
    result.flags = flags_.named(request.get<std::uint64_t>("wb_flags"));
    result.index = request.get<std::uint64_t>("wb_index");
    result.offset = request.get<std::uint64_t>("wb_offset");
    result.pgbase = request.get<std::uint64_t>("wb_pgbase");
    result.bytes = request.get<std::uint64_t>("wb_bytes");
    result.references = request.get<std::uint64_t>("wb_kref");
    result.folio = request.get<VAddr>(folio_member_);
    result.head = request.get<VAddr>("wb_head");
    result.next = request.get<VAddr>("wb_this_page");
    result.lock_context = request.get<VAddr>("wb_lock_context");
    result.open_context = request.get<VAddr>(open_context_);
    result.sends = request.get<std::uint64_t>("wb_nio");
    // req_offset()
    if (result.index && result.offset) {
        auto start = checked_mul(*result.index, page_size_);
        auto position = start ? checked_add(*start, *result.offset) : std::nullopt;
        if (position)
            result.position = *position;
        else
            result.position = Reason::corrupt;
    } else {
        result.position = result.index ? result.offset.why() : result.index.why();
    }
    return result;
}

Maybe<bool> NfsPageReader::has(const NfsPage& request, std::string_view flag) const {
    return flags_.is_set(request.flags, flag);
}

Field<std::string> state_of(const NfsPage& request, const NfsPage& head,
                            const NfsPageReader& reader) {
    // Of the page cache: the head carries PG_MAPPED, every member PG_INODE_REF while it is counted.
    auto mapped = reader.has(head, "PG_MAPPED");
    auto clean = reader.has(request, "PG_CLEAN");
    auto busy = reader.has(request, "PG_BUSY");
    for (const Maybe<bool>* needed : {&mapped, &clean, &busy})
        if (!*needed) return needed->error().reason;
    if (!*mapped) {
        if (request.in_read.is(true) || head.in_read.is(true)) return std::string("read");
        if (request.direct.is(true) || head.direct.is(true)) return std::string("direct");
    }
    if (*clean) return std::string("unstable");

    auto folio = [&](std::string_view flag) {
        return reader.folios().has(request.folio_flags, flag);
    };
    auto writeback = folio("PG_writeback"), dirty = folio("PG_dirty"), locked = folio("PG_locked");
    for (const Maybe<bool>* needed : {&writeback, &dirty, &locked})
        if (!*needed) return needed->error().reason;
    if (*writeback) return std::string("writeback");
    if (!*busy) return std::string(*dirty ? "dirty" : "idle");
    if (*dirty) return std::string("locked");
    // Locked, and its folio clean: whoever makes it dirty or sends it holds the folio's lock; only
    // a COMMIT needs none.
    if (!*locked || request.in_commit.is(true)) return std::string("committing");
    if (!request.in_commit) return request.in_commit.why();
    return std::string("locked");
}

}  // namespace nfstriage::nfs
