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

// Where a request was found; several may hold.
struct FoundIn {
    bool folio = false;        // its page's private word
    bool commit_list = false;  // nfs_inode.commit_info.list, or a bucket of a pNFS layout
    bool write_rpc = false;    // nfs_pgio_header.pages of a task
    bool read_rpc = false;
    bool commit_rpc = false;  // nfs_commit_data.pages of a task
    bool group = false;       // the ring of another request only
};

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
    Field<std::uint64_t> group_size;  // requests in its ring
    Field<VAddr> lock_context, open_context;
    Field<std::uint64_t> sends;  // wb_nio
    Field<VAddr> task;           // struct rpc_task that carries it
    Field<Duration> age;         // of that task
    Field<std::string> found_in_words;
    FoundIn found_in;
    Field<bool> direct;  // O_DIRECT: the page is the process's own
};

void describe(const NfsPage& request, Visitor& visitor);

// Reads requests with what is asked of the types once.
class NfsPageReader {
public:
    explicit NfsPageReader(const kernel::Reader& reader);

    // What the request itself and its page say; neither state nor where it was found.
    NfsPage read(VAddr address) const;
    // Whether the flag is set; Unknown: the word's reason, no_type for a flag the kernel lacks.
    Maybe<bool> has(const NfsPage& request, std::string_view flag) const;
    const FolioReader& folios() const { return folios_; }
    const FlagNames& flags() const { return flags_; }

private:
    const kernel::Reader& reader_;
    kernel::Object shape_;
    std::string_view folio_member_, open_context_;
    std::uint64_t page_size_;
    FlagNames flags_;
    FolioReader folios_;
};

// The word for what is to be done with a request: "read", "direct", "commit" (COMMIT is under way),
// "unstable" (written, waits for COMMIT), "writeback" (being written), "locked", "dirty".
// Unknown where flags are.
Field<std::string> state_of(const NfsPage& request, const NfsPageReader& reader);

}  // namespace nfstriage::nfs
