// nfs_page (include/linux/nfs_page.h): one range of bytes of one page that is to be read or
// written: a request. A page that was written by the process carries its request in page->private,
// from the write until the server has it on stable storage; requests in flight hang in the
// nfs_pgio_header or nfs_commit_data of their rpc_task, those that wait for COMMIT on lists of
// their inode. The requests of one page are a group, linked in a ring. We promise: a request is
// listed only where one of these leads to it.
#pragma once

#include "nfs/describe.h"
#include "nfs/folio.h"

namespace nfstriage::nfs {

struct NfsPage {
    static constexpr std::string_view kType = "struct nfs_page";
    VAddr address;
    Field<VAddr> inode;  // struct nfs_inode
    Field<std::uint64_t> fileid;
    Field<std::string> state;                    // of what is to be written, in a word
    Field<std::uint64_t> index;                  // of its page, wb_index
    Field<std::uint64_t> offset, pgbase, bytes;  // in the page; in the page's memory; how many
    Field<std::uint64_t> position;               // in the file, in bytes
    Field<Flags> flags;                          // wb_flags
    Field<std::uint64_t> references;             // wb_kref
    Field<VAddr> folio, head, next;              // wb_page, wb_head, wb_this_page
    Field<Flags> folio_flags;
    Field<VAddr> folio_mapping;       // its address_space
    Field<std::uint64_t> group_size;  // requests in its ring
    Field<VAddr> lock_context, open_context;
    Field<std::uint64_t> sends;  // wb_nio
    Field<VAddr> task;           // struct rpc_task that carries it
    Field<Duration> age;         // of that task
    // What leads to it. Unknown where nothing does that was read, but not everything was.
    Field<bool> on_folio;                      // its folio's private word, for the head of a group
    Field<bool> on_commit_list;                // of its inode, or a bucket of a pNFS layout
    Field<bool> in_write, in_read, in_commit;  // in what a task of that kind sends
    Field<bool> direct;                        // O_DIRECT: the memory is the process's own
};

void describe(const NfsPage& request, Visitor& visitor);

// Reads requests with what is asked of the types once.
class NfsPageReader {
public:
    explicit NfsPageReader(const kernel::Reader& reader);

    // What the request itself and its folio say; neither state nor what leads to it.
    NfsPage read(VAddr address) const;
    // Whether the flag is set; Unknown: the word's reason, no_type for a flag the kernel lacks.
    Maybe<bool> has(const NfsPage& request, std::string_view flag) const;
    const FolioReader& folios() const { return folios_; }
    const FlagNames& flags() const { return flags_; }

private:
    const kernel::Reader& reader_;
    kernel::Object shape_;  // at no address: the type with its members
    std::string_view folio_member_, open_context_;
    std::uint64_t page_size_;
    FlagNames flags_;
    FolioReader folios_;
};

// The word for where a request stands: "dirty", "locked" (somebody is about to send or change it),
// "writeback" (being written), "unstable" (written, waits for COMMIT), "committing", "idle" (its
// folio is neither dirty nor being written, and nobody has it); for one that is not of the page
// cache "read" or "direct". `head`: the first of its group, which may be itself. Unknown where
// flags are, or which of these it is.
Field<std::string> state_of(const NfsPage& request, const NfsPage& head,
                            const NfsPageReader& reader);

}  // namespace nfstriage::nfs
