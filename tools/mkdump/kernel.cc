#include "mkdump/kernel.h"

#include <algorithm>

#include "base/address.h"
#include "base/text.h"

namespace nfstriage::mkdump {
namespace {

constexpr std::uint64_t kRootOffset = 64 << 10, kUtsOffset = 128 << 10;
constexpr std::uint64_t kX86Image = 0xffffffff9a200000, kX86Physical = 0x1200000;
constexpr std::uint64_t kArmImageOffset = 0x8000000, kArmPhysical = 0x40200000;
constexpr std::uint64_t kAfterImage = 1 << 20;
constexpr std::uint64_t kLargeImage = 2 << 20;  // mapped with blocks of this size on x86_64
constexpr unsigned kUtsField = 65;

std::uint64_t bits(unsigned high, unsigned low) {
    std::uint64_t mask = 0;
    for (unsigned bit = low; bit <= high; ++bit) mask |= std::uint64_t{1} << bit;
    return mask;
}

}  // namespace

std::optional<Paging> paging_from_name(std::string_view name) {
    Paging paging;
    auto parts = split(name, '-');
    if (parts[0] == "x86_64" && parts.size() == 2 && (parts[1] == "4" || parts[1] == "5")) {
        paging.va_bits = parts[1] == "4" ? 48 : 57;
        return paging;
    }
    if (parts[0] != "aarch64" || parts.size() < 3 || parts.size() > 4) return std::nullopt;
    paging.arch = Arch::aarch64;
    if (parts[1] == "4K")
        paging.page_shift = 12;
    else if (parts[1] == "16K")
        paging.page_shift = 14;
    else if (parts[1] == "64K")
        paging.page_shift = 16;
    else
        return std::nullopt;
    auto va_bits = parse_unsigned(parts[2]);
    if (!va_bits || *va_bits < 36 || *va_bits > 52) return std::nullopt;
    paging.va_bits = static_cast<unsigned>(*va_bits);
    if (parts.size() == 4) {
        if (parts[3] != "built52") return std::nullopt;
        paging.built_va_bits = 52;
    }
    return paging;
}

Kernel::Kernel(const Paging& paging, const Placement& placement) : paging_(paging) {
    if (paging_.built_va_bits == 0) paging_.built_va_bits = paging_.va_bits;
    machine_.arch = paging_.arch;
    machine_.uname.machine = std::string(to_string(paging_.arch));
    bool arm = paging_.arch == Arch::aarch64;
    if (arm) {
        std::uint64_t top_half = ~std::uint64_t{0} << (paging_.va_bits - 1);
        image_ = placement.image.value_or(top_half + kArmImageOffset);
        image_physical_ = kArmPhysical;
    } else {
        image_ = placement.image.value_or(kX86Image);
        image_physical_ = kX86Physical;
        machine_.phys_base = kX86Physical - (image_ - 0xffffffff80000000);
    }
    root_ = image_physical_ + placement.root.value_or(image_ + kRootOffset) - image_;
    uts_ = placement.init_uts.value_or(image_ + kUtsOffset);
    uts_name_ = placement.uts_name;
    free_ = image_physical_ + std::max(kAfterImage, placement.size);
    machine_.write_u64(root_, 0);
    bool blocks = !arm && placement.size % kLargeImage == 0;
    map(image_, image_physical_, placement.size, blocks ? 21 : paging_.page_shift);
    describe();
}

void Kernel::describe() {
    auto line = [&](std::string text) { machine_.vmcoreinfo.push_back(std::move(text)); };
    std::uint64_t root = image_ + (root_ - image_physical_);
    line("OSRELEASE=" + machine_.uname.release);
    line("PAGESIZE=" + std::to_string(1u << paging_.page_shift));
    symbol("init_uts_ns", uts());
    line("OFFSET(uts_namespace.name)=" + std::to_string(uts_name_));
    symbol("swapper_pg_dir", root);
    symbol("_stext", image_);
    if (paging_.arch == Arch::aarch64) {
        line("NUMBER(VA_BITS)=" + std::to_string(paging_.built_va_bits));
        line("NUMBER(kimage_voffset)=" + hex(image_ - image_physical_));
        if (paging_.tell_real_va_bits) line("NUMBER(TCR_EL1_T1SZ)=" + hex(64 - paging_.va_bits));
    } else {
        symbol("init_top_pgt", root);
        line("NUMBER(phys_base)=" + std::to_string(static_cast<std::int64_t>(machine_.phys_base)));
        line("NUMBER(pgtable_l5_enabled)=" + std::to_string(paging_.va_bits == 57));
        if (paging_.sme_mask != 0) line("NUMBER(sme_mask)=" + std::to_string(paging_.sme_mask));
    }
    write_uname();
}

void Kernel::write_uname() {
    for (std::string& text : machine_.vmcoreinfo)
        if (text.starts_with("OSRELEASE=")) text = "OSRELEASE=" + machine_.uname.release;
    unsigned field = 0;
    for (std::string text : {std::string("Linux"), machine_.uname.nodename, machine_.uname.release,
                             machine_.uname.version, machine_.uname.machine}) {
        write(uts() + uts_name_ + kUtsField * field, File(kUtsField));
        write_text(uts() + uts_name_ + kUtsField * field++, text);
    }
}

bool Kernel::drop_vmcoreinfo(std::string_view start) {
    return std::erase_if(machine_.vmcoreinfo,
                         [&](const std::string& line) { return line.starts_with(start); }) != 0;
}

std::uint64_t Kernel::table_entry(std::uint64_t physical) const {
    if (paging_.arch == Arch::x86_64) return physical | 0x67 | paging_.sme_mask;
    if (paging_.page_shift == 16) return (physical & bits(47, 16)) | (physical >> 48) << 12 | 3;
    if (paging_.va_bits > 48) return (physical & bits(49, 12)) | (physical >> 50) << 8 | 3;
    return physical | 3;
}

std::uint64_t Kernel::leaf_entry(std::uint64_t physical, bool block) const {
    std::uint64_t entry = table_entry(physical);
    if (paging_.arch == Arch::x86_64) return block ? entry | 1 << 7 : entry;
    entry |= std::uint64_t{1} << 10;  // accessed
    entry |= bits(54, 53);            // never executable
    bool wide = paging_.page_shift != 16 && paging_.va_bits > 48;
    if (!wide) entry |= 3 << 8;  // inner shareable
    return block ? entry & ~std::uint64_t{2} : entry;
}

std::uint64_t Kernel::address_of(std::uint64_t entry) const {
    if (paging_.arch == Arch::x86_64) return entry & bits(51, 12) & ~paging_.sme_mask;
    if (paging_.page_shift == 16) return (entry & bits(47, 16)) | (entry & bits(15, 12)) << 36;
    if (paging_.va_bits > 48) return (entry & bits(49, 12)) | (entry & bits(9, 8)) << 42;
    return entry & bits(47, 12);
}

std::uint64_t Kernel::fresh_page() {
    std::uint64_t size = std::uint64_t{1} << paging_.page_shift;
    free_ = (free_ + size - 1) / size * size;
    std::uint64_t page = free_;
    free_ += size;
    for (std::uint64_t at = page; at < free_; at += kGranule) machine_.write_u64(at, 0);
    return page;
}

std::uint64_t Kernel::entry_at(std::uint64_t vaddr, unsigned leaf_shift) {
    unsigned shift = paging_.page_shift;
    while (shift + level_bits() < paging_.va_bits) shift += level_bits();
    std::uint64_t table = root_;
    if (paging_.page_shift == 16 && paging_.built_va_bits == 52 && paging_.va_bits == 48)
        table += (1024 - 64) * 8;
    std::uint64_t rest = vaddr & (~std::uint64_t{0} >> (64 - paging_.va_bits));
    for (;; shift -= level_bits()) {
        std::uint64_t at = table + (rest >> shift) * 8;
        if (shift <= leaf_shift) return at;
        rest &= (std::uint64_t{1} << shift) - 1;
        if (machine_.read_u64(at) == 0) machine_.write_u64(at, table_entry(fresh_page()));
        table = address_of(machine_.read_u64(at));
    }
}

void Kernel::map(std::uint64_t vaddr, std::uint64_t physical, std::uint64_t size,
                 unsigned leaf_shift) {
    std::uint64_t step = std::uint64_t{1} << leaf_shift;
    for (std::uint64_t done = 0; done < size; done += step) {
        machine_.write_u64(entry_at(vaddr + done, leaf_shift),
                           leaf_entry(physical + done, leaf_shift > paging_.page_shift));
        leaves_[vaddr + done] = {physical + done, leaf_shift};
    }
}

void Kernel::unmap(std::uint64_t vaddr) {
    machine_.write_u64(entry_at(vaddr, paging_.page_shift), 0);
    leaves_.erase(vaddr >> paging_.page_shift << paging_.page_shift);
}

std::optional<std::uint64_t> Kernel::physical(std::uint64_t vaddr) const {
    auto it = leaves_.upper_bound(vaddr);
    if (it == leaves_.begin()) return std::nullopt;
    --it;
    auto [target, shift] = it->second;
    if (vaddr - it->first >= std::uint64_t{1} << shift) return std::nullopt;
    return target + (vaddr - it->first);
}

void Kernel::write(std::uint64_t vaddr, std::span<const std::uint8_t> bytes) {
    std::uint64_t page_size = std::uint64_t{1} << paging_.page_shift;
    while (!bytes.empty()) {
        std::uint64_t page = vaddr / page_size * page_size;
        if (!physical(vaddr)) map(page, fresh_page(), page_size, paging_.page_shift);
        std::size_t count = std::min<std::size_t>(page_size - (vaddr - page), bytes.size());
        machine_.write(*physical(vaddr), bytes.first(count));
        bytes = bytes.subspan(count);
        vaddr += count;
    }
}

void Kernel::write_u64(std::uint64_t vaddr, std::uint64_t value) {
    File raw;
    put_number(raw, 0, value, 8);
    write(vaddr, raw);
}

void Kernel::write_text(std::uint64_t vaddr, std::string_view text) {
    File raw(text.begin(), text.end());
    raw.push_back(0);
    write(vaddr, raw);
}

void Kernel::symbol(std::string_view name, std::uint64_t vaddr) {
    machine_.vmcoreinfo.push_back("SYMBOL(" + std::string(name) + ")=" + hex(vaddr).substr(2));
}

}  // namespace nfstriage::mkdump
