#include "debuginfo/text_memory.h"

#include <algorithm>
#include <fstream>

#include "debuginfo/find_debuginfo_sources.h"
#include "debuginfo/object_identity.h"

namespace nfstriage::debuginfo {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPage = 4096;  // the smallest; larger ones are read in several pieces

bool is_elf(const fs::path& path) {
    char head[4] = {};
    std::ifstream(path, std::ios::binary).read(head, sizeof head);
    return std::string_view(head, sizeof head) == "\177ELF";
}

tl::unexpected<Error> none_of(const std::string& kernel) {
    return error("", std::nullopt, "the vmlinux of " + kernel + " was expected, as a file",
                 "name the vmlinux of the kernel that crashed, or a folder with it");
}

}  // namespace

Result<std::unique_ptr<TextFile>> find_text(const std::vector<fs::path>& sources,
                                            const layout::KernelIdentity& kernel) {
    std::vector<fs::path> readable;
    std::error_code ignored;
    for (const fs::path& source : sources)
        if (fs::is_directory(source, ignored) || is_elf(source)) readable.push_back(source);
    WantedKernel wanted;
    wanted.kernel = kernel;
    Gathered gathered = gather_sources(readable, wanted, FindOptions{});
    std::optional<Error> first;
    for (const Candidate& candidate : gathered.candidates) {
        if (!candidate.role.module.empty() || candidate.role.compressed) continue;
        auto text = TextFile::open(candidate.path);
        auto refuse = [&](const Error& why) {
            if (!first) first = why;
        };
        if (!text) {
            refuse(text.error());
            continue;
        }
        auto identity = identify_object((*text)->elf());
        if (!identity) {
            refuse(identity.error());
            continue;
        }
        auto same = layout::same_kernel(kernel, identity->kernel, candidate.shown);
        if (same) return std::move(*text);
        refuse(same.error());
    }
    if (first) return tl::unexpected<Error>(std::move(*first));
    return none_of(layout::to_string(kernel));
}

TextMemory::TextMemory(const dump::Memory& dump, const layout::Symbols& symbols,
                       std::unique_ptr<TextFile> file, std::uint64_t shift)
    : dump_(dump), symbols_(symbols), file_(std::move(file)), shift_(shift) {}

Maybe<void> TextMemory::read(VAddr address, std::span<std::uint8_t> out) const {
    auto whole = dump_.read(address, out);
    if (!file_->covers(address.value - shift_, out.size())) return whole;
    if (whole) {
        compare(address, out);
        return whole;
    }
    std::uint64_t done = 0;
    while (done < out.size()) {
        VAddr at = address + done;
        std::uint64_t left = kPage - at.value % kPage;
        auto piece = out.subspan(done, std::min<std::uint64_t>(left, out.size() - done));
        if (dump_.read(at, piece)) {
            compare(at, piece);
        } else {
            if (auto read = file_->read(at.value - shift_, piece); !read) return whole;
            ++pages_filled_;
        }
        done += piece.size();
    }
    return {};
}

void TextMemory::compare(VAddr address, ByteSpan seen) const {
    if (!difference_.empty()) return;
    auto at = file_->first_difference(address.value - shift_, seen, shift_);
    if (!at) return;
    VAddr place{*at + shift_};
    auto symbol = symbols_.find(place);
    difference_ = symbol ? symbol->symbol.name + "+" + hex(symbol->offset) : hex(place);
}

std::vector<std::string> TextMemory::remarks() const {
    std::vector<std::string> sentences;
    std::string file = file_->elf().path().string();
    if (pages_filled_ != 0)
        sentences.push_back("text that the dump does not hold was taken from " + file);
    if (!difference_.empty())
        sentences.push_back("the kernel's text differs from " + file + " at " + difference_ +
                            ", where a kernel does not patch itself");
    return sentences;
}

}  // namespace nfstriage::debuginfo
