// Finds the nfs_pages of NFS inodes: by the tasks that carry them, by the lists of those that wait
// for COMMIT, by the page cache, and from each one around the ring of its group.
// We promise: a request once; for each inode, whether all of its requests were found. The page
// cache of a file is walked only if the file counts more requests than were found by then.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "nfs/nfs_page.h"
#include "nfs/sunrpc_state.h"

namespace nfstriage::nfs {

// A list of requests whose links disagree.
struct DamagedList {
    std::string list;            // "commit_info.list"
    kernel::Object owner;        // of the list
    std::optional<bool> locked;  // whether its lock is held; nothing: not known, or it has none
    kernel::ListDamage damage;
};

// A folio of an NFS file whose private word does not lead to a request of that folio.
struct StrangeFolio {
    Folio folio;
    VAddr inode;  // struct nfs_inode
};

class RequestSearch {
public:
    explicit RequestSearch(const Roots& roots);

    // What READs, WRITEs and COMMITs of these tasks carry, for files of these super blocks.
    void search_tasks(const Listing<RpcTask>& tasks, const std::set<VAddr>& super_blocks);
    // What a regular file's lists and page cache lead to.
    void search_inode(const kernel::Object& nfs_inode);
    // After all searches: what is known of requests only now.
    void finish();

    std::deque<NfsPage> requests;  // in the order in which they were found
    std::vector<std::string> gaps;
    bool limited = false;  // one of them is the limit of a walk
    std::vector<DamagedList> damaged;
    std::vector<StrangeFolio> strange;

    // Why not all requests that a struct nfs_inode counts in nrequests were found; nothing if they
    // were.
    std::optional<Reason> missing(VAddr nfs_inode) const;
    // The same of all requests: READs, direct I/O and WRITEs that have come to their end are not
    // counted.
    std::optional<Reason> missing_uncounted(VAddr nfs_inode) const;

private:
    struct Carrier {
        Field<bool> NfsPage::*in;
        VAddr task;
        Field<Duration> age;
        bool direct = false;
    };
    // Places of an inode's requests that were not seen.
    struct Miss {
        Reason why;  // of the first
        std::vector<std::string> gaps;
        bool all_counted_found = false;  // all of nrequests were found elsewhere; after finish()
    };
    struct ListPlace {
        kernel::Object head, owner;
        std::string_view name;
        kernel::Object nfs_inode;
        std::optional<bool> locked;
    };
    void search_header(const kernel::Object& header, const Carrier& carrier,
                       const std::set<VAddr>& super_blocks);
    // Calls `mark` for each request on the list; false if not all were seen.
    bool search_list(const ListPlace& place, const std::function<void(NfsPage&)>& mark);
    void search_commit_list(const ListPlace& place);
    void search_commit_lists(const kernel::Object& nfs_inode);
    void search_buckets(const kernel::Object& array, const kernel::Object& nfs_inode);
    void search_page_cache(const kernel::Object& nfs_inode);
    bool all_found(const kernel::Object& nfs_inode) const;
    void add_of_folio(const Folio& folio, VAddr nfs_inode);
    NfsPage& add(NfsPage request, VAddr nfs_inode);
    void add_group(VAddr first, VAddr nfs_inode);
    void finish(NfsPage& request);
    void miss(const kernel::Object& nfs_inode, const Unknown& why, const std::string& what);

    const Roots& roots_;
    NfsPageReader reader_;
    std::unordered_map<VAddr, std::size_t> index_;             // of requests, by address
    std::unordered_map<VAddr, std::uint64_t> counted_;         // with PG_INODE_REF, by inode
    std::unordered_map<VAddr, Field<std::uint64_t>> fileids_;  // by inode
    std::map<VAddr, Miss> misses_;                             // by inode
    std::unordered_map<VAddr, Reason> lists_missing_;          // by inode
    std::unordered_map<VAddr, Reason> broken_rings_;           // by head
    std::unordered_map<VAddr, std::uint64_t> group_sizes_;     // by head
    std::optional<Reason> tasks_missing_;
};

}  // namespace nfstriage::nfs
