// A made-up kernel inside a Machine: page tables of any geometry, VMCOREINFO to match, a uname
// string and whatever the caller writes at kernel virtual addresses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "mkdump/machine.h"

namespace nfstriage::mkdump {

struct Paging {
    Arch arch = Arch::x86_64;
    unsigned page_shift = 12;  // 12, 14 or 16
    unsigned va_bits = 48;     // x86_64: 48 (4 levels) or 57 (5 levels); aarch64: 36 to 52
    // aarch64 with 64K pages: a kernel built for 52-bit addresses that runs with 48 has a root of
    // 1024 entries and uses the last 64.
    unsigned built_va_bits = 0;     // 0: the same as va_bits
    bool tell_real_va_bits = true;  // NUMBER(TCR_EL1_T1SZ), since v5.5
    std::uint64_t sme_mask = 0;     // x86_64: the bit that marks encrypted pages
};

// Where the kernel's image lies; what is absent gets a place of its own choice.
struct Placement {
    std::optional<std::uint64_t> image;           // virtual address of its first byte
    std::uint64_t size = 256 << 10;               // bytes, whole pages (x86_64: 2 MiB) if large
    std::optional<std::uint64_t> root, init_uts;  // virtual addresses inside the image
    std::uint64_t uts_name = 0;                   // offset of uts_namespace.name: 4 before v5.11
};

// "x86_64-4", "x86_64-5", "aarch64-4K-48", "aarch64-64K-48-built52"
std::optional<Paging> paging_from_name(std::string_view name);

class Kernel {
public:
    // Makes the tables' root, maps the image and writes VMCOREINFO and the uname.
    explicit Kernel(const Paging& paging, const Placement& placement = {});

    Machine& machine() { return machine_; }
    const Machine& machine() const { return machine_; }
    std::uint64_t image() const { return image_; }  // virtual address of the image
    std::uint64_t root() const { return root_; }    // physical address of the top table
    std::uint64_t uts() const { return uts_; }      // virtual address of init_uts_ns
    const Paging& paging() const { return paging_; }

    // Writes machine().uname where the kernel keeps it, and the release into VMCOREINFO.
    void write_uname();
    // Removes the lines of VMCOREINFO that begin with `start`; false if there is none.
    bool drop_vmcoreinfo(std::string_view start);

    // Maps [vaddr, vaddr + size) to physical memory with pages or blocks of 1 << leaf_shift bytes.
    // All three must be multiples of that.
    void map(std::uint64_t vaddr, std::uint64_t physical, std::uint64_t size, unsigned leaf_shift);
    // Marks a page as not mapped.
    void unmap(std::uint64_t vaddr);
    // Writes through the mapping; a page that has none gets a fresh physical one.
    void write(std::uint64_t vaddr, std::span<const std::uint8_t> bytes);
    void write_u64(std::uint64_t vaddr, std::uint64_t value);
    void write_text(std::uint64_t vaddr, std::string_view text);
    // Adds SYMBOL(name)=vaddr to VMCOREINFO.
    void symbol(std::string_view name, std::uint64_t vaddr);
    // Where `vaddr` is mapped to.
    std::optional<std::uint64_t> physical(std::uint64_t vaddr) const;

private:
    unsigned level_bits() const { return paging_.page_shift - 3; }
    std::uint64_t table_entry(std::uint64_t physical) const;
    std::uint64_t leaf_entry(std::uint64_t physical, bool block) const;
    std::uint64_t address_of(std::uint64_t entry) const;
    // Physical address of the entry for `vaddr` whose pages are 1 << leaf_shift bytes.
    std::uint64_t entry_at(std::uint64_t vaddr, unsigned leaf_shift);
    std::uint64_t fresh_page();
    void describe();

    Paging paging_;
    Machine machine_;
    std::uint64_t image_ = 0, image_physical_ = 0, root_ = 0, uts_ = 0, free_ = 0;
    std::uint64_t uts_name_ = 0;
    std::map<std::uint64_t, std::pair<std::uint64_t, unsigned>> leaves_;  // vaddr → physical, shift
};

}  // namespace nfstriage::mkdump
