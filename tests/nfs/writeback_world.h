// One NFS file with requests, as a kernel around v6.1 keeps it.
#pragma once

#include <vector>

#include "nfs/check.h"
#include "nfs/fake_kernel.h"
#include "nfs/writeback_state.h"

namespace nfstriage::test {

// Bits of wb_flags and of page.flags as declared below.
enum : std::uint64_t {
    kBusy = 1,
    kMapped = 2,
    kClean = 4,
    kInodeRef = 16,
    kHeadLock = 32,
    kPageLocked = 1,
    kPageWriteback = 2,
    kPageUptodate = 8,
    kPageDirty = 16,
    kPagePrivate = 64,
};

class WritebackWorld : public FakeKernel {
public:
    static constexpr std::string_view kRequest = "struct nfs_page";
    static constexpr std::string_view kInode = "struct nfs_inode";
    static constexpr std::string_view kPage = "struct page";

    VAddr super_block, server, inode, tree;
    nfs::ClientState client;
    nfs::SunrpcState sunrpc;
    unsigned pages = 0;
    std::vector<VAddr> commits;  // nodes of the commit list

    // i_mode lies on a page of its own.
    explicit WritebackWorld(std::string_view request_members = "struct page *wb_page;") {
        declare(R"(
            struct xarray { u32 xa_lock; u32 xa_flags; void *xa_head; };
            struct xa_node { u8 shift; u8 offset; u8 count; u8 nr_values; struct xa_node *parent;
                struct xarray *array; void *slots[64] at 40; u64 marks[3] at 552; };
            struct address_space { struct inode *host; struct xarray i_pages; u64 nrpages;
                u64 writeback_index; u64 flags; u32 wb_err; u32 private_lock; };
            struct rw_semaphore { u64 count; };
            struct mutex { u64 owner; };
            struct inode { u32 i_nlink; struct super_block *i_sb; u64 i_ino;
                s64 i_size; u64 i_state; struct rw_semaphore i_rwsem; struct list_head i_sb_list;
                u32 i_count; s32 i_writecount; struct address_space i_data; u32 i_generation;
                u16 i_mode at 8192; };
            struct nfs_mds_commit_info { u32 rpcs_out; u64 ncommit; struct list_head list; };
            struct nfs_inode { u64 fileid; u64 flags; u64 cache_validity; u64 nrequests;
                u64 redirtied_pages; struct nfs_mds_commit_info commit_info;
                struct mutex commit_mutex; struct list_head open_files;
                struct pnfs_layout_hdr *layout; struct nfs_delegation *delegation;
                u64 write_io; u64 read_io; struct inode vfs_inode; };
            struct super_block { struct list_head s_inodes; void *s_fs_info; };
            struct page { u64 flags; u64 lru[2]; struct address_space *mapping; u64 index;
                u64 private; u64 rest[2]; };
            struct nfs_open_context { struct list_head list; };
            struct nfs_lock_context { struct nfs_open_context *open_context; };
            struct rpc_task { u64 tk_flags; };
            struct nfs_pgio_header { struct inode *inode; struct list_head pages;
                struct nfs_direct_req *dreq; u32 rw_mode; struct rpc_task task; };
            struct nfs_commit_data { struct rpc_task task; struct inode *inode;
                struct nfs_direct_req *dreq; struct list_head pages; };
            enum { PG_BUSY, PG_MAPPED, PG_CLEAN, PG_COMMIT_TO_DS, PG_INODE_REF, PG_HEADLOCK,
                PG_TEARDOWN, PG_UNLOCKPAGE, PG_UPTODATE, PG_WB_END, PG_REMOVE };
            enum pageflags { PG_locked, PG_writeback, PG_referenced, PG_uptodate, PG_dirty, PG_lru,
                PG_private, PG_swapbacked, __NR_PAGEFLAGS };
        )");
        declare("struct nfs_page { struct list_head wb_list; " + std::string(request_members) +
                " struct nfs_lock_context *wb_lock_context; u64 wb_index; u32 wb_offset; "
                "u32 wb_pgbase; u32 wb_bytes; u32 wb_kref; u64 wb_flags; "
                "struct nfs_page *wb_this_page; struct nfs_page *wb_head; u16 wb_nio; };");
        super_block = make("struct super_block");
        server = VAddr{0xffff888000010000};
        nfs::NfsServer mounted;
        mounted.address = server;
        mounted.super_block = super_block;
        client.nfs_servers.items.push_back(mounted);
        inode = make(kInode);
        set(inode, kInode, "fileid", 77);
        set(inode, kInode, "vfs_inode.i_mode", 0100644);
        set(inode, kInode, "vfs_inode.i_sb", super_block);
        link(place(super_block, "struct super_block", "s_inodes"),
             {place(inode, kInode, "vfs_inode.i_sb_list")});
        link(place(inode, kInode, "commit_info.list"), {});
        link(place(inode, kInode, "open_files"), {});
        tree = make("struct xa_node");
        set(inode, kInode, "vfs_inode.i_data.i_pages.xa_head", tree.value + 2);
    }

    // A page of the file, with a request of all its bytes.
    VAddr add(std::uint64_t flags, std::uint64_t page_flags, std::uint64_t references) {
        VAddr page = make(kPage), request = make(kRequest);
        set(page, kPage, "flags", page_flags | 0xab00000000000000);  // node and zone above
        set(page, kPage, "mapping", place(inode, kInode, "vfs_inode.i_data"));
        set(page, kPage, "index", pages);
        set(page, kPage, "private", request);
        dump.pages.put(place(tree, "struct xa_node", "slots").value + pages * 8, page.value);
        set(request, kRequest, folio_member(), page);
        set(request, kRequest, "wb_index", pages);
        set(request, kRequest, "wb_bytes", 4096);
        set(request, kRequest, "wb_flags", flags);
        set(request, kRequest, "wb_kref", references);
        set(request, kRequest, "wb_head", request);
        set(request, kRequest, "wb_this_page", request);
        link(request, {});
        set(inode, kInode, "nrequests", ++pages);
        return request;
    }
    VAddr dirty() { return add(kMapped | kInodeRef, kPagePrivate | kPageUptodate | kPageDirty, 1); }
    VAddr under_writeback() {
        return add(kBusy | kMapped | kInodeRef, kPagePrivate | kPageUptodate | kPageWriteback, 2);
    }
    VAddr unstable() {
        VAddr request = add(kMapped | kClean | kInodeRef, kPagePrivate | kPageUptodate, 1);
        commits.push_back(request);
        link(place(inode, kInode, "commit_info.list"), commits);
        set(inode, kInode, "commit_info.ncommit", commits.size());
        return request;
    }
    VAddr page_of(VAddr request) {
        return VAddr{reader().object(kRequest, request).number(folio_member()).value()};
    }
    // A task that writes (mode 2) or reads (mode 1) these requests.
    VAddr carry(const std::vector<VAddr>& requests, std::uint64_t mode) {
        constexpr std::string_view kHeader = "struct nfs_pgio_header";
        VAddr header = make(kHeader);
        set(header, kHeader, "inode", place(inode, kInode, "vfs_inode"));
        set(header, kHeader, "rw_mode", mode);
        link(place(header, kHeader, "pages"), requests);
        return add_task(place(header, kHeader, "task"), header);
    }
    VAddr commit(const std::vector<VAddr>& requests) {
        constexpr std::string_view kData = "struct nfs_commit_data";
        VAddr data = make(kData);
        set(data, kData, "inode", place(inode, kInode, "vfs_inode"));
        link(place(data, kData, "pages"), requests);
        return add_task(data, data);
    }

    nfs::WritebackState read() { return nfs::read_writeback_state(roots(), client, sunrpc); }
    std::vector<nfs::Finding> findings() { return nfs::check(roots(), read()).items; }
    // The names of the invariants that do not hold.
    std::vector<std::string> broken() {
        std::vector<std::string> names;
        for (const nfs::Finding& finding : findings()) names.push_back(*finding.check);
        return names;
    }

private:
    std::string_view folio_member() {
        return reader().object(kRequest, VAddr{}).first_of({"wb_folio", "wb_page"});
    }
    VAddr add_task(VAddr task, VAddr calldata) {
        nfs::RpcTask known;
        known.address = task;
        known.calldata = calldata;
        known.age = kernel::Duration{5'000'000'000};
        sunrpc.rpc_tasks.items.push_back(known);
        return task;
    }
};

}  // namespace nfstriage::test
