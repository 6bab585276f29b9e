// A kernel on disk as if it ran: vmlinux where it was linked, the modules of NFS at addresses that
// we made up, and for each name that they import from elsewhere an address of its own. Symbols,
// text and data can then be asked for as in a dump.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "debuginfo/image_files.h"
#include "debuginfo/kernel_image.h"
#include "debuginfo/linked_module.h"
#include "dump/memory.h"
#include "layout/profile.h"
#include "layout/table_symbols.h"
#include "layout/types.h"

namespace nfstriage::debuginfo {

class LinkedKernel : public dump::Memory {
public:
    // Errors: no file of a kernel that can be read, or modules of another kernel than vmlinux.
    // `files` are held as long as this.
    static Result<std::unique_ptr<LinkedKernel>> load(ImageFiles files,
                                                      const ArchiveLimits& limits);

    // Absent fields: the files do not say.
    const layout::KernelIdentity& identity() const { return identity_; }
    bool has_debug_info() const { return image_ && image_->debug_info; }
    const std::filesystem::path& vmlinux() const { return vmlinux_; }  // empty without

    struct Module {
        layout::ProfileObject object;
        std::filesystem::path path;
        LinkedModule linked;
    };
    const std::vector<Module>& modules() const { return modules_; }

    const layout::Symbols& symbols() const { return symbols_; }
    // From BTF; NoTypes where vmlinux has none. Modules' own are read when they are needed.
    std::unique_ptr<layout::Types> types() const;

    // The whole string, in the data of a module; "vmlinux"; or "nfs" for all modules, and vmlinux
    // where NFS is built in.
    Tri has_string(std::string_view module, std::string_view text) const;

    Maybe<void> read(VAddr address, std::span<std::uint8_t> out) const override;

    const std::vector<std::string>& remarks() const { return remarks_; }

private:
    LinkedKernel() = default;
    void open_vmlinux(const ArchiveLimits& limits);
    void open_modules();
    Result<void> check();
    void link();
    void add_vmlinux_symbols();
    void add_elf_symbols(layout::TableSymbols::Object& object);
    void add_kallsyms(layout::TableSymbols::Object& object, VAddr begin, std::uint64_t size);
    bool lists_are_whole() const;
    bool may_be_built_in() const;

    ImageFiles files_;
    std::optional<KernelImage> image_;
    std::filesystem::path vmlinux_;
    layout::KernelIdentity identity_;
    std::vector<Module> modules_;
    layout::TableSymbols symbols_;
    bool vmlinux_symbols_ = false;
    std::vector<std::string> remarks_;
};

}  // namespace nfstriage::debuginfo
