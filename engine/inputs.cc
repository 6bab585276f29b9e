#include "inputs.h"

#include <system_error>

#include "dump/file_bytes.h"
#include "unpack.h"

namespace nfstriage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kHead = 512;

// The first bytes of a file; empty if it cannot be read, which its reader will report better.
std::string head_of(const fs::path& path) {
    auto file = dump::open_plain_file(path);
    if (!file) return {};
    std::string head(std::min<std::uint64_t>((*file)->size(), kHead), '\0');
    if (!(*file)->read(0, {reinterpret_cast<std::uint8_t*>(head.data()), head.size()})) return {};
    return head;
}

// A tar gives a crash directory, a file compressed as a whole one dump or log.
NamedInput unpacked(const std::string& name, std::uint64_t max_unpacked) {
    auto folder = PrivateFolder::make();
    if (!folder) return {name, tl::unexpected<Error>(folder.error()), nullptr};
    if (auto done = unpack(name, (*folder)->path(), max_unpacked); !done)
        return {name, tl::unexpected<Error>(done.error()), nullptr};
    auto input = crash_directory((*folder)->path());
    if (!input)
        return {name,
                error(name, std::nullopt, "an archive with a vmcore in it was expected",
                      "name the dump itself"),
                nullptr};
    input->name = name;
    return {name, std::move(*input), std::move(*folder)};
}

// kdump-tools may compress the dump in it as a whole.
NamedInput of_directory(const std::string& name, std::uint64_t max_unpacked, Links links) {
    auto input = crash_directory(name, links);
    if (!input || !is_packed(head_of(input->parts.front())))
        return {name, std::move(input), nullptr};
    NamedInput inner = unpacked(input->parts.front().string(), max_unpacked);
    inner.name = name;
    if (inner.input) {
        inner.input->name = name;
        if (inner.input->log.empty()) inner.input->log = input->log;
    }
    return inner;
}

}  // namespace

bool is_unpacked(const std::string& name) {
    std::error_code ignored;
    return fs::is_directory(name, ignored) || is_packed(head_of(name));
}

std::vector<NamedInput> gather_inputs(const std::vector<std::string>& names,
                                      std::uint64_t max_unpacked, Links links) {
    std::vector<NamedInput> result;
    std::optional<std::size_t> split;  // the input that collects split parts
    for (const std::string& name : names) {
        std::error_code ignored;
        if (fs::is_directory(name, ignored)) {
            result.push_back(of_directory(name, max_unpacked, links));
            continue;
        }
        if (is_packed(head_of(name))) {
            result.push_back(unpacked(name, max_unpacked));
            continue;
        }
        bool part = is_split_part(name);
        if (part && split) {
            result[*split].input->parts.push_back(name);
            continue;
        }
        if (part) split = result.size();
        Input input;
        input.parts.push_back(name);
        result.push_back({name, std::move(input), nullptr});
    }
    return result;
}

}  // namespace nfstriage
