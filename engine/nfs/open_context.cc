#include "nfs/open_context.h"

#include <map>

#include "nfs/macro_bits.h"
#include "nfs/read_fields.h"

namespace nfstriage::nfs {
namespace {

using kernel::Object;

constexpr std::uint64_t kTypeMask = 0170000, kDirectory = 0040000;  // S_IFMT, S_IFDIR
constexpr std::uint64_t kAccess = 0x23;  // FMODE_READ, FMODE_WRITE, FMODE_EXEC

class ContextReader {
public:
    ContextReader(const Roots& roots, const FilePaths& paths, Listing<OpenContext>& contexts)
        : roots_(roots),
          paths_(paths),
          contexts_(contexts),
          flags_(roots.reader, "nfs_open_context.flags"),
          modes_(roots.reader, "fmode_t") {}

    void read_inode(const Object& inode) {
        auto head = inode.at("open_files");
        auto first = head ? head->pointer("next") : tl::unexpected<Unknown>(head.error());
        if (first && (*first == head->address() || first->is_null())) return;
        Budget budget = roots_.budget();
        auto walk = kernel::list(inode, "open_files", OpenContext::kType, "list", budget);
        contexts_.add_gap(walk, "open contexts of nfs_inode " + hex(inode.address()));
        for (const Object& context : walk.objects) contexts_.items.push_back(read(context));
    }

private:
    OpenContext read(const Object& context) {
        OpenContext result;
        result.address = context.address();
        result.dentry = context.get<VAddr>("dentry");
        result.inode = context.get<VAddr>("dentry->d_inode");
        result.path = path_field(paths_, context, "dentry");
        result.state = context.get<VAddr>("state");
        result.flags = flags_.flags(context.get<std::uint64_t>("flags"));
        // The file's other modes (FMODE_LSEEK, ...) say nothing of NFS.
        auto mode = context.get<std::uint64_t>("mode");
        if (mode) mode = {*mode & kAccess, mode.origin()};
        result.mode = modes_.flags(mode);
        result.error = context.get<std::int64_t>("error");
        result.uid = uid_field(context, "cred");
        result.references = context.get<std::uint64_t>("lock_context.count");
        result.io = context.get<std::uint64_t>("lock_context.io_count");
        // In kernels older than 4.19 lockowner.l_owner.
        result.files =
            context.get<VAddr>({"lock_context.lockowner", "lock_context.lockowner.l_owner"});
        // Where not all tasks are known, another could be the first that uses them.
        const kernel::TaskInfo* task =
            result.files && roots_.tasks.complete ? task_with(*result.files) : nullptr;
        if (task != nullptr) {
            result.pid = {task->tgid, result.files.origin()};
            result.comm = {task->comm, result.files.origin()};
        } else {
            Reason why = !result.files           ? result.files.why()
                         : roots_.tasks.complete ? Reason::null
                                                 : Reason::not_dumped;
            result.pid = why;
            result.comm = why;
        }
        return result;
    }

    // The first task that uses the table of open files; asked for once.
    const kernel::TaskInfo* task_with(VAddr files) {
        if (!users_) {
            users_.emplace();
            for (const kernel::TaskInfo& task : roots_.tasks.items)
                if (auto its =
                        roots_.reader.object("struct task_struct", task.address).pointer("files"))
                    users_->emplace(*its, &task);
        }
        auto found = users_->find(files);
        return files.is_null() || found == users_->end() ? nullptr : found->second;
    }

    const Roots& roots_;
    const FilePaths& paths_;
    Listing<OpenContext>& contexts_;
    BitNames flags_, modes_;
    std::optional<std::map<VAddr, const kernel::TaskInfo*>> users_;
};

}  // namespace

void describe(const OpenContext& context, Visitor& visitor) {
    visitor.object(context.kType, context.address);
    visitor.column("path", context.path, "the file");
    visitor.column("mode", context.mode, "FMODE_* that it was opened for");
    visitor.column("pid", context.pid,
                   "process whose table of open files it was opened in, if that is still there");
    visitor.column("comm", context.comm, "name of that process");
    visitor.column("error", context.error, "errno that the next fsync() or close() will give",
                   "errno");
    visitor.detail("flags", context.flags, "NFS_CONTEXT_*");
    visitor.column("uid", context.uid, "user that opened it");
    visitor.detail("references", context.references, "count");
    visitor.detail("io", context.io, "requests that are under way");
    visitor.detail("state", context.state, "struct nfs4_state; 0 before NFSv4");
    visitor.detail("inode", context.inode, "struct inode");
    visitor.detail("dentry", context.dentry, "struct dentry");
    visitor.detail("files", context.files, "files_struct of the process that opened it");
}

Listing<OpenContext> read_open_contexts(const Roots& roots, const FilePaths& paths,
                                        const std::vector<Object>& super_blocks) {
    Listing<OpenContext> contexts;
    ContextReader reader(roots, paths, contexts);
    for (const Object& super : super_blocks) {
        Budget budget = roots.budget();
        auto walk = kernel::list(super, "s_inodes", "struct inode", "i_sb_list", budget);
        contexts.add_gap(walk, "inodes of super block " + hex(super.address()));
        for (const Object& inode : walk.objects) {
            // Directories have nfs_open_dir_contexts on a list of that name.
            auto mode = inode.number("i_mode");
            if (!mode) contexts.add_gap(mode.error(), "inode " + hex(inode.address()));
            if (!mode || (*mode & kTypeMask) == kDirectory) continue;
            auto nfs_inode = inode.container("struct nfs_inode", "vfs_inode");
            if (nfs_inode)
                reader.read_inode(*nfs_inode);
            else
                contexts.add_gap(nfs_inode.error(), "inodes of " + hex(super.address()));
            if (!nfs_inode) break;
        }
    }
    return contexts;
}

}  // namespace nfstriage::nfs
